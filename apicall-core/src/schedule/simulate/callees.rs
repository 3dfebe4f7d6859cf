//! How callees behave: learned from calls that were made, and drawn for calls that are not.
//!
//! Deliberately absent: who is called, and when.

use crate::model::{AnsweredBy, Call, CalleeModel, Ending, Outcome};
use std::collections::BTreeMap;
use std::time::Duration;

/// So many lengths of an ending are kept, evenly among all.
const LENGTHS: usize = 100;

/// A model of the callees of such calls; `None` when none of them has ended after it left.
pub fn learn<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Option<CalleeModel> {
    type Kind = (Outcome, Option<AnsweredBy>);
    let mut seen: BTreeMap<Kind, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
    for call in calls {
        let (Some(outcome), Some(dialed), Some(ended)) = (call.outcome, call.dialed_at, call.ended_at) else {
            continue;
        };
        let answered = call.answered_at.filter(|_| outcome == Outcome::Answered);
        let by = call.answered_by.filter(|_| outcome == Outcome::Answered);
        let (rings, talks) = seen.entry((outcome, by)).or_default();
        rings.push(millis(answered.unwrap_or(ended).since(dialed)));
        if outcome == Outcome::Answered {
            talks.push(millis(ended.since(answered.unwrap_or(ended))));
        }
    }
    let endings = seen
        .into_iter()
        .map(|((outcome, answered_by), (rings, talks))| Ending {
            outcome,
            answered_by,
            share: u32::try_from(rings.len()).unwrap_or(u32::MAX),
            rings_ms: some_of(rings),
            talks_ms: some_of(talks),
        });
    CalleeModel::new(endings.collect()).ok()
}

fn millis(length: Duration) -> u32 {
    const DAY: u32 = 86_400_000;
    u32::try_from(length.as_millis()).unwrap_or(DAY).min(DAY)
}

/// Lengths from the shortest to the longest, a hundred at most.
fn some_of(mut lengths: Vec<u32>) -> Vec<u32> {
    lengths.sort_unstable();
    let all = lengths.len();
    if all <= LENGTHS {
        return lengths;
    }
    (0..LENGTHS)
        .map(|n| lengths[n * (all - 1) / (LENGTHS - 1)])
        .collect()
}

/// A call's end that is to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub outcome: Outcome,
    pub answered_by: Option<AnsweredBy>,
    pub rings: Duration,
    pub talks: Duration,
}

/// Chance, the same for the same seed in every version: Vigna's splitmix64.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.draw() % bound).unwrap_or(0)
    }

    /// How a call goes.
    pub(super) fn call(&mut self, model: &CalleeModel) -> Drawn {
        let all: u64 = model.endings().iter().map(|ending| u64::from(ending.share)).sum();
        let mut at = self.draw() % all.max(1);
        let mut drawn = &model.endings()[0];
        for ending in model.endings() {
            drawn = ending;
            match at.checked_sub(ending.share.into()) {
                Some(rest) => at = rest,
                None => break,
            }
        }
        Drawn {
            outcome: drawn.outcome,
            answered_by: drawn.answered_by,
            rings: self.one_of(&drawn.rings_ms),
            talks: self.one_of(&drawn.talks_ms),
        }
    }

    fn one_of(&mut self, lengths: &[u32]) -> Duration {
        let place = self.below(lengths.len());
        Duration::from_millis(lengths.get(place).copied().unwrap_or(0).into())
    }
}
