//! Reading calls, and counting them.

use super::db::{Row, Sql, Value, sql};
use super::{Store, StoreError};
use crate::model::{
    AnsweredBy, Call, CallId, CallState, CampaignId, ContactId, ContactState, FlowResult, Moment, Origin,
    Outcome, Page, PhoneNumber, ProjectId, SwitchName, Timestamp, TrunkId,
};
use std::collections::BTreeMap;
use std::hash::Hash;

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
    /// Flow results.
    pub by_result: BTreeMap<FlowResultName, u64>,
    /// Length of answered calls, summed, in milliseconds.
    pub talk_ms: u64,
    /// The earliest time at which a waiting contact may be called.
    pub next_attempt_at: Option<Timestamp>,
}

type FlowResultName = String;

impl Store {
    /// A call's record.
    pub async fn call(&self, id: CallId) -> Result<Option<Call>, StoreError> {
        let row = sql("SELECT record FROM calls WHERE id = ?").bind(id.to_string());
        row.first(&self.readers)
            .await?
            .map(|row| record(&row))
            .transpose()
    }

    /// What happened in a call, in order.
    pub async fn timeline(&self, id: CallId) -> Result<Vec<Moment>, StoreError> {
        let rows = sql("SELECT at, event FROM moments WHERE call_id = ? ORDER BY id").bind(id.to_string());
        let moment = |row: &Row| {
            let at = Timestamp::from_millis(row.try_get("at")?);
            Ok(Moment {
                at,
                event: serde_json::from_str(row.try_get("event")?)?,
            })
        };
        rows.all(&self.readers).await?.iter().map(moment).collect()
    }

    /// Calls, newest first; `after` is the `next` of the page before.
    pub async fn calls(
        &self,
        query: &CallQuery,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Call>, StoreError> {
        let mut sql = sql("SELECT record FROM calls WHERE TRUE");
        add(&mut sql, " AND project = ", query.project.map(ProjectId::get));
        add(&mut sql, " AND campaign = ", query.campaign.map(CampaignId::get));
        add(&mut sql, " AND contact = ", query.contact.map(ContactId::get));
        add(
            &mut sql,
            " AND number = ",
            query.number.as_ref().map(ToString::to_string),
        );
        add(&mut sql, " AND state = ", query.state.map(CallState::as_str));
        add(&mut sql, " AND outcome = ", query.outcome.map(Outcome::as_str));
        add(
            &mut sql,
            " AND result = ",
            query.result.as_ref().map(ToString::to_string),
        );
        add(&mut sql, " AND origin = ", query.origin.map(Origin::as_str));
        add(&mut sql, " AND created_at >= ", query.from.map(Timestamp::millis));
        add(&mut sql, " AND created_at < ", query.to.map(Timestamp::millis));
        add(&mut sql, " AND id < ", after.map(str::to_owned));
        sql.push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(limit) + 1);
        let rows = sql.all(&self.readers).await?;
        let items: Result<Vec<_>, StoreError> = rows.iter().map(record).collect();
        Ok(page(items?, limit, |call| call.id.to_string()))
    }

    /// Calls that have not ended.
    pub async fn open_calls(&self) -> Result<Vec<Call>, StoreError> {
        let mut open = sql("SELECT record FROM calls WHERE ");
        open.push(self.readers.dialect().open_calls);
        let rows = open.all(&self.readers).await?;
        rows.iter().map(record).collect()
    }

    /// Those of this engine.
    pub async fn own_open_calls(&self) -> Result<Vec<Call>, StoreError> {
        if !self.is_shared() {
            return self.open_calls().await;
        }
        let mut open = sql("SELECT record FROM calls WHERE engine = ? AND ").bind(self.engine());
        open.push(self.readers.dialect().open_calls);
        let rows = open.all(&self.readers).await?;
        rows.iter().map(record).collect()
    }

    /// Starts since a time, oldest first.
    pub async fn recent_starts(&self, since: Timestamp) -> Result<Vec<Start>, StoreError> {
        let rows = sql("SELECT dialed_at, project, campaign, trunk, switch FROM calls
             WHERE dialed_at >= ? AND trunk IS NOT NULL AND switch IS NOT NULL ORDER BY dialed_at")
        .bind(since.millis())
        .all(&self.readers)
        .await?;
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

    /// A campaign in numbers.
    pub async fn campaign_totals(&self, id: CampaignId) -> Result<CampaignTotals, StoreError> {
        let calls = sql(
            "SELECT state, outcome, answered_by, result, count(*) AS n,
                    CAST(sum(CASE WHEN outcome = 'answered' THEN ended_at - answered_at ELSE 0 END) AS SIGNED) AS talk
             FROM calls WHERE campaign = ? GROUP BY state, outcome, answered_by, result",
        )
        .bind(id.get())
        .all(&self.readers)
        .await?;
        let mut totals = CampaignTotals::default();
        for row in &calls {
            totals.add(row)?;
        }
        let contacts = sql(
            "SELECT state, count(*) AS n, min(next_attempt_at) AS due FROM contacts
             WHERE campaign = ? AND state <> 'staged' GROUP BY state",
        )
        .bind(id.get())
        .all(&self.readers)
        .await?;
        for row in &contacts {
            let state: ContactState = row.try_get::<&str>("state")?.parse()?;
            totals.contacts_by_state.insert(state, count(row, "n")?);
            if state == ContactState::Pending {
                totals.next_attempt_at = Some(Timestamp::from_millis(row.try_get("due")?));
            }
        }
        Ok(totals)
    }

    /// Ended calls by outcome since a time.
    pub async fn totals(
        &self,
        from: Timestamp,
        project: Option<ProjectId>,
    ) -> Result<BTreeMap<Outcome, u64>, StoreError> {
        let mut sql = sql("SELECT outcome, count(*) AS n FROM calls WHERE ended_at >= ");
        sql.push_bind(from.millis());
        add(&mut sql, " AND project = ", project.map(ProjectId::get));
        sql.push(" GROUP BY outcome");
        let rows = sql.all(&self.readers).await?;
        rows.iter()
            .map(|row| Ok((row.try_get::<&str>("outcome")?.parse()?, count(row, "n")?)))
            .collect()
    }
}

impl CampaignTotals {
    fn add(&mut self, row: &Row) -> Result<(), StoreError> {
        let n = count(row, "n")?;
        self.calls += n;
        match row.try_get::<Option<&str>>("outcome")? {
            Some(outcome) => bump(&mut self.by_outcome, outcome.parse()?, n),
            None => self.live += n,
        }
        if let Some(by) = row.try_get::<Option<&str>>("answered_by")? {
            bump(&mut self.by_answered_by, by.parse()?, n);
        }
        if let Some(result) = row.try_get::<Option<&str>>("result")? {
            bump(&mut self.by_result, result.to_owned(), n);
        }
        self.talk_ms += count(row, "talk")?;
        Ok(())
    }
}

fn bump<K: Ord + Hash>(counts: &mut BTreeMap<K, u64>, key: K, n: u64) {
    *counts.entry(key).or_default() += n;
}

fn count(row: &Row, column: &str) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.try_get::<Option<i64>>(column)?.unwrap_or(0)).unwrap_or(0))
}

fn record(row: &Row) -> Result<Call, StoreError> {
    Ok(serde_json::from_str(row.try_get("record")?)?)
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
