//! By which of a project's trunks a call leaves.
//!
//! Of those that can be used, the ones with the lowest number of priority are open; calls are divided among them by weight.
//! The others wait until none of these can be used. One that is on trial is open beside them, unless it comes after them.
//!
//! Deliberately absent: why a trunk cannot be used, which is told by `breaker`, its switch and its owner.

use crate::model::{Outcome, ProjectTrunk, RetryPolicy, TrunkId};
use std::time::Duration;

/// A contact that is to be called by another trunk waits so long for that at most; then it is due like others.
pub const ELSEWHERE_WITHIN: Duration = Duration::from_secs(5);

/// Whether calls may leave by a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usable {
    /// None may.
    Not,
    /// Some may, to see how it does.
    OnTrial,
    /// All may.
    Fully,
}

/// Those by which calls leave now, each with its weight.
pub fn open(trunks: &[ProjectTrunk], usable: impl Fn(TrunkId) -> Usable) -> Vec<ProjectTrunk> {
    let told: Vec<_> = trunks.iter().map(|one| (*one, usable(one.trunk))).collect();
    let fully = told.iter().filter(|(_, usable)| *usable == Usable::Fully);
    let first = fully.map(|(one, _)| one.priority).min();
    let is_open = |(one, usable): &(ProjectTrunk, Usable)| match usable {
        Usable::Not => false,
        // Beside those that can be relied on: it carries little.
        Usable::OnTrial => first.is_none_or(|first| one.priority <= first),
        Usable::Fully => Some(one.priority) == first,
    };
    let open = told.into_iter().filter(is_open);
    open.map(|(one, _)| one).collect()
}

/// One of these by weight; `random` is any number.
pub fn pick(open: &[ProjectTrunk], random: u64) -> Option<TrunkId> {
    let all: u64 = open.iter().map(|one| u64::from(one.weight)).sum();
    let mut at = random.checked_rem(all)?;
    for one in open {
        match at.checked_sub(one.weight.into()) {
            Some(rest) => at = rest,
            None => return Some(one.trunk),
        }
    }
    None
}

/// Whether an outcome is about the trunk, so that another may do better: there was no room, or the call could not be placed.
pub const fn speaks_of_trunk(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Congestion | Outcome::Failed)
}

/// Whether a contact is called at once by another trunk, if there is one, after its `attempts`-th call ended so: once, and as one
/// of its attempts. `instead_of` is the trunk in whose place that call was made already.
pub fn goes_elsewhere(
    policy: &RetryPolicy,
    attempts: u32,
    outcome: Outcome,
    instead_of: Option<TrunkId>,
) -> bool {
    speaks_of_trunk(outcome) && instead_of.is_none() && attempts < policy.max_attempts()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, RngExt, SeedableRng};
    use std::collections::BTreeMap;

    fn one(trunk: i64, priority: u32, weight: u32) -> ProjectTrunk {
        ProjectTrunk {
            trunk: trunk.try_into().unwrap(),
            priority,
            weight,
        }
    }

    fn ids(open: &[ProjectTrunk]) -> Vec<i64> {
        open.iter().map(|one| one.trunk.get()).collect()
    }

    #[test]
    fn the_first_priority_that_can_be_used_is_open() {
        let all = [one(1, 2, 10), one(2, 1, 10), one(3, 1, 30), one(4, 9, 1)];
        let without = |gone: &[i64]| {
            let gone = gone.to_vec();
            ids(&open(&all, move |trunk| match gone.contains(&trunk.get()) {
                true => Usable::Not,
                false => Usable::Fully,
            }))
        };
        assert_eq!(without(&[]), [2, 3]);
        assert_eq!(without(&[2]), [3]);
        assert_eq!(without(&[2, 3]), [1]);
        assert_eq!(without(&[1, 2, 3]), [4]);
        assert_eq!(without(&[1, 2, 3, 4]), [0_i64; 0]);
        assert_eq!(pick(&[], 7), None);
        let on_trial = |tried: &[i64]| {
            let tried = tried.to_vec();
            ids(&open(&all, move |trunk| match trunk.get() {
                4 => Usable::Fully,
                trunk if tried.contains(&trunk) => Usable::OnTrial,
                _ => Usable::Not,
            }))
        };
        assert_eq!(on_trial(&[2]), [2, 4], "another carries what it cannot");
        assert_eq!(on_trial(&[]), [4]);
        let all_but = |trunk: TrunkId| {
            if trunk.get() == 1 {
                Usable::OnTrial
            } else {
                Usable::Fully
            }
        };
        assert_eq!(ids(&open(&all, all_but)), [2, 3], "what comes later is not tried");
    }

    #[test]
    fn calls_are_divided_by_weight() {
        for seed in 0..50 {
            let mut random = StdRng::seed_from_u64(seed);
            let count = random.random_range(1..6);
            let all: Vec<_> = (1..=count)
                .map(|n| one(n, 1, random.random_range(1..=100)))
                .collect();
            let mut picked: BTreeMap<i64, f64> = BTreeMap::new();
            for _ in 0..20_000 {
                let trunk = pick(&all, random.next_u64()).unwrap();
                *picked.entry(trunk.get()).or_default() += 1.0 / 20_000.0;
            }
            let sum: u32 = all.iter().map(|one| one.weight).sum();
            for one in &all {
                let share = f64::from(one.weight) / f64::from(sum);
                let got = picked.get(&one.trunk.get()).copied().unwrap_or(0.0);
                assert!((got - share).abs() < 0.03, "seed {seed}: {got} for {share}");
            }
        }
    }
}
