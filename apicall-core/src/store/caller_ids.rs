//! The numbers that calls show: chosen in the transaction that makes a call, by what is known of them at that moment, so that
//! no two calls take the last use of a number, on any engine.
//!
//! A call that never left is no use of its number. What is told of a number outlives its project, as other counts do.
//!
//! Deliberately absent: the rule by which one is chosen, which the dialer hands over as a [`CallerIdRule`].

use super::db::{Column, Connection, Row, Rows, Sql, sql};
use super::tallies::{self, Tallies};
use super::{Store, StoreError};
use crate::model::{
    CalendarDay, Call, CallerId, CallerIdChoice, CallerIdFacts, PhoneNumber, ProjectId, Timestamp, Waits,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A year, in the numbers of days.
const YEAR: u32 = 10_000;

const STATE: &[Column] = &[
    Column::Int("project"),
    Column::Word("caller_id"),
    Column::Int("turn"),
    Column::Int("rests_until"),
];

/// What a call is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// One of the rule's numbers, by its place.
    Number(usize, CallerIdChoice),
    /// Another of the project's, that is not counted.
    Own(Option<CallerId>, CallerIdChoice),
    /// Nothing: the call has to wait.
    Wait(Waits),
}

/// How one of a project's numbers is chosen. It is asked within the transaction that claims, so it must be quick.
pub trait CallerIdRule: fmt::Debug + Send + Sync {
    /// The numbers.
    fn numbers(&self) -> &[CallerId];
    /// The day on which they are used.
    fn day(&self) -> CalendarDay;
    /// What is known of a number from now on.
    fn judge(&self, facts: &CallerIdFacts) -> CallerIdFacts;
    /// What a callee is shown, by what is known of the numbers, in their order.
    fn choose(&self, facts: &[CallerIdFacts], callee: &PhoneNumber) -> Chosen;
}

/// What calls show.
#[derive(Debug, Clone)]
pub enum Shows {
    /// All the same.
    Always(Option<CallerId>),
    /// Each one of several.
    Chosen(Arc<dyn CallerIdRule>),
}

/// Gives each call what it shows; those that have to wait for it.
pub(super) async fn assign(
    connection: &mut Connection,
    engine: &str,
    shows: &Shows,
    project: ProjectId,
    calls: Vec<Call>,
    tallies: &mut Tallies,
) -> Result<(Vec<Call>, Vec<(Call, Waits)>), StoreError> {
    let rule = match shows {
        Shows::Always(caller_id) => {
            let show = |call| Call {
                caller_id: caller_id.clone(),
                ..call
            };
            return Ok((calls.into_iter().map(show).collect(), Vec::new()));
        }
        Shows::Chosen(_) if calls.is_empty() => return Ok((calls, Vec::new())),
        Shows::Chosen(rule) => rule,
    };
    let mut numbers = Numbers::lock(connection, engine, project, rule).await?;
    let (mut shown, mut waiting) = (Vec::with_capacity(calls.len()), Vec::new());
    // Who has no number is called by nobody.
    for mut call in calls.into_iter().filter(|call| call.number.is_some()) {
        match numbers.show(&mut call, rule.as_ref(), tallies) {
            Some(waits) => waiting.push((call, waits)),
            None => shown.push(call),
        }
    }
    numbers.keep_turns(connection).await?;
    Ok((shown, waiting))
}

/// What is known of a project's numbers, held against everybody else.
pub(super) struct Numbers {
    project: ProjectId,
    rule: Arc<dyn CallerIdRule>,
    facts: Vec<CallerIdFacts>,
    turn: u64,
    used: Vec<bool>,
}

impl Numbers {
    pub(super) async fn lock(
        connection: &mut Connection,
        engine: &str,
        project: ProjectId,
        rule: &Arc<dyn CallerIdRule>,
    ) -> Result<Self, StoreError> {
        let mut alone = sql("SELECT id FROM projects WHERE id = ?").bind(project.get());
        alone.push(connection.dialect().hold);
        alone.all(&mut *connection).await?;
        let counted = counted(project, rule.day()).all(&mut *connection).await?;
        let states = states(project).all(&mut *connection).await?;
        let known = facts(rule.numbers(), &counted, &states)?;
        let (mut facts, mut changed) = (Vec::with_capacity(known.len()), Vec::new());
        for (number, known) in rule.numbers().iter().zip(&known) {
            let judged = rule.judge(known);
            if (judged.tried, judged.answered) != (known.tried, known.answered) {
                restate(connection, engine, project, number, &judged).await?;
                changed.push((number, judged.clone()));
            }
            facts.push(judged);
        }
        keep(
            connection,
            project,
            changed.iter().map(|(number, facts)| (*number, facts)),
        )
        .await?;
        if known.iter().all(|facts| facts.used_today == 0) {
            forget_days(connection, project, rule.day()).await?;
        }
        Ok(Self {
            project,
            rule: Arc::clone(rule),
            turn: facts.iter().map(|facts| facts.turn).max().unwrap_or(0),
            used: vec![false; facts.len()],
            facts,
        })
    }

    /// Gives a call what it shows by a rule about these numbers, or says what it has to wait for.
    pub(super) fn show(
        &mut self,
        call: &mut Call,
        rule: &dyn CallerIdRule,
        tallies: &mut Tallies,
    ) -> Option<Waits> {
        let callee = call.number.as_ref()?;
        let (shown, choice) = match rule.choose(&self.facts, callee) {
            Chosen::Number(place, choice) => {
                let number = &self.rule.numbers()[place];
                tallies.caller_id_used(self.project, number, choice.day, 1);
                let shown = number.clone();
                self.use_one(place);
                (Some(shown), choice)
            }
            Chosen::Own(own, choice) => (own, choice),
            Chosen::Wait(waits) => return Some(waits),
        };
        (call.caller_id, call.caller_id_choice) = (shown, Some(choice));
        None
    }

    fn use_one(&mut self, place: usize) {
        self.turn += 1;
        self.used[place] = true;
        self.facts[place].turn = self.turn;
        self.facts[place].used_today += 1;
    }

    /// Writes down whose turn it was.
    pub(super) async fn keep_turns(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let all = self.rule.numbers().iter().zip(&self.facts).zip(&self.used);
        let used = all.filter(|(_, used)| **used).map(|(known, _)| known);
        keep(connection, self.project, used).await
    }
}

/// Writes down what a number's calls came to, in place of what was counted.
async fn restate(
    connection: &mut Connection,
    engine: &str,
    project: ProjectId,
    number: &CallerId,
    judged: &CallerIdFacts,
) -> Result<(), StoreError> {
    sql("DELETE FROM caller_id_tallies WHERE project = ? AND what IN (?, ?) AND caller_id = ?")
        .bind(project.get())
        .bind(tallies::TRIED)
        .bind(tallies::ANSWERED)
        .bind(number.as_str())
        .run(connection)
        .await?;
    let mut tallies = Tallies::default();
    tallies.caller_id_tried(project, number, judged.tried.into(), judged.answered.into());
    tallies.write(connection, engine).await
}

/// Writes down the last uses of numbers, and their rests.
async fn keep(
    connection: &mut Connection,
    project: ProjectId,
    numbers: impl Iterator<Item = (&CallerId, &CallerIdFacts)>,
) -> Result<(), StoreError> {
    let mut rows = Rows::of(STATE);
    for (number, facts) in numbers {
        rows.push([
            project.get().into(),
            number.as_str().into(),
            i64::try_from(facts.turn).unwrap_or(i64::MAX).into(),
            facts.rests_until.map_or(0, Timestamp::millis).into(),
        ]);
    }
    if !rows.is_empty() {
        let replace = connection.dialect().replace("caller_ids", rows);
        replace.run(connection).await?;
    }
    Ok(())
}

/// Once a day: uses of long ago are of no use to anybody.
async fn forget_days(
    connection: &mut Connection,
    project: ProjectId,
    today: CalendarDay,
) -> Result<(), StoreError> {
    let before = CalendarDay(today.0.saturating_sub(YEAR));
    sql("DELETE FROM caller_id_tallies WHERE project = ? AND what >= ? AND what < ?")
        .bind(project.get())
        .bind(tallies::used(CalendarDay(0)))
        .bind(tallies::used(before))
        .run(connection)
        .await?;
    Ok(())
}

/// What was counted of a project's numbers.
fn counted(project: ProjectId, day: CalendarDay) -> Sql {
    sql(
        "SELECT what, caller_id, CAST(sum(n) AS SIGNED) AS n FROM caller_id_tallies
         WHERE project = ? AND what IN (?, ?, ?) GROUP BY what, caller_id",
    )
    .bind(project.get())
    .bind(tallies::used(day))
    .bind(tallies::TRIED)
    .bind(tallies::ANSWERED)
}

fn states(project: ProjectId) -> Sql {
    sql("SELECT caller_id, turn, rests_until FROM caller_ids WHERE project = ?").bind(project.get())
}

/// What is known of numbers, in their order.
fn facts(numbers: &[CallerId], counted: &[Row], states: &[Row]) -> Result<Vec<CallerIdFacts>, StoreError> {
    let mut known: HashMap<&str, CallerIdFacts> = HashMap::new();
    for row in counted {
        let facts = known.entry(row.try_get("caller_id")?).or_default();
        let n = u32::try_from(row.try_get::<i64>("n")?.max(0)).unwrap_or(u32::MAX);
        match row.try_get::<&str>("what")? {
            tallies::TRIED => facts.tried = n,
            tallies::ANSWERED => facts.answered = n,
            _ => facts.used_today = n,
        }
    }
    for row in states {
        let facts = known.entry(row.try_get("caller_id")?).or_default();
        facts.turn = u64::try_from(row.try_get::<i64>("turn")?).unwrap_or(0);
        let until: i64 = row.try_get("rests_until")?;
        facts.rests_until = (until > 0).then(|| Timestamp::from_millis(until));
    }
    let of = |number: &CallerId| known.get(number.as_str()).cloned().unwrap_or_default();
    Ok(numbers.iter().map(of).collect())
}

impl Store {
    /// What is known of a project's numbers, in their order.
    pub async fn caller_id_facts(
        &self,
        project: ProjectId,
        numbers: &[CallerId],
        day: CalendarDay,
    ) -> Result<Vec<CallerIdFacts>, StoreError> {
        let counted = counted(project, day).all(&self.readers).await?;
        let states = states(project).all(&self.readers).await?;
        facts(numbers, &counted, &states)
    }
}
