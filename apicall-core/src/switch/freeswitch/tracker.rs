//! Follows calls through FreeSWITCH's events, without sockets and clocks.
//!
//! A call's channel and the job of its originate both have the call's id, so every event tells whose it is. A channel
//! ends with `CHANNEL_HANGUP_COMPLETE`, which says all there is to say. An originate that made none ends with its
//! `BACKGROUND_JOB` alone; the two come in either order.

use super::outcome::{self, Signs};
use crate::model::CallId;
use crate::switch::Sign;
use crate::switch::deadlines::Deadlines;
use crate::wire::esl::{Event, is_refusal};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

/// A failed originate waits this long for the word of its channel: there may have been none.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// What an originate says whose uuid is in use: the call that has it lives on.
const IN_USE: &str = "-ERR DESTINATION_OUT_OF_ORDER";

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// A sign of a call.
    Sign(CallId, Sign),
    /// An answered call waits to be driven; told once.
    Ready(CallId),
    /// A call that nobody wants has a channel, which is to be ended.
    HangUp(CallId),
}

#[derive(Debug, Default)]
struct Tracked {
    signs: Signs,
    /// It has, or had, a channel.
    seen: bool,
    /// It was told to be ready.
    ready: bool,
    /// To be hung up; there may have been no channel or no connection to do it by.
    unwanted: bool,
}

/// Live calls by id.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    calls: HashMap<CallId, Tracked>,
    listed: HashMap<CallId, Signs>,
    /// While a list comes in: calls that nobody follows and that have ended since it was asked for.
    ended_unlisted: Option<HashSet<CallId>>,
    due: Deadlines,
    told: Vec<Told>,
}

impl Tracker {
    /// Follows a call that is being placed.
    pub(super) fn originated(&mut self, call: CallId) {
        self.calls.entry(call).or_default();
    }

    /// Follows a call of an earlier run, as it was last listed; one that has ended since then ends now.
    pub(super) fn adopt(&mut self, call: CallId) {
        if self.calls.contains_key(&call) {
            return;
        }
        let Some(listed) = self.listed.remove(&call) else {
            self.calls.insert(call, Tracked::default());
            return;
        };
        let hung_up = listed.hung_up;
        let tracked = Tracked {
            signs: if hung_up { listed.clone() } else { Signs::default() },
            seen: true,
            ..Tracked::default()
        };
        self.calls.insert(call, tracked);
        if hung_up {
            self.end(call);
        } else {
            self.catch_up(call, &listed);
        }
    }

    /// Follows it no more.
    pub(super) fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
        self.drop_marks(call);
    }

    /// It is to be hung up, as soon as it can be.
    pub(super) fn unwanted(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.get_mut(&call) {
            tracked.unwanted = true;
        }
    }

    /// Whether it is followed.
    pub(super) fn follows(&self, call: CallId) -> bool {
        self.calls.contains_key(&call)
    }

    /// Whether any call is followed.
    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Forgets what an earlier connection listed.
    pub(super) fn begin_list(&mut self) {
        self.listed.clear();
        self.ended_unlisted = Some(HashSet::new());
    }

    /// The connection is lost, and with it the list and all that was handed over.
    pub(super) fn link_lost(&mut self) {
        self.listed.clear();
        self.told.retain(|told| matches!(told, Told::Sign(..)));
    }

    /// Takes in a channel of `show channels`, with its call state.
    pub(super) fn list(&mut self, channel: &str, state: &str) {
        let ended = |call: &CallId| {
            self.ended_unlisted
                .as_ref()
                .is_some_and(|ended| ended.contains(call))
        };
        let Some(call) = channel.parse().ok().filter(|call| !ended(call)) else {
            return;
        };
        let signs = Signs {
            rang: matches!(state, "RINGING" | "EARLY"),
            answered: matches!(state, "ACTIVE" | "HELD" | "UNHELD"),
            ..Signs::default()
        };
        self.listed.insert(call, signs);
    }

    /// The list is complete: catches up on the calls that are followed, and says which of all live.
    pub(super) fn end_list(&mut self) -> Vec<CallId> {
        self.ended_unlisted = None;
        let live = self.listed.iter().filter(|(_, signs)| !signs.hung_up);
        let live: BTreeMap<_, _> = live.map(|(call, signs)| (*call, signs.clone())).collect();
        for (call, signs) in &live {
            self.catch_up(*call, signs);
        }
        live.into_keys().collect()
    }

    fn catch_up(&mut self, call: CallId, seen: &Signs) {
        self.see(call);
        if seen.rang {
            self.rang(call);
        }
        if seen.answered {
            self.answered(call);
            self.ready(call);
        }
    }

    /// Takes in an event.
    pub(super) fn event(&mut self, event: &Event, now: Instant) {
        let id = if event.name() == "BACKGROUND_JOB" {
            "Job-UUID"
        } else {
            "Unique-ID"
        };
        let Some(call) = event.find(id).and_then(|id| id.parse().ok()) else {
            return;
        };
        match event.name() {
            "BACKGROUND_JOB" => self.job_done(call, event.body().unwrap_or_default(), now),
            "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA" => {
                self.see(call);
                self.rang(call);
            }
            "CHANNEL_ANSWER" => {
                self.see(call);
                self.answered(call);
            }
            "CHANNEL_PARK" => {
                self.see(call);
                self.answered(call);
                self.ready(call);
            }
            "CHANNEL_HANGUP_COMPLETE" => self.hung_up(call, event),
            _ => {}
        }
    }

    /// The originate was read, and its job begun. What is left of the way to the far end no event tells as exactly: those come
    /// in steps of 20 ms.
    pub(super) fn begun(&mut self, call: CallId) {
        if self.follows(call) {
            self.told.push(Told::Sign(call, Sign::Sent));
        }
    }

    /// The switch would not even try.
    pub(super) fn refused(&mut self, call: CallId, why: &str) {
        if let Some(tracked) = self.calls.get_mut(&call) {
            tracked.signs.refusal = Some(why.to_owned());
            self.end(call);
        }
    }

    /// Ends the calls whose last words did not come.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(call) = self.due.take_due(now) {
            self.end(call);
        }
    }

    /// When to [`expire`](Self::expire) next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.next()
    }

    /// What there is to tell.
    pub(super) fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// A channel of the call is there.
    fn see(&mut self, call: CallId) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            return;
        };
        tracked.seen = true;
        if tracked.unwanted {
            self.told.push(Told::HangUp(call));
        }
    }

    fn rang(&mut self, call: CallId) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            return;
        };
        if !std::mem::replace(&mut tracked.signs.rang, true) && !tracked.signs.answered {
            self.told.push(Told::Sign(call, Sign::Ringing));
        }
    }

    fn answered(&mut self, call: CallId) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            if let Some(listed) = self.listed.get_mut(&call) {
                listed.answered = true;
            }
            return;
        };
        if !std::mem::replace(&mut tracked.signs.answered, true) {
            self.due.cancel(call);
            self.told.push(Told::Sign(call, Sign::Answered));
        }
    }

    fn ready(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.get_mut(&call)
            && !std::mem::replace(&mut tracked.ready, true)
            && !tracked.unwanted
        {
            self.told.push(Told::Ready(call));
        }
    }

    /// Only a refusal matters: with early media `+OK` comes before the answer.
    fn job_done(&mut self, call: CallId, output: &str, now: Instant) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            return;
        };
        let said = output.lines().next().unwrap_or_default();
        let in_use = tracked.seen && said == IN_USE;
        if !is_refusal(said) || tracked.signs.answered || in_use {
            return;
        }
        tracked.signs.refusal = Some(said.to_owned());
        self.due.set(call, now + LAST_WORDS);
    }

    fn hung_up(&mut self, call: CallId, event: &Event) {
        if let Some(tracked) = self.calls.get_mut(&call) {
            note_end(&mut tracked.signs, event);
            if tracked.signs.answered {
                // It may end before it is parked; its flow finds it gone.
                self.ready(call);
            }
            return self.end(call);
        }
        match self.listed.get_mut(&call) {
            Some(listed) => note_end(listed, event),
            None => {
                self.ended_unlisted.as_mut().map(|ended| ended.insert(call));
            }
        }
    }

    fn end(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.remove(&call) {
            self.drop_marks(call);
            let (outcome, cause) = outcome::decide(&tracked.signs);
            self.told.push(Told::Sign(call, Sign::Ended { outcome, cause }));
        }
    }

    fn drop_marks(&mut self, call: CallId) {
        self.listed.remove(&call);
        self.due.cancel(call);
    }
}

fn note_end(signs: &mut Signs, event: &Event) {
    let variable = |name| event.variable(name).map(str::to_owned);
    let number = |name| event.variable(name).and_then(|number| number.parse().ok());
    signs.hung_up = true;
    // An answer that happened while nobody listened still happened.
    let answered_at = event.find("Caller-Channel-Answered-Time");
    signs.answered |= answered_at.is_some_and(|at| at != "0");
    signs.cause = event.find("Hangup-Cause").map(str::to_owned);
    signs.q850 = number("hangup_cause_q850");
    // A redirect that is not followed leaves its status here alone (`sofia.c`).
    let specific = || {
        event
            .variable("proto_specific_hangup_cause")?
            .strip_prefix("sip:")?
            .parse()
            .ok()
    };
    signs.sip = number("sip_term_status").or_else(specific);
    signs.disposition = variable("sip_hangup_disposition");
}
