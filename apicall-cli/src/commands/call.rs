//! `call …`

use super::{project, trunk};
use crate::cli::{Call as Asked, CallList, CallVerb, Format, Place};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::api::{CallDetail, PlaceCall};
use apicall_core::model::{Call, CallId, CallState, FlowResult, Moment, Outcome, Timestamp, Variables};
use std::io::Write;
use std::time::Duration;

/// Between two looks while waiting.
const LOOK: Duration = Duration::from_millis(300);

const COLUMNS: &[Column<Call>] = &[
    Column::Text("id", |call| call.id.to_string()),
    Column::Time("created_at", |call| Some(call.created_at)),
    Column::Text("project", |call| call.project.to_string()),
    Column::Text("campaign", |call| maybe(call.campaign)),
    Column::Text("number", |call| maybe(call.number.as_ref())),
    Column::Text("caller_id", |call| maybe(call.caller_id.as_ref())),
    Column::Text("chosen_by", |call| {
        maybe(call.caller_id_choice.map(|choice| choice.by))
    }),
    Column::Text("attempt", |call| call.attempt.to_string()),
    Column::Text("state", |call| call.state.to_string()),
    Column::Text("outcome", |call| maybe(call.outcome)),
    Column::Text("answered_by", |call| maybe(call.answered_by)),
    Column::Text("result", |call| maybe(call.result.as_ref())),
    Column::Text("digits", |call| call.digits.to_string()),
    Column::Text("transfer", |call| {
        maybe(call.transfer.as_ref().map(|transfer| transfer.status))
    }),
    Column::Text("duration_s", |call| maybe(duration(call))),
    Column::Text("cause", |call| maybe(call.cause.text.as_ref())),
];

pub(super) async fn run(remote: &Remote, format: Format, asked: Asked) -> Result<(), Error> {
    match (asked.verb, asked.place) {
        (Some(CallVerb::Place(place)), _) | (None, Some(place)) => self::place(remote, format, place).await,
        (Some(CallVerb::List(filter)), _) => list(remote, format, *filter).await,
        (Some(CallVerb::Show { id }), _) => show(format, &find(remote, id).await?),
        (Some(CallVerb::Hangup { id }), _) => {
            let call: Call = remote.order(&format!("/calls/{id}/hangup")).await?;
            output::one(format, &call, COLUMNS)
        }
        (None, None) => Err(Error::Usage(
            "say what to do: call place, list, show or hangup".to_owned(),
        )),
    }
}

async fn place(remote: &Remote, format: Format, place: Place) -> Result<(), Error> {
    let expected = place.expect.as_deref().map(expectation).transpose()?;
    let asked = PlaceCall {
        project: project::id_of(remote, &place.project).await?,
        number: place.number,
        trunk: trunk::id_of(remote, place.trunk.as_ref()).await?,
        variables: variables(&place.variables)?,
    };
    let call: Call = remote.post("/calls", &asked).await?;
    if !place.wait && expected.is_none() {
        return output::one(format, &call, COLUMNS);
    }
    let ended = wait(remote, call.id).await?;
    show(format, &ended)?;
    match expected {
        Some(expected) => judge(&ended.call, &expected),
        None => Ok(()),
    }
}

async fn wait(remote: &Remote, id: CallId) -> Result<CallDetail, Error> {
    let bar = indicatif::ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(100));
    loop {
        let now = find(remote, id).await?;
        if now.call.state == CallState::Ended {
            bar.finish_and_clear();
            return Ok(now);
        }
        bar.set_message(now.call.state.to_string());
        tokio::time::sleep(LOOK).await;
    }
}

type Expected = (Outcome, Option<FlowResult>);

fn expectation(text: &str) -> Result<Expected, Error> {
    let (outcome, result) = text
        .split_once('/')
        .map_or((text, None), |(outcome, result)| (outcome, Some(result)));
    let wrong = |invalid: apicall_core::model::Invalid| Error::Usage(format!("--expect: {invalid}"));
    Ok((
        outcome.parse().map_err(wrong)?,
        result.map(str::parse).transpose().map_err(wrong)?,
    ))
}

fn judge(call: &Call, (outcome, result): &Expected) -> Result<(), Error> {
    let as_expected = call.outcome == Some(*outcome) && (result.is_none() || call.result == *result);
    if as_expected {
        return Ok(());
    }
    let with = |outcome: String, result: String| {
        if result.is_empty() {
            outcome
        } else {
            format!("{outcome}/{result}")
        }
    };
    Err(Error::Expectation(format!(
        "expected {}, and it ended {}",
        with(outcome.to_string(), maybe(result.as_ref())),
        with(maybe(call.outcome), maybe(call.result.as_ref()))
    )))
}

async fn list(remote: &Remote, format: Format, filter: CallList) -> Result<(), Error> {
    let project = project::id_of_some(remote, filter.project.as_ref()).await?;
    let fields = [
        ("project", project.map(|value| value.to_string())),
        ("campaign", filter.campaign.map(|value| value.to_string())),
        ("number", filter.number.map(|value| value.to_string())),
        ("state", filter.state.map(|value| value.to_string())),
        ("outcome", filter.outcome.map(|value| value.to_string())),
        ("result", filter.result.map(|value| value.to_string())),
        ("origin", filter.origin.map(|value| value.to_string())),
        ("contact", filter.contact.map(|value| value.to_string())),
        ("from", filter.from.map(|time| time.0.millis().to_string())),
        ("to", filter.to.map(|time| time.0.millis().to_string())),
    ];
    let query: Vec<_> = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    let calls: Vec<Call> = remote
        .all("/calls", &query, filter.limit.unwrap_or(usize::MAX))
        .await?;
    output::list(format, &calls, COLUMNS)
}

async fn find(remote: &Remote, id: CallId) -> Result<CallDetail, Error> {
    remote.get(&format!("/calls/{id}"), &()).await
}

fn show(format: Format, detail: &CallDetail) -> Result<(), Error> {
    if format == Format::Json {
        return output::json(detail);
    }
    output::one(format, &detail.call, COLUMNS)?;
    if format == Format::Table {
        let mut out = std::io::stdout().lock();
        writeln!(out)?;
        for moment in &detail.timeline {
            writeln!(out, "{}", line(moment, detail.call.created_at)?)?;
        }
    }
    Ok(())
}

/// A moment, with its seconds since the call was made.
fn line(moment: &Moment, began: Timestamp) -> Result<String, Error> {
    let mut fields = serde_json::to_value(&moment.event)?;
    let name = fields["event"].take();
    let rest = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "event");
    let rest: Vec<_> = rest.map(|(key, value)| format!("{key}={value}")).collect();
    let seconds = moment.at.since(began).as_secs_f64();
    let text = format!(
        "{seconds:9.3}  {:16} {}",
        name.as_str().unwrap_or_default(),
        rest.join(" ")
    );
    Ok(output::printable(text.trim_end()))
}

fn variables(pairs: &[String]) -> Result<Variables, Error> {
    pairs.iter().try_fold(Variables::default(), |mut all, pair| {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Error::Usage(format!("--var `{pair}`: write name=value")))?;
        all.set(name, value)
            .map_err(|invalid| Error::Usage(format!("--var: {invalid}")))?;
        Ok(all)
    })
}

fn duration(call: &Call) -> Option<String> {
    Some(format!(
        "{:.1}",
        call.ended_at?.since(call.answered_at?).as_secs_f64()
    ))
}
