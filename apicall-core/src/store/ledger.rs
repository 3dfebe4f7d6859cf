//! How a limit that spans engines is divided among them. Pure.
//!
//! A ledger says which engine holds how much of a limit. An engine uses at most what it holds; what it gives up, or what a
//! dead one held, is free again only after the limit's window. So in any window all engines together start no more
//! than the limit allows, whatever they know of each other.
//!
//! Deliberately absent: where the ledger is kept, and who is alive.

use std::collections::BTreeMap;
use std::time::Duration;

/// What an engine says of a limit when it asks for its portion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which limit.
    pub resource: String,
    /// How much there is, of all engines together.
    pub total: u32,
    /// How much of what it holds it still uses; it has not used more since it last heard of its portion.
    pub applied: u32,
    /// Whether it has work for it.
    pub wanted: bool,
    /// For how long what was used counts.
    pub window: Duration,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    /// Which limit.
    pub resource: String,
    /// How much may be used.
    pub held: u32,
    /// How much should be used: less than is held where others wait for the rest.
    pub target: u32,
}

/// What an engine holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Holding {
    pub amount: u32,
    pub wanted: bool,
}

/// What becomes of a ledger when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Drawn {
    pub holding: Holding,
    /// What it gave up, which is nobody's for one window.
    pub freed: u32,
    pub target: u32,
}

/// The portion of an engine, given what each holds and what is nobody's yet.
pub(super) fn draw(ask: &Ask, me: &str, holdings: &BTreeMap<String, Holding>, nobodys: u32) -> Drawn {
    let before = holdings.get(me).copied().unwrap_or_default().amount;
    let kept = before.min(ask.applied);
    let freed = before - kept;
    let others = holdings.iter().filter(|(name, _)| *name != me);
    let taken = others.map(|(_, holding)| holding.amount).sum::<u32>() + nobodys + freed;
    let target = fair(ask, me, holdings);
    let amount = kept.max(target.min(ask.total.saturating_sub(taken)));
    Drawn {
        holding: Holding {
            amount,
            wanted: ask.wanted,
        },
        freed,
        target: target.min(amount),
    }
}

/// An even share among those that have work, or among all while none has. What does not divide goes to the first by name.
fn fair(ask: &Ask, me: &str, holdings: &BTreeMap<String, Holding>) -> u32 {
    let mut all: BTreeMap<&str, bool> = holdings
        .iter()
        .map(|(name, held)| (name.as_str(), held.wanted))
        .collect();
    all.insert(me, ask.wanted);
    let any = all.values().any(|wanted| *wanted);
    let sharers: Vec<_> = all
        .iter()
        .filter(|(_, wanted)| **wanted || !any)
        .map(|(name, _)| *name)
        .collect();
    let count = u32::try_from(sharers.len()).unwrap_or(u32::MAX);
    match sharers.iter().position(|name| *name == me) {
        Some(place) => ask.total / count + u32::from((place as u64) < u64::from(ask.total % count)),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Holding, draw};
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use std::collections::BTreeMap;
    use std::time::Duration;

    const WINDOW: u64 = 1_000;

    /// An engine of the simulation: what it uses now, and what it used in the last window.
    #[derive(Default)]
    struct Engine {
        applied: u32,
        used: Vec<(u64, u32)>,
        wanted: bool,
    }

    impl Engine {
        fn apply(&mut self, now: u64, amount: u32) {
            self.used.push((now, self.applied));
            self.applied = amount;
        }

        /// The most it may have started in a window that ends now.
        fn most(&self, now: u64) -> u32 {
            let used = self.used.iter().filter(|(until, _)| until + WINDOW > now);
            used.map(|(_, amount)| *amount)
                .max()
                .unwrap_or(0)
                .max(self.applied)
        }
    }

    /// Engines that come, ask late or never again, lose answers, and die; what all may have started in any window.
    #[test]
    fn no_window_ever_holds_more_than_the_limit() {
        for seed in 0..200 {
            simulate(seed);
        }
    }

    fn simulate(seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let total = random.random_range(1..=30);
        let names: Vec<String> = (0..5).map(|n| format!("e{n}")).collect();
        let mut engines: BTreeMap<String, Engine> = BTreeMap::new();
        // Those that died, until nothing of theirs can matter.
        let mut dead: Vec<Engine> = Vec::new();
        let mut holdings: BTreeMap<String, Holding> = BTreeMap::new();
        let mut nobodys: Vec<(u64, u32)> = Vec::new();
        for now in (0..60_000).step_by(50) {
            let name = &names[random.random_range(0..names.len())];
            let free = |nobodys: &[(u64, u32)]| {
                nobodys
                    .iter()
                    .filter(|(until, _)| *until > now)
                    .map(|(_, n)| n)
                    .sum()
            };
            if random.random_ratio(1, 60) && engines.contains_key(name) {
                // Its lease has ended: it starts nothing more, and what it held is nobody's.
                let mut engine = engines.remove(name).unwrap();
                engine.apply(now, 0);
                dead.push(engine);
                let held = holdings.remove(name).unwrap_or_default();
                nobodys.push((now + WINDOW, held.amount));
                continue;
            }
            let engine = engines.entry(name.clone()).or_default();
            engine.wanted ^= random.random_ratio(1, 20);
            let ask = Ask {
                resource: String::new(),
                total,
                applied: engine.applied,
                wanted: engine.wanted,
                window: Duration::from_millis(WINDOW),
            };
            let drawn = draw(&ask, name, &holdings, free(&nobodys));
            nobodys.push((now + WINDOW, drawn.freed));
            holdings.insert(name.clone(), drawn.holding);
            // An answer that is lost changes nothing.
            if random.random_ratio(9, 10) {
                engine.apply(now, drawn.target);
            }
            let all = engines.values().chain(&dead);
            let most: u32 = all.map(|engine| engine.most(now)).sum();
            assert!(most <= total, "seed {seed}, at {now}: {most} of {total}");
        }
    }

    #[test]
    fn all_of_it_is_used_by_those_that_want_it() {
        let mut holdings = BTreeMap::new();
        let mut applied: BTreeMap<&str, u32> = BTreeMap::new();
        let names = ["a", "b", "c"];
        let mut round = |holdings: &mut BTreeMap<String, Holding>, wants: [bool; 3], total| {
            for (name, wanted) in names.into_iter().zip(wants) {
                let ask = Ask {
                    resource: String::new(),
                    total,
                    applied: applied.get(name).copied().unwrap_or(0),
                    wanted,
                    window: Duration::from_millis(WINDOW),
                };
                let drawn = draw(&ask, name, holdings, 0);
                holdings.insert(name.to_owned(), drawn.holding);
                applied.insert(name, drawn.target);
            }
            names.map(|name| applied[name])
        };
        let mut settle = |wants, total| (0..4).map(|_| round(&mut holdings, wants, total)).last().unwrap();
        assert_eq!(settle([true, true, true], 10), [4, 3, 3]);
        assert_eq!(settle([false, true, true], 10), [0, 5, 5]);
        assert_eq!(settle([false, false, true], 10), [0, 0, 10]);
        assert_eq!(settle([false, false, false], 10), [4, 3, 3]);
        assert_eq!(settle([true, true, true], 2), [1, 1, 0]);
    }
}
