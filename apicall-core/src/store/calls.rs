//! Reading calls, and counting them.

use super::db::{Row, Sql, Value, sql};
use super::line::{ENDED_COLUMNS, LIVE_COLUMNS, read};
use super::{Store, StoreError};
use crate::model::{
    AnsweredBy, Call, CallId, CallState, CampaignId, ContactId, ContactState, Contradiction, FlowResult,
    Hold, Moment, Origin, Outcome, Page, PhoneNumber, ProjectId, SwitchName, Timestamp, TrunkId,
};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Which calls are asked for; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallQuery {
    /// Of this project.
    pub project: Option<ProjectId>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// To this contact.
    pub contact: Option<ContactId>,
    /// To this number.
    pub number: Option<PhoneNumber>,
    /// In this state.
    pub state: Option<CallState>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// With this result.
    pub result: Option<FlowResult>,
    /// Asked for by.
    pub origin: Option<Origin>,
    /// Made at or after this time.
    pub from: Option<Timestamp>,
    /// Made before this time.
    pub to: Option<Timestamp>,
}

/// A start of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// The project.
    pub project: ProjectId,
    /// The campaign, for a campaign's call.
    pub campaign: Option<CampaignId>,
    /// The trunk.
    pub trunk: TrunkId,
    /// The switch.
    pub switch: SwitchName,
}

/// A campaign in numbers. Kinds that did not occur are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignTotals {
    /// Contacts by state.
    pub contacts_by_state: BTreeMap<ContactState, u64>,
    /// Calls made, live ones included.
    pub calls: u64,
    /// Calls that have not ended.
    pub live: u64,
    /// Ended calls by outcome.
    pub by_outcome: BTreeMap<Outcome, u64>,
    /// Answered calls by what answered.
    pub by_answered_by: BTreeMap<AnsweredBy, u64>,
    /// What spoke against the verdict of a detection.
    pub contradicted: BTreeMap<Contradiction, u64>,
    /// Flow results.
    pub by_result: BTreeMap<FlowResultName, u64>,
    /// Length of answered calls, summed, in milliseconds.
    pub talk_ms: u64,
    /// The earliest time at which a waiting contact may be called.
    pub next_attempt_at: Option<Timestamp>,
    /// The rule that holds that one back.
    pub next_held_by: Option<Hold>,
    /// Contacts that a rule holds back, or will not have called.
    pub held: BTreeMap<Hold, u64>,
}

type FlowResultName = String;

/// What detection said of calls, and what spoke against it. Kinds that did not occur are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetectionTotals {
    /// Calls by the verdict: a person's, a machine's.
    pub by_answered_by: BTreeMap<AnsweredBy, u64>,
    /// Those that contradicted it.
    pub contradicted: BTreeMap<Contradiction, u64>,
}

impl AddAssign for DetectionTotals {
    fn add_assign(&mut self, more: Self) {
        for (by, n) in more.by_answered_by {
            *self.by_answered_by.entry(by).or_default() += n;
        }
        for (kind, n) in more.contradicted {
            *self.contradicted.entry(kind).or_default() += n;
        }
    }
}

/// Which calls a table holds: those that live are kept apart from those that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shelf {
    Live,
    Ended,
}

/// The ids of ended calls to a number: of contacts that have it, of contacts that had it, and of calls without one.
const TO_NUMBER: [&str; 3] = [
    " FROM (SELECT calls.id AS call_id FROM campaigns CROSS JOIN contacts ON contacts.campaign = campaigns.id AND contacts.number = ",
    " CROSS JOIN calls ON calls.contact = contacts.id
      UNION ALL SELECT calls.id FROM former_contacts CROSS JOIN calls ON calls.contact = former_contacts.contact
                WHERE former_contacts.number = ",
    " UNION ALL SELECT calls.id FROM calls WHERE ",
];

impl Store {
    /// A call's record.
    pub async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        // A call goes from the first to the second, never back.
        for shelf in [Shelf::Live, Shelf::Ended] {
            let mut one = shelf.select();
            one.push(shelf.from())
                .push(" WHERE id = ")
                .push_bind(id.to_string());
            if let Some(row) = one.first(&self.readers).await? {
                return read(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// What happened in a call, in order.
    pub async fn timeline(&self, id: CallId) -> Result<Vec<Moment>, StoreError> {
        let pieces = sql("SELECT events FROM moments WHERE call_id = ? ORDER BY piece").bind(id.to_string());
        let mut timeline = Vec::new();
        for row in pieces.all(&self.readers).await? {
            timeline.extend(serde_json::from_str::<Vec<Moment>>(row.try_get("events")?)?);
        }
        Ok(timeline)
    }

    /// Calls, newest first; `after` is the `next` of the page before.
    pub async fn calls(
        &self,
        query: &CallQuery,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Call>, StoreError> {
        let mut items = BTreeMap::new();
        // One that ends meanwhile is found in both, and counts as ended.
        for shelf in [Shelf::Live, Shelf::Ended] {
            let Some(select) = self.select(shelf, query, after, limit) else {
                continue;
            };
            for row in select.all(&self.readers).await? {
                let call = read(&row)?;
                items.insert(call.id, call);
            }
        }
        let items = items.into_values().rev().collect();
        Ok(page(items, limit, |call| call.id.to_string()))
    }

    /// The statement that finds a page of calls; `None` when there can be none of them.
    fn select(&self, shelf: Shelf, query: &CallQuery, after: Option<&str>, limit: u32) -> Option<Sql> {
        let ended = shelf == Shelf::Ended;
        let elsewhere = match query.state {
            Some(state) => ended != (state == CallState::Ended),
            None => !ended && query.outcome.is_some(),
        };
        if elsewhere {
            return None;
        }
        let mut sql = shelf.select();
        match query.number.as_ref().map(ToString::to_string).filter(|_| ended) {
            Some(number) => {
                let loose = self.readers.dialect().loose_number;
                for (part, more) in TO_NUMBER.into_iter().zip(["", "", loose]) {
                    sql.push(part).push(more).push_bind(number.as_str());
                }
                sql.push(") AS found CROSS JOIN calls ON calls.id = found.call_id");
            }
            None => drop(sql.push(shelf.from())),
        }
        sql.push(" WHERE TRUE");
        if !ended {
            let state = query.state.map(CallState::as_str);
            add(&mut sql, " AND state = ", state);
            add(
                &mut sql,
                " AND number = ",
                query.number.as_ref().map(ToString::to_string),
            );
        }
        if ended {
            add(&mut sql, " AND outcome = ", query.outcome.map(Outcome::as_str));
        }
        add(&mut sql, " AND project = ", query.project.map(ProjectId::get));
        add(&mut sql, " AND campaign = ", query.campaign.map(CampaignId::get));
        add(&mut sql, " AND contact = ", query.contact.map(ContactId::get));
        add(
            &mut sql,
            " AND result = ",
            query.result.as_ref().map(ToString::to_string),
        );
        add(&mut sql, " AND origin = ", query.origin.map(Origin::as_str));
        add(&mut sql, " AND created_at >= ", query.from.map(Timestamp::millis));
        add(&mut sql, " AND created_at < ", query.to.map(Timestamp::millis));
        // Said of every page, so that the first is found as the others are: no id is beyond this.
        sql.push(" AND id < ").push_bind(after.unwrap_or("g"));
        sql.push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(limit) + 1);
        Some(sql)
    }

    /// Calls that have not ended.
    pub async fn open_calls(&self) -> Result<Vec<Call>, StoreError> {
        let mut open = Shelf::Live.select();
        open.push(" FROM live_calls ORDER BY id");
        let rows = open.all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Those of a project to a number.
    pub async fn open_calls_to(
        &self,
        project: ProjectId,
        number: &PhoneNumber,
    ) -> Result<Vec<Call>, StoreError> {
        let mut open = Shelf::Live.select();
        open.push(" FROM live_calls WHERE project = ")
            .push_bind(project.get());
        open.push(" AND number = ").push_bind(number.to_string());
        open.push(" ORDER BY id");
        let rows = open.all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Those of this engine.
    pub async fn own_open_calls(&self) -> Result<Vec<Call>, StoreError> {
        if !self.is_shared() {
            return self.open_calls().await;
        }
        let mut open = Shelf::Live.select();
        open.push(" FROM live_calls WHERE engine = ")
            .push_bind(self.engine());
        open.push(" ORDER BY id");
        let rows = open.all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Starts from a time to another, oldest first, and of those after that, which the clock had before it went back, the newest of
    /// each way. Whoever started since then lives, or has ended since then.
    pub async fn recent_starts(&self, since: Timestamp, now: Timestamp) -> Result<Vec<Start>, StoreError> {
        let mut rows = sql(
            "SELECT dialed_at, project, campaign, trunk, switch FROM live_calls
                WHERE dialed_at >= ? AND dialed_at <= ? AND trunk IS NOT NULL AND switch IS NOT NULL
             UNION ALL SELECT dialed_at, project, campaign, trunk, switch FROM calls
                WHERE ended_at >= ? AND dialed_at >= ? AND dialed_at <= ? AND trunk IS NOT NULL AND switch IS NOT NULL
             ORDER BY dialed_at",
        )
        .bind(since.millis())
        .bind(now.millis())
        .bind(since.millis())
        .bind(since.millis())
        .bind(now.millis())
        .all(&self.readers)
        .await?;
        let ahead = sql(
            "SELECT max(dialed_at) AS dialed_at, project, campaign, trunk, switch FROM (
                SELECT dialed_at, project, campaign, trunk, switch FROM live_calls WHERE dialed_at > ?
                UNION ALL SELECT dialed_at, project, campaign, trunk, switch FROM calls WHERE ended_at > ? AND dialed_at > ?
             ) AS starts
             WHERE trunk IS NOT NULL AND switch IS NOT NULL GROUP BY project, campaign, trunk, switch",
        )
        .bind(now.millis())
        .bind(now.millis())
        .bind(now.millis());
        rows.extend(ahead.all(&self.readers).await?);
        let start = |row: &Row| {
            let campaign: Option<i64> = row.try_get("campaign")?;
            Ok(Start {
                at: Timestamp::from_millis(row.try_get("dialed_at")?),
                project: row.try_get::<i64>("project")?.try_into()?,
                campaign: campaign.map(CampaignId::try_from).transpose()?,
                trunk: row.try_get::<i64>("trunk")?.try_into()?,
                switch: row.try_get::<&str>("switch")?.parse()?,
            })
        };
        rows.iter().map(start).collect()
    }
}

impl Shelf {
    fn select(self) -> Sql {
        let mut select = sql("SELECT ");
        select.push(match self {
            Self::Live => LIVE_COLUMNS,
            Self::Ended => ENDED_COLUMNS,
        });
        select
    }

    const fn from(self) -> &'static str {
        match self {
            Self::Live => " FROM live_calls",
            Self::Ended => " FROM calls",
        }
    }
}

fn add(sql: &mut Sql, condition: &'static str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        sql.push(condition).push_bind(value);
    }
}

/// Makes a page of one row more than asked for, if there is one.
pub(super) fn page<T>(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = if more { items.last().map(key) } else { None };
    Page { items, next }
}
