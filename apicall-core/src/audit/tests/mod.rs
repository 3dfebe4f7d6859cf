//! The auditor against brute force, and against every kind of violation planted into a record that has none.

mod callees;
mod carrier;
mod contacts;
mod outcomes;
mod pace;

use super::*;
use crate::model::{
    AnsweredBy, Attempt, Call, CallId, CallState, Cause, Digits, Limits, Origin, Outcome, Rules, RulesChange,
    Scope, Timestamp, Variables,
};

pub(super) const START: i64 = 1_700_000_000_000;

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START + ms)
}

/// A call from here to there, answered; `None` has not ended.
pub(super) fn call(from: i64, to: Option<i64>) -> Attempt {
    Attempt {
        id: CallId::draw(),
        origin: Origin::Campaign,
        project: 1.try_into().unwrap(),
        campaign: Some(1.try_into().unwrap()),
        contact: Some(1.try_into().unwrap()),
        attempt: 1,
        number: Some("+573001234567".parse().unwrap()),
        engine: "".into(),
        taken_over: false,
        switch: Some("pbx1".parse().unwrap()),
        trunk: Some(1.try_into().unwrap()),
        instead_of: None,
        state: if to.is_some() {
            CallState::Ended
        } else {
            CallState::Up
        },
        created_at: at(from),
        dialed_at: Some(at(from)),
        answered_at: Some(at(from)),
        ended_at: to.map(at),
        outcome: to.map(|_| Outcome::Answered),
        answered_by: to.map(|_| AnsweredBy::Unknown),
    }
}

/// The record that belongs to it.
pub(super) fn record(of: &Attempt) -> Call {
    Call {
        id: of.id,
        origin: of.origin,
        project: of.project,
        campaign: of.campaign,
        contact: of.contact,
        attempt: of.attempt,
        number: of.number.clone(),
        switch: of.switch.clone(),
        trunk: of.trunk,
        instead_of: of.instead_of,
        caller_id: None,
        caller_id_choice: None,
        variables: Variables::default(),
        state: of.state,
        created_at: of.created_at,
        dialed_at: of.dialed_at,
        ringing_at: None,
        answered_at: of.answered_at,
        ended_at: of.ended_at,
        outcome: of.outcome,
        answered_by: of.answered_by,
        contradiction: None,
        result: None,
        cause: Cause::default(),
        digits: Digits::default(),
        transfer: None,
    }
}

pub(super) fn limits(cps: Option<f64>, channels: Option<u32>) -> Rules {
    let limits = Limits {
        cps: cps.map(|cps| cps.try_into().unwrap()),
        channels: channels.map(|channels| channels.try_into().unwrap()),
    };
    limits.into()
}

pub(super) fn rules(changes: impl IntoIterator<Item = (i64, Scope, Rules)>) -> History {
    let change = |(ms, scope, rules)| RulesChange {
        at: at(ms),
        scope,
        rules,
    };
    changes.into_iter().map(change).collect()
}
