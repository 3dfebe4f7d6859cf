//! Counts that are kept in the transactions that change what they count, so that asking for them costs the same with ten
//! million calls as with none.
//!
//! Each engine has rows of its own, which no other waits for; whoever asks adds them up. Counts outlive what they count:
//! a call that is pruned was made all the same.

use super::db::{Column, Connection, Row, Rows, Source, sql};
use super::line::Shown;
use super::{CampaignTotals, DetectionTotals, Store, StoreError};
use crate::model::{
    AnsweredBy, CalendarDay, Call, CallerId, CampaignId, ContactState, Outcome, ProjectId, Timestamp,
};
use std::collections::BTreeMap;

/// Ended calls are counted by these spans, in milliseconds: whole hours, and minutes where an hour is too much.
pub(super) const HOUR: i64 = 3_600_000;
pub(super) const MINUTE: i64 = 60_000;

const OF_CAMPAIGN: &[Column] = &[
    Column::Int("campaign"),
    Column::Text("what"),
    Column::Word("engine"),
    Column::Int("n"),
];
const OF_OUTCOME: &[Column] = &[
    Column::Int("span_ms"),
    Column::Int("at"),
    Column::Int("project"),
    Column::Word("outcome"),
    Column::Word("engine"),
    Column::Int("n"),
];

const OF_DETECTION: &[Column] = &[
    Column::Int("at"),
    Column::Int("project"),
    Column::Word("what"),
    Column::Word("engine"),
    Column::Int("n"),
];

const OF_CALLER_ID: &[Column] = &[
    Column::Int("project"),
    Column::Word("what"),
    Column::Word("caller_id"),
    Column::Word("engine"),
    Column::Int("n"),
];

/// What a caller ID's counts are of, beside its uses of a day: calls that reached a telephone, and those that a person took.
pub(super) const TRIED: &str = "tried";
pub(super) const ANSWERED: &str = "answered";

/// The same for uses of a day.
pub(super) fn used(day: CalendarDay) -> String {
    format!("used {:08}", day.0)
}

/// What a campaign's counts are of. Their text in the database is a word, or a kind and a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Calls,
    TalkMs,
    Contacts(ContactState),
    Outcome(Outcome),
    AnsweredBy(&'static str),
    Contradicted(&'static str),
    Result(String),
}

impl What {
    fn text(&self) -> String {
        match self {
            Self::Calls => "calls".to_owned(),
            Self::TalkMs => "talk_ms".to_owned(),
            Self::Contacts(state) => format!("contacts {}", state.as_str()),
            Self::Outcome(outcome) => format!("outcome {}", outcome.as_str()),
            Self::AnsweredBy(by) => format!("answered_by {by}"),
            Self::Contradicted(kind) => format!("contradicted {kind}"),
            Self::Result(name) => format!("result {name}"),
        }
    }
}

/// Changes of counts, on their way into a transaction.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    campaigns: BTreeMap<(i64, What), i64>,
    outcomes: BTreeMap<(i64, i64, ProjectId, &'static str), i64>,
    detections: BTreeMap<(i64, ProjectId, &'static str), i64>,
    caller_ids: BTreeMap<(i64, String, String), i64>,
}

impl Tallies {
    /// Contacts of a campaign come to a state, from another or from nowhere.
    pub(super) fn contacts(&mut self, campaign: i64, from: Option<ContactState>, to: ContactState, n: i64) {
        if let Some(from) = from {
            self.add(campaign, What::Contacts(from), -n);
        }
        self.add(campaign, What::Contacts(to), n);
    }

    /// Calls of a campaign begin, or, with a negative number, never were.
    pub(super) fn calls(&mut self, campaign: i64, n: i64) {
        self.add(campaign, What::Calls, n);
    }

    /// A call ends.
    pub(super) fn ended(&mut self, call: &Call) {
        let (Some(outcome), Some(at)) = (call.outcome, call.ended_at) else {
            return;
        };
        for span in [HOUR, MINUTE] {
            let key = (
                span,
                at.millis().div_euclid(span) * span,
                call.project,
                outcome.as_str(),
            );
            *self.outcomes.entry(key).or_default() += 1;
        }
        self.detection_ended(call, at);
        self.caller_id_ended(call, outcome);
        let Some(campaign) = call.campaign.map(CampaignId::get) else {
            return;
        };
        self.add(campaign, What::Outcome(outcome), 1);
        if let Some(by) = call.answered_by {
            self.add(campaign, What::AnsweredBy(by.as_str()), 1);
        }
        if let Some(kind) = call.contradiction {
            self.add(campaign, What::Contradicted(kind.as_str()), 1);
        }
        if let Some(result) = &call.result {
            self.add(campaign, What::Result(result.to_string()), 1);
        }
        if let (Outcome::Answered, Some(answered)) = (outcome, call.answered_at) {
            self.add(campaign, What::TalkMs, at.millis() - answered.millis());
        }
    }

    /// A number is chosen for a call, or, with a negative number, never was used.
    pub(super) fn caller_id_used(&mut self, project: ProjectId, number: &CallerId, day: CalendarDay, n: i64) {
        self.count_caller_id(project, number, used(day), n);
    }

    /// Calls that showed a number reached a telephone, and were answered.
    pub(super) fn caller_id_tried(
        &mut self,
        project: ProjectId,
        number: &CallerId,
        tried: i64,
        answered: i64,
    ) {
        self.count_caller_id(project, number, TRIED.to_owned(), tried);
        self.count_caller_id(project, number, ANSWERED.to_owned(), answered);
    }

    /// A call never left: it is no use of its number.
    pub(super) fn caller_id_unused(&mut self, project: ProjectId, shown: &Shown) {
        if let Some((number, day)) = shown.counted() {
            self.caller_id_used(project, number, day, -1);
        }
    }

    fn detection_ended(&mut self, call: &Call, at: Timestamp) {
        let told = call.answered_by.filter(|by| *by != AnsweredBy::Unknown);
        let what = told.map(|by| by.as_str());
        for what in what
            .into_iter()
            .chain(call.contradiction.map(|kind| kind.as_str()))
        {
            let hour = at.millis().div_euclid(HOUR) * HOUR;
            *self.detections.entry((hour, call.project, what)).or_default() += 1;
        }
    }

    fn caller_id_ended(&mut self, call: &Call, outcome: Outcome) {
        let shown = Shown::of(call);
        let Some((number, _)) = shown.counted() else {
            return;
        };
        match outcome {
            // Of what was lost nobody knows whether it left.
            _ if call.dialed_at.is_none() && outcome != Outcome::Lost => {
                self.caller_id_unused(call.project, &shown);
            }
            Outcome::Answered => {
                let by_person = call.answered_by != Some(AnsweredBy::Machine);
                self.caller_id_tried(call.project, number, 1, by_person.into());
            }
            Outcome::NoAnswer | Outcome::Busy | Outcome::Rejected => {
                self.caller_id_tried(call.project, number, 1, 0);
            }
            _ => {}
        }
    }

    fn count_caller_id(&mut self, project: ProjectId, number: &CallerId, what: String, n: i64) {
        let key = (project.get(), what, number.as_str().to_owned());
        *self.caller_ids.entry(key).or_default() += n;
    }

    /// The contact was not there to come to another state.
    pub(super) fn forget_contacts(&mut self) {
        self.campaigns
            .retain(|(_, what), _| !matches!(what, What::Contacts(_)));
    }

    fn add(&mut self, campaign: i64, what: What, n: i64) {
        *self.campaigns.entry((campaign, what)).or_default() += n;
    }

    /// Writes them, as an engine's.
    pub(super) async fn write(self, connection: &mut Connection, engine: &str) -> Result<(), StoreError> {
        let (mut campaigns, mut outcomes) = (Rows::of(OF_CAMPAIGN), Rows::of(OF_OUTCOME));
        for ((campaign, what), n) in self.campaigns.into_iter().filter(|(_, n)| *n != 0) {
            campaigns.push([campaign.into(), what.text().into(), engine.into(), n.into()]);
        }
        for ((span, at, project, outcome), n) in self.outcomes {
            let key = [span.into(), at.into(), project.get().into(), outcome.into()];
            let [span, at, project, outcome] = key;
            outcomes.push([span, at, project, outcome, engine.into(), n.into()]);
        }
        let mut detections = Rows::of(OF_DETECTION);
        for ((at, project, what), n) in self.detections {
            detections.push([
                at.into(),
                project.get().into(),
                what.into(),
                engine.into(),
                n.into(),
            ]);
        }
        let mut caller_ids = Rows::of(OF_CALLER_ID);
        for ((project, what, number), n) in self.caller_ids.into_iter().filter(|(_, n)| *n != 0) {
            caller_ids.push([
                project.into(),
                what.into(),
                number.into(),
                engine.into(),
                n.into(),
            ]);
        }
        for (table, rows) in [
            ("campaign_tallies", campaigns),
            ("outcome_tallies", outcomes),
            ("detection_tallies", detections),
            ("caller_id_tallies", caller_ids),
        ] {
            if !rows.is_empty() {
                connection.dialect().add(table, rows).run(connection).await?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// A campaign's contacts: how many are done, and how many there are.
    pub async fn campaign_progress(&self, campaign: CampaignId) -> Result<(u64, u64), StoreError> {
        let totals = counts(&self.readers, campaign).await?;
        let done = totals.contacts_by_state.get(&ContactState::Done);
        let all = totals.contacts_by_state.values().sum();
        Ok((done.copied().unwrap_or(0), all))
    }

    /// What is counted of a campaign, without what its contacts wait for.
    pub async fn campaign_counts(&self, campaign: CampaignId) -> Result<CampaignTotals, StoreError> {
        counts(&self.readers, campaign).await
    }

    /// A campaign in numbers.
    pub async fn campaign_totals(&self, id: CampaignId) -> Result<CampaignTotals, StoreError> {
        let mut totals = counts(&self.readers, id).await?;
        let due =
            sql("SELECT min(next_attempt_at) AS due FROM contacts WHERE campaign = ? AND state = 'pending'")
                .bind(id.get())
                .one(&self.readers)
                .await?;
        totals.next_attempt_at = due.try_get::<Option<i64>>("due")?.map(Timestamp::from_millis);
        super::holds::tell(&self.readers, id, &mut totals).await?;
        Ok(totals)
    }

    /// Ended calls by outcome since the beginning of the minute of a time; since the next whole hour, when the calls of then are
    /// gone because they are old.
    pub async fn totals(
        &self,
        from: Timestamp,
        project: Option<ProjectId>,
    ) -> Result<BTreeMap<Outcome, u64>, StoreError> {
        let minute = from.millis().div_euclid(MINUTE) * MINUTE;
        let hour = -((-minute).div_euclid(HOUR)) * HOUR;
        let rows = sql(
            "SELECT outcome, CAST(sum(n) AS SIGNED) AS n FROM outcome_tallies
             WHERE (span_ms = ? AND at >= ? OR span_ms = ? AND at >= ? AND at < ?) AND (? IS NULL OR project = ?)
             GROUP BY outcome",
        )
        .bind(HOUR)
        .bind(hour)
        .bind(MINUTE)
        .bind(minute)
        .bind(hour)
        .bind(project.map(ProjectId::get))
        .bind(project.map(ProjectId::get))
        .all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get::<&str>("outcome")?.parse()?, count(row)?)))
            .collect()
    }
}

impl Store {
    /// What detection said of calls that ended since the beginning of the hour of a time.
    pub async fn detections(
        &self,
        from: Timestamp,
        project: Option<ProjectId>,
    ) -> Result<DetectionTotals, StoreError> {
        let rows = sql("SELECT what, CAST(sum(n) AS SIGNED) AS n FROM detection_tallies
             WHERE at >= ? AND (? IS NULL OR project = ?) GROUP BY what")
        .bind(from.millis().div_euclid(HOUR) * HOUR)
        .bind(project.map(ProjectId::get))
        .bind(project.map(ProjectId::get))
        .all(&self.readers)
        .await?;
        let mut totals = DetectionTotals::default();
        for row in &rows {
            let (what, n) = (row.try_get::<&str>("what")?, count(row)?);
            match what.parse() {
                Ok(by) => drop(totals.by_answered_by.insert(by, n)),
                Err(_) => drop(totals.contradicted.insert(what.parse()?, n)),
            }
        }
        Ok(totals)
    }
}

/// A campaign's counts.
async fn counts(source: impl Source, campaign: CampaignId) -> Result<CampaignTotals, StoreError> {
    let rows = sql(
        "SELECT what, CAST(sum(n) AS SIGNED) AS n FROM campaign_tallies WHERE campaign = ? GROUP BY what",
    )
    .bind(campaign.get())
    .all(source)
    .await?;
    let mut totals = CampaignTotals::default();
    for row in &rows {
        let n = count(row)?;
        let what: &str = row.try_get("what")?;
        if n == 0 {
            continue;
        }
        match what.split_once(' ') {
            None if what == "calls" => totals.calls = n,
            None => totals.talk_ms = n,
            Some(("contacts", state)) => drop(totals.contacts_by_state.insert(state.parse()?, n)),
            Some(("outcome", outcome)) => drop(totals.by_outcome.insert(outcome.parse()?, n)),
            Some(("contradicted", kind)) => drop(totals.contradicted.insert(kind.parse()?, n)),
            Some(("answered_by", by)) => drop(totals.by_answered_by.insert(by.parse()?, n)),
            Some((_, result)) => drop(totals.by_result.insert(result.to_owned(), n)),
        }
    }
    totals.live = totals.calls.saturating_sub(totals.by_outcome.values().sum());
    Ok(totals)
}

fn count(row: &Row) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.try_get::<i64>("n")?).unwrap_or(0))
}
