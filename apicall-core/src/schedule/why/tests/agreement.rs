//! Traces beside what dials.

use super::*;
use crate::model::Hold;
use crate::schedule::eligible::{self, Asked};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Whoever dials and whoever is asked why say the same, and what is foreseen comes, and nothing comes before it.
#[test]
fn what_is_told_is_what_dials() {
    for seed in 0..60 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut facts = clear();
        let caps = (0..random.random_range(0..3)).map(|_| {
            let cap = format!("{}/{}h", random.random_range(1..4), random.random_range(1..60));
            cap.parse().unwrap()
        });
        facts.project.number_caps = NumberCaps::new(caps.collect()).unwrap();
        let now = at(FRIDAY).plus(minutes(random.random_range(0..7 * 24 * 60)));
        facts.past = (0..random.random_range(0..6))
            .map(|_| PastCall {
                at: now.minus(minutes(random.random_range(0..60 * 60))),
                open: false,
                answered: random.random(),
            })
            .collect();
        if random.random_bool(0.3) {
            list(&mut facts).starts_at = Some(now.plus(minutes(random.random_range(0..5_000))));
        }
        let caps = facts.project.number_caps.all();
        let asked = Asked {
            project: &facts.project,
            campaign: facts.campaign.as_ref(),
            number: &facts.number,
            caps: &caps,
            past: &facts.past,
        };
        let told = trace(&facts, now);
        let dials = eligible::admit(&asked, now);
        assert_eq!(told.verdict == Passes, dials.is_none(), "seed {seed}: {told:?}");
        let first = told.because.first().map(|rule| rule.as_str());
        let reason = dials
            .map(|waits| waits.reason)
            .filter(|reason| *reason != Hold::UnknownZone);
        assert_eq!(first, reason.map(Hold::as_str), "seed {seed}");
        let next = told.next_eligible_at.unwrap();
        assert_eq!(eligible::admit(&asked, next), None, "seed {seed}");
        let mut before = now;
        while before < next {
            assert!(
                eligible::admit(&asked, before).is_some(),
                "seed {seed}: {before} before {next}"
            );
            before = before.plus(minutes(7));
        }
    }
}
