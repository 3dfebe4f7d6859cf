//! A call's record as a row: its columns, and as text what has none.
//!
//! Deliberately absent: statements.

use super::StoreError;
use super::db::{Column, Row, Value};
use crate::model::{
    CalendarDay, Call, CallState, CallerId, CallerIdChoice, CampaignId, Cause, ChosenBy, ContactId,
    Contradiction, Digits, Timestamp, TransferReport, TrunkId, Variables,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A call, and of it as text what has no column.
#[derive(Debug)]
pub(super) struct Line {
    pub call: Call,
    rest: String,
}

impl From<Call> for Line {
    fn from(call: Call) -> Self {
        let rest = Rest::of(&call);
        let rest = serde_json::to_string(&rest).expect("a record is JSON");
        Self { call, rest }
    }
}

pub(super) const LIVE: &[Column] = &[
    Column::Word("id"),
    Column::Int("project"),
    Column::Int("campaign"),
    Column::Int("contact"),
    Column::Word("origin"),
    Column::Word("number"),
    Column::Word("switch"),
    Column::Int("trunk"),
    Column::Word("state"),
    Column::Int("created_at"),
    Column::Int("dialed_at"),
    Column::Int("answered_at"),
    Column::Word("answered_by"),
    Column::Word("engine"),
    Column::Text("result"),
    Column::Text("rest"),
];
pub(super) const CHANGED: &[Column] = &[
    Column::Word("id"),
    Column::Word("state"),
    Column::Int("dialed_at"),
    Column::Int("answered_at"),
    Column::Word("answered_by"),
    Column::Text("result"),
    Column::Text("rest"),
];
pub(super) const ENDED: &[Column] = &[
    Column::Word("id"),
    Column::Int("project"),
    Column::Int("campaign"),
    Column::Int("contact"),
    Column::Word("origin"),
    Column::Word("number"),
    Column::Word("switch"),
    Column::Int("trunk"),
    Column::Int("created_at"),
    Column::Int("dialed_at"),
    Column::Int("answered_at"),
    Column::Int("ended_at"),
    Column::Word("outcome"),
    Column::Word("answered_by"),
    Column::Word("engine"),
    Column::Text("result"),
    Column::Text("rest"),
];
impl Line {
    /// A row of `live_calls`.
    pub(super) fn live(&self, engine: &str) -> [Value; 16] {
        let Self { call, rest } = self;
        [
            call.id.to_string().into(),
            call.project.get().into(),
            call.campaign.map(CampaignId::get).into(),
            call.contact.map(ContactId::get).into(),
            Value::Word(call.origin.as_str()),
            call.number.as_ref().map(ToString::to_string).into(),
            call.switch.as_ref().map(ToString::to_string).into(),
            call.trunk.map(TrunkId::get).into(),
            Value::Word(call.state.as_str()),
            call.created_at.millis().into(),
            call.dialed_at.map(Timestamp::millis).into(),
            call.answered_at.map(Timestamp::millis).into(),
            call.answered_by.map(|by| by.as_str()).into(),
            engine.into(),
            call.result.as_ref().map(ToString::to_string).into(),
            rest.as_str().into(),
        ]
    }

    /// What of it changes while the call lives.
    pub(super) fn changed(&self) -> [Value; 7] {
        let Self { call, rest } = self;
        debug_assert!(call.state != CallState::Ended, "a call ends with an outcome");
        [
            call.id.to_string().into(),
            Value::Word(call.state.as_str()),
            call.dialed_at.map(Timestamp::millis).into(),
            call.answered_at.map(Timestamp::millis).into(),
            call.answered_by.map(|by| by.as_str()).into(),
            call.result.as_ref().map(ToString::to_string).into(),
            rest.as_str().into(),
        ]
    }

    /// A row of `calls`.
    pub(super) fn ended(&self, engine: &str) -> [Value; 17] {
        let Self { call, rest } = self;
        [
            call.id.to_string().into(),
            call.project.get().into(),
            call.campaign.map(CampaignId::get).into(),
            call.contact.map(ContactId::get).into(),
            Value::Word(call.origin.as_str()),
            call.number.as_ref().map(ToString::to_string).into(),
            call.switch.as_ref().map(ToString::to_string).into(),
            call.trunk.map(TrunkId::get).into(),
            call.created_at.millis().into(),
            call.dialed_at.map(Timestamp::millis).into(),
            call.answered_at.map(Timestamp::millis).into(),
            call.ended_at.map(Timestamp::millis).into(),
            call.outcome.map(|outcome| outcome.as_str()).into(),
            call.answered_by.map(|by| by.as_str()).into(),
            engine.into(),
            call.result.as_ref().map(ToString::to_string).into(),
            rest.as_str().into(),
        ]
    }
}

impl<'a> Rest<'a> {
    /// Takes a record apart: a field that it gets in the future is not forgotten here.
    fn of(call: &'a Call) -> Self {
        let Call {
            id: _,
            origin: _,
            project: _,
            campaign: _,
            contact: _,
            attempt,
            number: _,
            switch: _,
            trunk: _,
            instead_of,
            caller_id,
            caller_id_choice,
            variables,
            state: _,
            created_at: _,
            dialed_at: _,
            ringing_at,
            answered_at: _,
            ended_at: _,
            outcome: _,
            answered_by: _,
            contradiction,
            result: _,
            cause,
            digits,
            transfer,
        } = call;
        Self {
            attempt: *attempt,
            instead_of: *instead_of,
            caller_id: caller_id.as_ref().map(Cow::Borrowed),
            caller_id_choice: *caller_id_choice,
            variables: Cow::Borrowed(variables),
            ringing_at: *ringing_at,
            contradiction: *contradiction,
            cause: Cow::Borrowed(cause),
            digits: Cow::Borrowed(digits),
            transfer: transfer.as_ref().map(Cow::Borrowed),
        }
    }
}

impl Default for Rest<'_> {
    fn default() -> Self {
        Self {
            attempt: 1,
            instead_of: None,
            caller_id: None,
            caller_id_choice: None,
            variables: Cow::default(),
            ringing_at: None,
            contradiction: None,
            cause: Cow::default(),
            digits: Cow::default(),
            transfer: None,
        }
    }
}

/// The columns of a record in `live_calls`, as [`read`] wants them.
pub(super) const LIVE_COLUMNS: &str =
    "id, project, campaign, contact, origin, number, switch, trunk, state, created_at,
    dialed_at, answered_at, NULL AS ended_at, NULL AS outcome, answered_by, result, rest";
/// The same in `calls`.
pub(super) const ENDED_COLUMNS: &str =
    "id, project, campaign, contact, origin, number, switch, trunk, 'ended' AS state,
    created_at, dialed_at, answered_at, ended_at, outcome, answered_by, result, rest";

/// The record of a row.
pub(super) fn read(row: &Row) -> Result<Call, StoreError> {
    let rest: Rest<'_> = serde_json::from_str(row.try_get("rest")?)?;
    let time = |column| Ok::<_, StoreError>(row.try_get::<Option<i64>>(column)?.map(Timestamp::from_millis));
    let number = |column| row.try_get::<Option<i64>>(column);
    let text = |column| row.try_get::<Option<&str>>(column);
    Ok(Call {
        id: row.try_get::<&str>("id")?.parse()?,
        origin: row.try_get::<&str>("origin")?.parse()?,
        project: row.try_get::<i64>("project")?.try_into()?,
        campaign: number("campaign")?.map(CampaignId::try_from).transpose()?,
        contact: number("contact")?.map(ContactId::try_from).transpose()?,
        attempt: rest.attempt,
        number: text("number")?.map(str::parse).transpose()?,
        switch: text("switch")?.map(str::parse).transpose()?,
        trunk: number("trunk")?.map(TrunkId::try_from).transpose()?,
        instead_of: rest.instead_of,
        caller_id: rest.caller_id.map(Cow::into_owned),
        caller_id_choice: rest.caller_id_choice,
        variables: rest.variables.into_owned(),
        state: row.try_get::<&str>("state")?.parse()?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        dialed_at: time("dialed_at")?,
        ringing_at: rest.ringing_at,
        answered_at: time("answered_at")?,
        ended_at: time("ended_at")?,
        outcome: text("outcome")?.map(str::parse).transpose()?,
        answered_by: text("answered_by")?.map(str::parse).transpose()?,
        contradiction: rest.contradiction,
        result: text("result")?.map(str::parse).transpose()?,
        cause: rest.cause.into_owned(),
        digits: rest.digits.into_owned(),
        transfer: rest.transfer.map(Cow::into_owned),
    })
}

/// What of a record has no column, left out where it says nothing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct Rest<'a> {
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    instead_of: Option<TrunkId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_id: Option<Cow<'a, CallerId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_id_choice: Option<CallerIdChoice>,
    variables: Cow<'a, Variables>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ringing_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contradiction: Option<Contradiction>,
    #[serde(skip_serializing_if = "is_default")]
    cause: Cow<'a, Cause>,
    #[serde(skip_serializing_if = "is_default")]
    digits: Cow<'a, Digits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<Cow<'a, TransferReport>>,
}

/// What a call shows, and why.
#[derive(Debug)]
pub(super) struct Shown(Option<CallerId>, Option<CallerIdChoice>);

impl Shown {
    pub(super) fn of(call: &Call) -> Self {
        Self(call.caller_id.clone(), call.caller_id_choice)
    }

    /// The number and the day on which it counts, if it is one of which uses are counted.
    pub(super) fn counted(&self) -> Option<(&CallerId, CalendarDay)> {
        let choice = self.1.filter(|choice| choice.by != ChosenBy::NoneFree)?;
        Some((self.0.as_ref()?, choice.day))
    }
}

/// What the call of a row shows, of which nothing is asked for but `rest`.
pub(super) fn shown(row: &Row) -> Result<Shown, StoreError> {
    let rest: Rest<'_> = serde_json::from_str(row.try_get("rest")?)?;
    Ok(Shown(rest.caller_id.map(Cow::into_owned), rest.caller_id_choice))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
