//! Each call ends once, with one outcome.

use super::{Findings, Gone, Rule, Violation};
use crate::model::{Attempt, Call, CallState};

/// Why a call cannot be judged whole.
const REMOVED: &str = "its timeline was removed, and row and record alone say that it ended once";

/// Looks at a call: the columns of its row, the record beside them, and how many times its timeline ends.
pub fn check(row: &Attempt, record: &Call, ends: u64, gone: Gone, findings: &mut Findings) {
    let silent = ends == 0 && row.ended_at.is_some_and(|ended| gone.has_timelines_of(ended));
    if silent {
        findings.pass_over(Rule::OneOutcome, REMOVED);
    } else {
        findings.judge(Rule::OneOutcome);
    }
    let told = Attempt::of(record, row.engine.clone(), row.taken_over);
    let ended = row.state == CallState::Ended;
    let expected = u64::from(ended);
    let faults = [
        (told != *row).then(|| differences(row, &told)),
        (ended != row.outcome.is_some() || ended != row.ended_at.is_some()).then(|| {
            let outcome = row.outcome.map_or("none", |outcome| outcome.as_str());
            format!(
                "state {}, outcome {outcome}, {}",
                row.state,
                if row.ended_at.is_some() {
                    "an end"
                } else {
                    "no end"
                }
            )
        }),
        (ends != expected && !silent).then(|| format!("{ends} ends in its timeline, state {}", row.state)),
        out_of_order(record),
    ];
    for seen in faults.into_iter().flatten() {
        findings.break_rule(Violation {
            rule: Rule::OneOutcome,
            at: row.ended_at.unwrap_or(row.created_at),
            whose: format!("call {}", row.id),
            limit: "one end, one outcome, told alike everywhere".to_owned(),
            seen,
            calls: vec![row.id],
        });
    }
}

/// What a record says otherwise than the columns.
fn differences(row: &Attempt, told: &Attempt) -> String {
    let named = [
        ("state", row.state != told.state),
        ("outcome", row.outcome != told.outcome),
        ("answered_by", row.answered_by != told.answered_by),
        ("contact", row.contact != told.contact),
        ("project", row.project != told.project),
        ("campaign", row.campaign != told.campaign),
        ("number", row.number != told.number),
        ("switch", row.switch != told.switch),
        ("trunk", row.trunk != told.trunk),
        ("created_at", row.created_at != told.created_at),
        ("dialed_at", row.dialed_at != told.dialed_at),
        ("answered_at", row.answered_at != told.answered_at),
        ("ended_at", row.ended_at != told.ended_at),
    ];
    let names: Vec<_> = named
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| *name)
        .collect();
    format!("columns and record differ in {}", names.join(", "))
}

/// A call's times come one after the other.
fn out_of_order(record: &Call) -> Option<String> {
    let times = [
        ("created_at", Some(record.created_at)),
        ("dialed_at", record.dialed_at),
        ("ringing_at", record.ringing_at),
        ("answered_at", record.answered_at),
        ("ended_at", record.ended_at),
    ];
    let known: Vec<_> = times
        .iter()
        .filter_map(|(name, at)| Some((name, (*at)?)))
        .collect();
    let wrong = known.windows(2).find(|pair| pair[0].1 > pair[1].1)?;
    Some(format!("{} is after {}", wrong[0].0, wrong[1].0))
}
