//! Follows calls through Asterisk's events, without sockets and clocks.
//!
//! A call placed over AMI is known by its channel's Uniqueid, which is the call's id. One placed by the spool gets a
//! Uniqueid of Asterisk's own; its call file carries the id as account code, and the first channel that shows it is the
//! call's. Events of a transfer's second leg name ours as the caller, and are passed over.
//!
//! Asterisk dials a call file again when it starts after a crash and the file is still there, whatever its retries
//! say (`scan_service` of `pbx_spool.c`, 16.28 and 22.10: ten minutes after the attempt). So a file is withdrawn as
//! soon as its channel is seen, and whenever its call is over or forgotten; a running attempt does not miss it.

use super::outcome::{self, Signs};
use crate::model::CallId;
use crate::switch::Sign;
use crate::switch::deadlines::Deadlines;
use crate::wire::ami::Block;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

/// The three last events of a call come in any order; those missing when the channel is gone get this long.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// A failed originate without any word of a channel gets this long: there may have been none.
const NO_CHANNEL: Duration = Duration::from_secs(2);

/// What Asterisk is to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// End the call's channel.
    HangUp(CallId),
    /// Take the call's file out of the spool, where there is one.
    Withdraw(CallId),
}

/// A channel as the switch lists it, and its end when that comes before somebody follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    uniqueid: String,
    signs: Signs,
}

#[derive(Debug, Default)]
struct Tracked {
    signs: Signs,
    uniqueid: Option<String>,
    /// Its answer was told.
    answer_told: bool,
    /// Placed by a call file.
    spooled: bool,
    /// To be hung up; there may have been no channel or no connection to do it by.
    unwanted: bool,
}

/// Live calls by id.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    calls: HashMap<CallId, Tracked>,
    /// Calls of the spool by their channel.
    channels: HashMap<String, CallId>,
    listed: HashMap<CallId, Listed>,
    /// While a list comes in: calls that nobody follows and that have ended since it was asked for.
    ended_unlisted: Option<HashSet<CallId>>,
    due: Deadlines,
    told: Vec<(CallId, Sign)>,
    orders: Vec<Order>,
}

impl Tracker {
    /// Follows a call that is being placed. `give_up_at`: when to end it if nothing at all is heard.
    pub(super) fn originated(&mut self, call: CallId, give_up_at: Option<Instant>) {
        let tracked = Tracked {
            spooled: give_up_at.is_some(),
            ..Tracked::default()
        };
        self.calls.insert(call, tracked);
        if let Some(at) = give_up_at {
            self.set_due(call, at);
        }
    }

    /// Follows a call of an earlier run, as it was last listed; one that has ended since then ends now.
    pub(super) fn adopt(&mut self, call: CallId) {
        if self.calls.contains_key(&call) {
            return;
        }
        let (mut tracked, mut seen) = (Tracked::default(), Signs::default());
        if let Some(listed) = self.listed.get(&call) {
            if listed.signs.hung_up {
                tracked.signs = listed.signs.clone();
            }
            seen = listed.signs.clone();
            tracked.uniqueid = Some(listed.uniqueid.clone());
            self.channels.insert(listed.uniqueid.clone(), call);
        }
        let ended = tracked.signs.hung_up;
        self.calls.insert(call, tracked);
        if ended {
            self.end(call);
        } else {
            self.catch_up(call, &seen);
        }
    }

    /// Follows it no more.
    pub(super) fn forget(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.remove(&call) {
            self.drop_marks(call, &tracked);
        }
        self.orders.push(Order::Withdraw(call));
    }

    /// It is to be hung up, as soon as it can be.
    pub(super) fn unwanted(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.get_mut(&call) {
            tracked.unwanted = true;
            if tracked.spooled && tracked.uniqueid.is_none() {
                self.orders.push(Order::Withdraw(call));
            }
        }
    }

    /// The switch would not place it.
    pub(super) fn refused(&mut self, call: CallId, why: &str) {
        if let Some(tracked) = self.calls.get_mut(&call) {
            tracked.signs.refused = Some(why.to_owned());
            self.end(call);
        }
    }

    /// The channel to name in a hang-up; Asterisk takes a Uniqueid as well.
    pub(super) fn channel(&self, call: CallId) -> String {
        let known = self.calls.get(&call).and_then(|tracked| tracked.uniqueid.clone());
        let listed = || self.listed.get(&call).map(|listed| listed.uniqueid.clone());
        known.or_else(listed).unwrap_or_else(|| call.to_string())
    }

    /// Whether it is followed.
    pub(super) fn follows(&self, call: CallId) -> bool {
        self.calls.contains_key(&call)
    }

    /// Forgets what an earlier connection listed.
    pub(super) fn begin_list(&mut self) {
        self.listed.clear();
        self.ended_unlisted = Some(HashSet::new());
        let calls = &self.calls;
        self.channels.retain(|_, call| calls.contains_key(call));
    }

    /// Takes in an entry of `CoreShowChannels`.
    pub(super) fn list(&mut self, entry: &Block) {
        let uniqueid = entry.find("Uniqueid").unwrap_or_default();
        let id = uniqueid.parse().ok();
        let second_leg = entry.find("Application") == Some("AppDial");
        let account = entry.find("AccountCode").and_then(|account| account.parse().ok());
        let Some(call) = id.or(account.filter(|_| !second_leg)) else {
            return;
        };
        if self
            .ended_unlisted
            .as_ref()
            .is_some_and(|ended| ended.contains(&call))
        {
            return;
        }
        let state = entry.find("ChannelState");
        let signs = Signs {
            rang: state == Some("5"),
            answered: state == Some("6"),
            ..Signs::default()
        };
        let uniqueid = uniqueid.to_owned();
        self.channels.insert(uniqueid.clone(), call);
        self.listed.insert(call, Listed { uniqueid, signs });
    }

    /// The list is complete: catches up on the calls that are followed, and says which of all live.
    pub(super) fn end_list(&mut self) -> Vec<CallId> {
        self.ended_unlisted = None;
        let live = self.listed.iter().filter(|(_, listed)| !listed.signs.hung_up);
        let live: BTreeMap<_, _> = live.map(|(call, listed)| (*call, listed.clone())).collect();
        for (call, listed) in &live {
            match self.calls.get(call) {
                Some(tracked) if tracked.uniqueid.is_none() => self.bind(*call, &listed.uniqueid),
                Some(tracked) if tracked.unwanted => self.orders.push(Order::HangUp(*call)),
                _ => {}
            }
            self.catch_up(*call, &listed.signs);
        }
        live.into_keys().collect()
    }

    fn catch_up(&mut self, call: CallId, seen: &Signs) {
        if seen.rang {
            self.rang(call);
        }
        if seen.answered {
            self.answered(call);
        }
    }

    /// Takes in an event.
    pub(super) fn event(&mut self, event: &Block, now: Instant) {
        let Some(call) = self.whose(event) else { return };
        match event.name() {
            "DialBegin" => self.sent(call),
            "DialState" => {
                if matches!(
                    event.find("DialStatus"),
                    Some("RINGING" | "PROGRESS" | "PROCEEDING")
                ) {
                    self.rang(call);
                }
            }
            "Newstate" => match event.find("ChannelState") {
                Some("5") => self.rang(call),
                Some("6") => self.answered(call),
                _ => {}
            },
            "DialEnd" => self.dial_ended(call, event),
            "OriginateResponse" => self.responded(call, event, now),
            "Hangup" => self.hung_up(call, event, now),
            _ => {}
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

    /// What Asterisk is to be asked.
    pub(super) fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    /// What there is to tell.
    pub(super) fn told(&mut self) -> Vec<(CallId, Sign)> {
        std::mem::take(&mut self.told)
    }

    fn whose(&mut self, event: &Block) -> Option<CallId> {
        let dial = event.name().starts_with("Dial");
        if dial && event.find("Uniqueid").is_some() {
            return None;
        }
        let (id, account) = if dial {
            ("DestUniqueid", "DestAccountCode")
        } else {
            ("Uniqueid", "AccountCode")
        };
        let uniqueid = event.find(id)?;
        if let Ok(call) = uniqueid.parse() {
            return Some(call);
        }
        if let Some(call) = self.channels.get(uniqueid) {
            return Some(*call);
        }
        let call: CallId = event.find(account)?.parse().ok()?;
        let tracked = self.calls.get_mut(&call)?;
        if tracked.uniqueid.is_some() {
            return None;
        }
        self.bind(call, uniqueid);
        Some(call)
    }

    /// A call's channel is seen for the first time.
    fn bind(&mut self, call: CallId, uniqueid: &str) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            return;
        };
        tracked.uniqueid = Some(uniqueid.to_owned());
        if tracked.spooled {
            self.orders.push(Order::Withdraw(call));
        }
        if tracked.unwanted {
            self.orders.push(Order::HangUp(call));
        }
        self.channels.insert(uniqueid.to_owned(), call);
    }

    /// A call file lies until Asterisk looks for it, which says nothing of how late its start was.
    fn sent(&mut self, call: CallId) {
        if self.calls.get(&call).is_some_and(|tracked| !tracked.spooled) {
            self.told.push((call, Sign::Sent));
        }
    }

    fn rang(&mut self, call: CallId) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            return;
        };
        if !std::mem::replace(&mut tracked.signs.rang, true) && !tracked.answer_told {
            self.told.push((call, Sign::Ringing));
        }
    }

    fn answered(&mut self, call: CallId) {
        self.saw_answer(call);
        if let Some(tracked) = self.calls.get_mut(&call)
            && !std::mem::replace(&mut tracked.answer_told, true)
        {
            self.told.push((call, Sign::Answered));
        }
    }

    /// Whatever ends it, it was answered.
    fn saw_answer(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.get_mut(&call) {
            tracked.signs.answered = true;
            self.due.cancel(call);
        } else if let Some(listed) = self.listed.get_mut(&call) {
            listed.signs.answered = true;
        }
    }

    fn dial_ended(&mut self, call: CallId, event: &Block) {
        let status = event.find("DialStatus").unwrap_or_default();
        if status == "ANSWER" {
            self.answered(call);
        }
        if let Some(tracked) = self.calls.get_mut(&call) {
            tracked.signs.dial_status = Some(status.to_owned());
            tracked.signs.redirected |= event.find("Forward").is_some();
            if tracked.signs.hung_up {
                self.end(call);
            }
        }
    }

    fn responded(&mut self, call: CallId, event: &Block, now: Instant) {
        if event.find("Response") == Some("Success") {
            // It is not told in the order of the channel's own events, and may overtake that of the ringing: who asks when it
            // was answered waits for `DialEnd`.
            return self.saw_answer(call);
        }
        let reason = event.find("Reason").and_then(|reason| reason.parse().ok());
        let Some(tracked) = self.calls.get_mut(&call) else {
            return;
        };
        tracked.signs.reason = reason;
        if !tracked.signs.hung_up {
            self.set_due(call, now + NO_CHANNEL);
        } else if reason.is_some_and(|reason| reason != 0) || tracked.signs.dial_status.is_some() {
            self.end(call);
        }
    }

    fn hung_up(&mut self, call: CallId, event: &Block, now: Instant) {
        let Some(tracked) = self.calls.get_mut(&call) else {
            match self.listed.get_mut(&call) {
                Some(listed) => note_end(&mut listed.signs, event),
                None => {
                    self.ended_unlisted.as_mut().map(|ended| ended.insert(call));
                }
            }
            return;
        };
        note_end(&mut tracked.signs, event);
        let signs = &tracked.signs;
        let told =
            signs.answered || signs.dial_status.is_some() || signs.reason.is_some_and(|reason| reason != 0);
        if told {
            self.end(call);
        } else {
            self.set_due(call, now + LAST_WORDS);
        }
    }

    fn set_due(&mut self, call: CallId, at: Instant) {
        if self.calls.contains_key(&call) {
            self.due.set(call, at);
        }
    }

    fn end(&mut self, call: CallId) {
        if let Some(tracked) = self.calls.remove(&call) {
            self.drop_marks(call, &tracked);
            if tracked.spooled {
                self.orders.push(Order::Withdraw(call));
            }
            let (outcome, cause) = outcome::decide(&tracked.signs);
            self.told.push((call, Sign::Ended { outcome, cause }));
        }
    }

    fn drop_marks(&mut self, call: CallId, tracked: &Tracked) {
        self.listed.remove(&call);
        if let Some(uniqueid) = &tracked.uniqueid {
            self.channels.remove(uniqueid);
        }
        self.due.cancel(call);
    }
}

fn note_end(signs: &mut Signs, event: &Block) {
    let number = |name| event.find(name).and_then(|number| number.parse().ok());
    signs.hung_up = true;
    signs.q850 = number("Cause");
    signs.sip = number("TechCause");
    signs.cause_text = event
        .find("Cause-txt")
        .filter(|text| *text != "Unknown")
        .map(str::to_owned);
}
