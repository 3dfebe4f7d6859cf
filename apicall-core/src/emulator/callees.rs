//! Who answers which number.

use super::cast::{RawRule, RawShare};
use super::lab;
use crate::model::{Callee, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Rules, of which the first that matches a number says how its callee behaves; any other number rings for 300 ms, is
/// answered by a person, and stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callees {
    rules: Vec<Rule>,
    other: Arc<Callee>,
}

/// Numbers, and how who answers them behaves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawRule")]
pub struct Rule {
    /// Which numbers.
    pub whom: Whom,
    /// Of several, each number has one, drawn by seed and number.
    pub shares: Shares,
}

/// Which numbers a rule is for. Numbers are digits, as they are dialed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// This one.
    Number(String),
    /// Those that begin so.
    StartsWith(String),
    /// Those that end so.
    EndsWith(String),
    /// All.
    Anybody,
}

/// Behaviours with weights.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<RawShare>")]
pub struct Shares(Vec<(u32, Arc<Callee>)>);

impl Shares {
    /// One behaviour for all.
    pub fn one(callee: Callee) -> Self {
        Self(vec![(1, Arc::new(callee))])
    }

    /// Several, by weight; `None` without any weight.
    pub fn weighted(shares: impl IntoIterator<Item = (u32, Callee)>) -> Option<Self> {
        let shares: Vec<_> = shares
            .into_iter()
            .map(|(weight, callee)| (weight, Arc::new(callee)))
            .collect();
        let shares = Self(shares);
        (shares.total() > 0).then_some(shares)
    }

    fn total(&self) -> u64 {
        self.0.iter().map(|(weight, _)| u64::from(*weight)).sum()
    }

    /// The share of a draw, which is any number.
    fn drawn(&self, draw: u64) -> &Arc<Callee> {
        let mut rest = draw % self.total();
        let found = self.0.iter().find(|(weight, _)| {
            let weight = u64::from(*weight);
            let here = rest < weight;
            rest = rest.saturating_sub(weight);
            here
        });
        let (_, callee) = found.expect("the rest is below the sum of all weights");
        callee
    }
}

impl Whom {
    fn is(&self, number: &str) -> bool {
        match self {
            Self::Number(whole) => number == plain(whole),
            Self::StartsWith(start) => number.starts_with(plain(start)),
            Self::EndsWith(end) => number.ends_with(plain(end)),
            Self::Anybody => true,
        }
    }
}

fn plain(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

impl Callees {
    /// These rules, in this order.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            other: Arc::new(lab::person()),
        }
    }

    /// Who answers that number. The same seed and number have the same answer, whatever else is dialed.
    pub fn find(&self, seed: u64, number: &str) -> Arc<Callee> {
        let number = plain(number);
        let rule = self.rules.iter().find(|rule| rule.whom.is(number));
        match rule {
            Some(rule) => rule.shares.drawn(draw(seed, number)).clone(),
            None => self.other.clone(),
        }
    }

    /// Who answers as a call says in that variable, as JSON; else by the rules.
    pub(super) fn told(&self, told: Option<&str>, variable: &str, seed: u64, number: &str) -> Arc<Callee> {
        match told.map(serde_json::from_str) {
            Some(Ok(callee)) => return Arc::new(callee),
            Some(Err(error)) => {
                tracing::warn!(variable, %error, "a callee that cannot be read; the rules decide");
            }
            None => {}
        }
        self.find(seed, number)
    }
}

/// A carrier that has no room.
pub(super) fn full() -> Arc<Callee> {
    Arc::new(Callee {
        response: Response::Refuse(503),
        ..Callee::default()
    })
}

impl Default for Callees {
    /// The table of `docs/lab.md`, by the last two digits.
    fn default() -> Self {
        let rules = lab::table().into_iter().map(|(digits, callee)| Rule {
            whom: Whom::EndsWith(digits.to_owned()),
            shares: Shares::one(callee),
        });
        Self::new(rules.collect())
    }
}

/// Mixes seed and number (FNV-1a, then the last step of SplitMix64): stable over versions, as any drawing by a
/// library's generator is not.
fn draw(seed: u64, number: &str) -> u64 {
    let mixed = number.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusing(status: u16) -> Callee {
        Callee {
            response: Response::Refuse(status),
            ..Callee::default()
        }
    }

    fn rule(whom: Whom, status: u16) -> Rule {
        let shares = Shares::one(refusing(status));
        Rule { whom, shares }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let callees = Callees::new(vec![
            rule(Whom::Number("+573001".to_owned()), 486),
            rule(Whom::StartsWith("57".to_owned()), 480),
            rule(Whom::EndsWith("01".to_owned()), 404),
        ]);
        for (number, response) in [
            ("573001", Response::Refuse(486)),
            ("+573001", Response::Refuse(486)),
            ("5730010", Response::Refuse(480)),
            ("4401", Response::Refuse(404)),
            ("4402", Response::Answer),
        ] {
            assert_eq!(callees.find(1, number).response, response, "{number}");
        }
    }

    #[test]
    fn shares_are_drawn_by_seed_and_number() {
        let shares = Shares::weighted([(3, refusing(486)), (1, refusing(480))]);
        let callees = Callees::new(vec![Rule {
            whom: Whom::Anybody,
            shares: shares.expect("weights"),
        }]);
        let drawn = |seed: u64| -> Vec<Response> {
            let number = |number: u32| (3_000_000_u32 + number).to_string();
            (0..10_000)
                .map(|n| callees.find(seed, &number(n)).response)
                .collect()
        };
        let busy = drawn(7).iter().filter(|r| **r == Response::Refuse(486)).count();
        assert!((7_300..7_700).contains(&busy), "{busy}");
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        assert_eq!(Shares::weighted([(0, Callee::default())]), None);
    }
}
