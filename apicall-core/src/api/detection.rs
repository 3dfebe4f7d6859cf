//! What detection said of calls, and how often a call spoke against it.

use crate::model::{AnsweredBy, Contradiction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Calls by the verdict of their detection. A contradiction is a sign, no proof; `docs/amd.md` has the rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectionStats {
    /// Calls that a person answered, by the verdict.
    pub human: u64,
    /// Calls that a machine answered, by the verdict.
    pub machine: u64,
    /// How many of them contradicted the verdict, and by what; every kind is listed.
    pub contradicted: BTreeMap<Contradiction, u64>,
    /// Of those that were human by the verdict, 0 to 1; absent where there are none.
    pub human_share: Option<f64>,
    /// Of those that were a machine by the verdict, 0 to 1; absent where there are none.
    pub machine_share: Option<f64>,
}

impl DetectionStats {
    /// With the shares; kinds that did not occur may be absent.
    pub fn of(verdicts: &BTreeMap<AnsweredBy, u64>, counted: &BTreeMap<Contradiction, u64>) -> Self {
        let verdict = |by| verdicts.get(&by).copied().unwrap_or(0);
        let (human, machine) = (verdict(AnsweredBy::Human), verdict(AnsweredBy::Machine));
        let count = |kind: &Contradiction| counted.get(kind).copied().unwrap_or(0);
        let against = |machine: bool| {
            let kinds = Contradiction::ALL
                .iter()
                .filter(|kind| kind.of_machine() == machine);
            kinds.map(count).sum()
        };
        Self {
            human,
            machine,
            contradicted: Contradiction::ALL
                .iter()
                .map(|kind| (*kind, count(kind)))
                .collect(),
            human_share: share(against(false), human),
            machine_share: share(against(true), machine),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "calls are fewer than 2^52")]
fn share(of: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_verdict_that_is_contradicted() {
        let counted = [
            (Contradiction::MachinePressed, 3),
            (Contradiction::MachineHungUp, 1),
            (Contradiction::HumanSilent, 5),
        ];
        let stats = DetectionStats::of(
            &[
                (AnsweredBy::Human, 100),
                (AnsweredBy::Machine, 16),
                (AnsweredBy::Unknown, 7),
            ]
            .into(),
            &counted.into(),
        );
        assert_eq!((stats.human_share, stats.machine_share), (Some(0.05), Some(0.25)));
        let none = DetectionStats::of(&BTreeMap::new(), &BTreeMap::new());
        assert_eq!((none.human_share, none.machine_share), (None, None));
        assert_eq!(none.contradicted.len(), Contradiction::ALL.len());
    }
}
