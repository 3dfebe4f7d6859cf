//! A callee in time: silence, ringing, what comes of it, and what is done after the answer.

use crate::model::{Callee, Deed, Digits, Greeting, Response};
use std::sync::Arc;
use std::time::Duration;

/// After this SIP gives up on a request that nobody answers (timer B), and a PBX calls it 408.
const SIP_GIVES_UP: Duration = Duration::from_secs(32);
/// How long a key is held, and how long a hand takes to the next.
const KEY_HELD: Duration = Duration::from_millis(100);
const KEY_TO_KEY: Duration = Duration::from_millis(200);

/// How far a leg has come on its way to an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// It is not dialed yet.
    #[default]
    Queued,
    /// Nothing has come back yet.
    Silent,
    /// It rings, or rang.
    Rung,
    /// Early media is, or was, heard.
    Early,
    /// Answered, refused or given up.
    Decided,
}

/// What comes next on the way to an answer, and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Ring(Duration),
    EarlyMedia(Duration),
    Answer,
    Refuse(u16),
}

/// A callee, where their leg is, and which of their acts are done or on their way.
#[derive(Debug, Default)]
pub(super) struct Course {
    callee: Arc<Callee>,
    stage: Stage,
    acted: Vec<bool>,
}

impl Course {
    /// Of a callee who is to be dialed.
    pub(super) fn of(callee: Arc<Callee>) -> Self {
        let acted = vec![false; callee.acts.len()];
        let stage = Stage::Queued;
        Self { callee, stage, acted }
    }

    /// What they say after the answer.
    pub(super) fn says(&self) -> Greeting {
        self.callee.says
    }

    /// Whether they are still to be dialed.
    pub(super) fn is_queued(&self) -> bool {
        self.stage == Stage::Queued
    }

    /// They are dialed; how long it is silent at first.
    pub(super) fn begin(&mut self) -> Duration {
        self.stage = Stage::Silent;
        match self.callee.response {
            Response::Swallowed => SIP_GIVES_UP,
            _ => millis(self.callee.delay_ms),
        }
    }

    /// Takes the next step, if there is one.
    pub(super) fn step(&mut self) -> Option<Step> {
        let (stage, step) = match self.next()? {
            step @ Step::Ring(_) => (Stage::Rung, step),
            step @ Step::EarlyMedia(_) => (Stage::Early, step),
            step @ (Step::Answer | Step::Refuse(_)) => (Stage::Decided, step),
        };
        self.stage = stage;
        Some(step)
    }

    fn next(&self) -> Option<Step> {
        let callee = &self.callee;
        match (self.stage, callee.response) {
            (Stage::Queued | Stage::Decided, _) => None,
            (_, Response::Swallowed) => Some(Step::Refuse(408)),
            (Stage::Silent, _) if callee.ring_ms > 0 => Some(Step::Ring(millis(callee.ring_ms))),
            (Stage::Silent | Stage::Rung, _) if callee.early_media_ms > 0 => {
                Some(Step::EarlyMedia(millis(callee.early_media_ms)))
            }
            (_, Response::Answer) => Some(Step::Answer),
            (_, Response::Refuse(status)) => Some(Step::Refuse(status)),
            (_, Response::NoAnswer) => None,
        }
    }

    /// Nobody waits any longer; whether somebody did.
    pub(super) fn give_up(&mut self) -> bool {
        let waited = !matches!(self.stage, Stage::Queued | Stage::Decided);
        if waited {
            self.stage = Stage::Decided;
        }
        waited
    }

    /// Somebody on our side has ended it.
    pub(super) fn end(&mut self) {
        self.stage = Stage::Decided;
    }

    /// What is done at times after the answer: how long after, and which act.
    pub(super) fn unprompted(&mut self) -> Vec<(Duration, usize)> {
        let acts = self.callee.acts.iter().zip(&mut self.acted).enumerate();
        let unprompted = acts.filter(|(_, (act, _))| act.upon.is_none());
        unprompted
            .map(|(place, (act, acted))| {
                *acted = true;
                (millis(act.after_ms), place)
            })
            .collect()
    }

    /// What is done upon a prompt that begins: the first such act that is left.
    pub(super) fn upon(&mut self, prompt: &str) -> Option<(Duration, usize)> {
        let mut acts = self.callee.acts.iter().zip(&mut self.acted).enumerate();
        let (place, (act, acted)) = acts.find(|(_, (act, acted))| {
            !**acted && act.upon.as_ref().is_some_and(|upon| upon.as_str() == prompt)
        })?;
        *acted = true;
        Some((millis(act.after_ms), place))
    }

    /// An act.
    pub(super) fn deed(&self, place: usize) -> Option<Deed> {
        self.callee.acts.get(place).map(|act| act.deed.clone())
    }
}

/// When each key is heard: at its end, counted from when the hand goes to the first.
pub(super) fn strokes(keys: &Digits) -> impl Iterator<Item = (Duration, char)> {
    let times = std::iter::successors(Some(KEY_HELD), |at| Some(*at + KEY_TO_KEY));
    times.zip(keys.as_str().chars())
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use serde_json::json;

    fn course(callee: serde_json::Value) -> Course {
        Course::of(Arc::new(serde_json::from_value(callee).unwrap()))
    }

    #[test]
    fn a_callee_rings_sends_early_media_and_answers() {
        let mut course = course(json!({ "delay_ms": 5, "ring_ms": 300, "early_media_ms": 20 }));
        assert!(course.is_queued() && course.step().is_none() && !course.give_up());
        assert_eq!(course.begin(), millis(5));
        let steps: Vec<_> = std::iter::from_fn(|| course.step()).collect();
        let expected = [
            Step::Ring(millis(300)),
            Step::EarlyMedia(millis(20)),
            Step::Answer,
        ];
        assert_eq!(steps, expected);
        assert!(!course.give_up(), "nobody waits after the answer");
    }

    #[test]
    fn whoever_never_answers_is_given_up() {
        let mut ringing = course(json!({ "ring_ms": 10, "response": "no_answer" }));
        ringing.begin();
        assert_eq!(
            (ringing.step(), ringing.step()),
            (Some(Step::Ring(millis(10))), None)
        );
        assert!(ringing.give_up() && !ringing.give_up());
        let mut swallowed = course(json!({ "ring_ms": 10, "response": "swallowed" }));
        assert_eq!(swallowed.begin(), SIP_GIVES_UP);
        assert_eq!(swallowed.step(), Some(Step::Refuse(408)));
    }

    #[test]
    fn acts_are_used_up() {
        let mut course = course(json!({ "do": [
            { "upon": "menu", "after_ms": 1, "press": "12" },
            { "after_ms": 2, "hang_up": true },
            { "upon": "menu", "after_ms": 3, "hang_up": true },
        ] }));
        assert_eq!(course.unprompted(), [(millis(2), 1)]);
        assert_eq!(course.upon("menu"), Some((millis(1), 0)));
        assert_eq!(
            (course.upon("other"), course.upon("menu")),
            (None, Some((millis(3), 2)))
        );
        assert_eq!(course.upon("menu"), None);
        let Some(Deed::Press(keys)) = course.deed(0) else {
            panic!("keys are pressed")
        };
        let pressed: Vec<_> = strokes(&keys).collect();
        assert_eq!(pressed, [(millis(100), '1'), (millis(300), '2')]);
    }
}
