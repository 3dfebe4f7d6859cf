//! Contacts that are due and may not be called: they wait on disk, marked with the rule that holds them, and are looked at
//! again when it no longer does.
//!
//! A contact is held only when it was due, so whoever lets it go makes it due at once.
//!
//! Deliberately absent: the rules about time, which the dialer hands over as a [`Gate`].

use super::db::{Column, Connection, Dialect, Readers, Row, Rows, Sql, Value, sql};
use super::dnc::Listed;
use super::tallies::Tallies;
use super::{CampaignTotals, Claim, Store, StoreError, line};
use crate::model::{
    AnsweredBy, Call, CallId, CampaignId, ContactId, ContactState, Hold, PastCall, PhoneNumber, ProjectId,
    Timestamp, Waits,
};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What time alone does not end is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(86_400);
/// Contacts let go in one transaction.
const CHUNK: i64 = 5_000;

/// Says of a number whether it has to wait. It is asked within the transaction that claims, so it must be quick.
#[derive(Clone)]
pub struct Gate {
    rule: Arc<Rule>,
    /// How far back it asks for calls to a number.
    reach: Option<Duration>,
}

type Rule = dyn Fn(&PhoneNumber, &[PastCall]) -> Option<Waits> + Send + Sync;

impl Gate {
    /// A gate of a rule about numbers alone.
    pub fn new(rule: impl Fn(&PhoneNumber) -> Option<Waits> + Send + Sync + 'static) -> Self {
        Self {
            rule: Arc::new(move |number, _| rule(number)),
            reach: None,
        }
    }

    /// A gate of a rule that also asks which calls the project made to a number lately.
    pub fn with_past(
        reach: Option<Duration>,
        rule: impl Fn(&PhoneNumber, &[PastCall]) -> Option<Waits> + Send + Sync + 'static,
    ) -> Self {
        Self {
            rule: Arc::new(rule),
            reach,
        }
    }

    /// A gate that lets everybody through.
    pub fn open() -> Self {
        Self::new(|_| None)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// A contact that waits.
#[derive(Debug)]
pub(super) struct Held {
    contact: ContactId,
    waits: Waits,
}

impl Held {
    /// The contact of a call that may not be made.
    pub(super) fn of(call: &Call, waits: Waits) -> Option<Self> {
        call.contact.map(|contact| Self { contact, waits })
    }
}

/// Parts calls that may be made from contacts that have to wait, or are not to be called at all.
pub(super) async fn part(
    connection: &mut Connection,
    claim: &Claim,
    due: Vec<Call>,
) -> Result<(Vec<Call>, Vec<Held>), StoreError> {
    let asked = due.iter().map(|call| (&claim.gate, call));
    let barred = Barred::among(connection, asked).await?;
    let (mut calls, mut held) = (Vec::with_capacity(due.len()), Vec::new());
    for call in due {
        let waits = barred.waits(&claim.gate, &call);
        match waits.and_then(|waits| Held::of(&call, waits)) {
            Some(waits) => held.push(waits),
            None => calls.push(call),
        }
    }
    Ok((calls, held))
}

/// What the database knows about the numbers of calls that are to be made.
#[derive(Debug)]
pub(super) struct Barred {
    listed: Listed,
    /// Of each project whose gates ask: its calls to these numbers.
    past: BTreeMap<ProjectId, Past>,
}

type Past = HashMap<PhoneNumber, Vec<PastCall>>;

impl Barred {
    /// Looks for what gates ask of calls, at the times at which those are made.
    pub(super) async fn among<'a>(
        connection: &mut Connection,
        calls: impl Iterator<Item = (&'a Gate, &'a Call)> + Clone,
    ) -> Result<Self, StoreError> {
        let mut past = BTreeMap::new();
        // In the order of projects: engines that hold several hold none of them against each other.
        for (project, asked) in Asked::of_projects(calls.clone()) {
            past.insert(project, asked.past(connection, project).await?);
        }
        let numbers = calls.filter_map(|(_, call)| Some((call.project, call.number.as_ref()?)));
        Ok(Self {
            listed: Listed::among(connection, numbers).await?,
            past,
        })
    }

    /// What a call has to wait for.
    pub(super) fn waits(&self, gate: &Gate, call: &Call) -> Option<Waits> {
        let number = call.number.as_ref()?;
        if self.listed.bars(call.project, number) {
            return Some(Waits::LISTED);
        }
        let past = self.past.get(&call.project).and_then(|past| past.get(number));
        (gate.rule)(number, past.map_or(&[], Vec::as_slice))
    }

    /// From now on a call counts as one that is about to be made.
    pub(super) fn count(&mut self, call: &Call) {
        let past = self.past.get_mut(&call.project);
        let Some(calls) = past
            .zip(call.number.as_ref())
            .and_then(|(past, number)| past.get_mut(number))
        else {
            return;
        };
        calls.push(PastCall {
            at: call.created_at,
            open: true,
            answered: false,
        });
    }
}

/// Numbers of a project whose past is asked for, and since when.
struct Asked<'a> {
    numbers: Vec<&'a PhoneNumber>,
    since: Timestamp,
}

impl<'a> Asked<'a> {
    /// By project. What one gate asks for does no harm to another that looks less far back.
    fn of_projects(calls: impl Iterator<Item = (&'a Gate, &'a Call)>) -> BTreeMap<ProjectId, Self> {
        let mut projects: BTreeMap<ProjectId, Self> = BTreeMap::new();
        for (gate, call) in calls {
            let (Some(reach), Some(number)) = (gate.reach, &call.number) else {
                continue;
            };
            let since = call.created_at.minus(reach);
            let asked = projects.entry(call.project).or_insert(Self {
                numbers: Vec::new(),
                since,
            });
            asked.numbers.push(number);
            asked.since = asked.since.min(since);
        }
        projects
    }

    /// The calls that the project made to these numbers, and those that it is about to make. Until the end of the
    /// transaction nobody else makes one.
    async fn past(self, connection: &mut Connection, project: ProjectId) -> Result<Past, StoreError> {
        let numbers = self.numbers.into_iter().cloned();
        let mut all: Past = numbers.map(|number| (number, Vec::new())).collect();
        let mut alone = sql("SELECT id FROM projects WHERE id = ?").bind(project.get());
        alone.push(connection.dialect().hold);
        alone.all(&mut *connection).await?;
        for row in live_to_anybody(project).all(&mut *connection).await? {
            let number: PhoneNumber = row.try_get::<&str>("number")?.parse()?;
            if let Some(calls) = all.get_mut(&number) {
                calls.push(past_call(&row, true)?);
            }
        }
        let dialect = connection.dialect();
        for (number, calls) in &mut all {
            let ended = ended_to(dialect, project, number, self.since);
            for row in ended.all(&mut *connection).await? {
                calls.push(past_call(&row, false)?);
            }
        }
        Ok(all)
    }
}

/// The project's calls that go on.
fn live_to_anybody(project: ProjectId) -> Sql {
    sql(
        "SELECT number, answered_by, answered_at, created_at, dialed_at FROM live_calls
         WHERE project = ? AND number IS NOT NULL AND origin <> 'dialplan'",
    )
    .bind(project.get())
}

/// Those to a number that ended since a time: of contacts that have it, of contacts that had it, and of none.
fn ended_to(dialect: &Dialect, project: ProjectId, number: &PhoneNumber, since: Timestamp) -> Sql {
    let mut ended = sql("SELECT answered_by, answered_at, created_at, dialed_at");
    for (part, more) in ENDED.into_iter().zip(["", "", dialect.loose_number]) {
        ended.push(part).push(more).push_bind(number.to_string());
        ended.push(COUNTED).push_bind(project.get());
        ended.push(" AND calls.ended_at > ").push_bind(since.millis());
    }
    ended
}

/// Where ended calls to a number are, each part before the number.
const ENDED: [&str; 3] = [
    " FROM campaigns CROSS JOIN contacts ON contacts.campaign = campaigns.id CROSS JOIN calls ON calls.contact = contacts.id
      WHERE contacts.number = ",
    " UNION ALL SELECT answered_by, answered_at, created_at, dialed_at
      FROM former_contacts CROSS JOIN calls ON calls.contact = former_contacts.contact WHERE former_contacts.number = ",
    " UNION ALL SELECT answered_by, answered_at, created_at, dialed_at FROM calls WHERE ",
];
/// What was given up before it left was no call; of what was lost nobody knows.
const COUNTED: &str =
    " AND (calls.dialed_at IS NOT NULL OR calls.outcome = 'lost') AND calls.origin <> 'dialplan'
      AND calls.project = ";

fn past_call(row: &Row, open: bool) -> Result<PastCall, StoreError> {
    let left: Option<i64> = row.try_get("dialed_at")?;
    let made: i64 = row.try_get("created_at")?;
    let answered: Option<i64> = row.try_get("answered_at")?;
    let by: Option<&str> = row.try_get("answered_by")?;
    Ok(PastCall {
        at: Timestamp::from_millis(left.unwrap_or(made)),
        open,
        answered: answered.is_some() && by != Some(AnsweredBy::Machine.as_str()),
    })
}

const HELD: &[Column] = &[
    Column::Int("id"),
    Column::Word("state"),
    Column::Int("next_attempt_at"),
    Column::Word("held_by"),
];
const WAIT: [(&str, &str); 3] = [
    ("state", ":state"),
    ("next_attempt_at", ":next_attempt_at"),
    ("held_by", ":held_by"),
];

/// Lets due contacts of a campaign wait.
pub(super) async fn keep(
    connection: &mut Connection,
    campaign: i64,
    held: &[Held],
    now: Timestamp,
    tallies: &mut Tallies,
) -> Result<(), StoreError> {
    let mut rows = Rows::of(HELD);
    for held in held {
        let (state, until) = fate(held.waits, now);
        rows.push(row(held, state, until));
        tallies.contacts(campaign, Some(ContactState::Pending), state, 1);
    }
    if !rows.is_empty() {
        let update = connection
            .dialect()
            .update("contacts", &WAIT, "contacts.state = 'pending'", rows);
        update.run(connection).await?;
    }
    Ok(())
}

fn row(held: &Held, state: ContactState, until: i64) -> [Value; 4] {
    [
        held.contact.get().into(),
        state.as_str().into(),
        until.into(),
        held.waits.reason.as_str().into(),
    ]
}

/// Forgets calls that never left and may not leave now.
pub(super) async fn withdraw(
    connection: &mut Connection,
    engine: &str,
    calls: &[(CallId, Waits)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut gone, mut rows, mut tallies) = (
        Rows::of(&[Column::Word("id")]),
        Rows::of(HELD),
        Tallies::default(),
    );
    for (call, waits) in calls {
        let queued = sql("SELECT contact, campaign, project, rest FROM live_calls
             WHERE id = ? AND state = 'queued' AND contact IS NOT NULL AND campaign IS NOT NULL");
        let Some(found) = queued.bind(call.to_string()).first(&mut *connection).await? else {
            continue;
        };
        let held = Held {
            contact: found.try_get::<i64>("contact")?.try_into()?,
            waits: *waits,
        };
        let (campaign, (state, until)) = (found.try_get::<i64>("campaign")?, fate(*waits, now));
        gone.push([call.to_string().into()]);
        rows.push(row(&held, state, until));
        tallies.contacts(campaign, Some(ContactState::Claimed), state, 1);
        tallies.calls(campaign, -1);
        tallies.caller_id_unused(
            found.try_get::<i64>("project")?.try_into()?,
            &line::shown(&found)?,
        );
    }
    if gone.is_empty() {
        return Ok(());
    }
    let dialect = connection.dialect();
    dialect.delete("live_calls", gone).run(connection).await?;
    let [state, until, by] = WAIT;
    let again = [state, until, by, ("attempts", "contacts.attempts - 1")];
    let again = dialect.update("contacts", &again, "contacts.state = 'claimed'", rows);
    again.run(connection).await?;
    tallies.write(connection, engine).await
}

/// The state of a contact that is held so, and when to look at it again.
fn fate(waits: Waits, now: Timestamp) -> (ContactState, i64) {
    match waits.reason {
        Hold::DoNotCall => (ContactState::Done, 0),
        _ => (
            ContactState::Pending,
            waits.until.unwrap_or(now.plus(LOOK_AGAIN)).millis(),
        ),
    }
}

/// What contacts of a campaign wait for: how many for which rule, and the one that is due first.
pub(super) async fn tell(
    readers: &Readers,
    id: CampaignId,
    totals: &mut CampaignTotals,
) -> Result<(), StoreError> {
    let held = sql(
        "SELECT held_by, count(*) AS n FROM contacts WHERE campaign = ? AND held_by IS NOT NULL
         AND state IN ('pending', 'done') GROUP BY held_by",
    );
    for row in &held.bind(id.get()).all(readers).await? {
        let n = u64::try_from(row.try_get::<i64>("n")?).unwrap_or(0);
        totals.held.insert(row.try_get::<&str>("held_by")?.parse()?, n);
    }
    let first = sql(
        "SELECT held_by FROM contacts WHERE campaign = ? AND state = 'pending'
         ORDER BY next_attempt_at, id LIMIT 1",
    );
    if let Some(row) = first.bind(id.get()).first(readers).await? {
        let held: Option<&str> = row.try_get("held_by")?;
        totals.next_held_by = held.map(str::parse).transpose()?;
    }
    Ok(())
}

impl Store {
    /// The calls that a project made to a number within `reach`, and those that go on: what its caps count.
    pub async fn past_calls(
        &self,
        project: ProjectId,
        number: &PhoneNumber,
        reach: Duration,
        now: Timestamp,
    ) -> Result<Vec<PastCall>, StoreError> {
        let mut live = live_to_anybody(project);
        live.push(" AND number = ").push_bind(number.to_string());
        let live = live.all(&self.readers).await?;
        let ended = ended_to(self.readers.dialect(), project, number, now.minus(reach));
        let ended = ended.all(&self.readers).await?;
        let live = live.iter().map(|row| past_call(row, true));
        live.chain(ended.iter().map(|row| past_call(row, false)))
            .collect()
    }

    /// Lets go the contacts of a project that wait for a change of what holds them: they are due, and are judged anew.
    pub async fn let_go(
        &self,
        project: ProjectId,
        campaign: Option<CampaignId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        loop {
            let some = self.edit(move |connection| {
                Box::pin(async move {
                    let step = sql(
                        "UPDATE contacts SET next_attempt_at = ?, held_by = NULL WHERE id IN (SELECT id FROM
                             (SELECT id FROM contacts WHERE state = 'pending' AND held_by IS NOT NULL AND campaign IN
                                 (SELECT id FROM campaigns WHERE project = ? AND (? IS NULL OR id = ?)) LIMIT ?) AS some)",
                    );
                    let step = step.bind(now.millis()).bind(project.get());
                    let step = step.bind(campaign.map(CampaignId::get)).bind(campaign.map(CampaignId::get));
                    step.bind(CHUNK).run(connection).await
                })
            });
            if some.await? == 0 {
                return Ok(());
            }
        }
    }
}
