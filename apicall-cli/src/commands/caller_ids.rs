//! `project caller-ids`, and the options of `project add` and `project set` that are about them.

use crate::cli::{CallerIdArgs, Format};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::values::Change;
use apicall_core::api::CallerIdUse;
use apicall_core::model::{CallerId, CallerIdPolicy, CallerIds, ProjectId};
use serde_json::{Value, json};

const COLUMNS: &[Column<CallerIdUse>] = &[
    Column::Text("caller_id", |number| number.caller_id.to_string()),
    Column::Text("used_today", |number| number.used_today.to_string()),
    Column::Text("daily_cap", |number| maybe(number.daily_cap)),
    Column::Text("tried", |number| number.tried.to_string()),
    Column::Text("answered", |number| number.answered.to_string()),
    Column::Text("answer_rate", |number| {
        maybe(number.answer_rate.map(|rate| format!("{rate:.3}")))
    }),
    Column::Time("resting_until", |number| number.resting_until),
    Column::Time("free_at", |number| number.free_at),
];

/// `project caller-ids`
pub(super) async fn list(remote: &Remote, format: Format, id: ProjectId) -> Result<(), Error> {
    let numbers: Vec<CallerIdUse> = remote.get(&format!("/projects/{id}/caller-ids"), &()).await?;
    output::list(format, &numbers, COLUMNS)
}

/// What the numbers become; `None` when nothing of them is named. `own` is the project's caller ID after the same change.
pub(super) fn change(
    args: &CallerIdArgs,
    now: Option<&CallerIds>,
    own: Option<&CallerId>,
) -> Result<Option<Option<CallerIds>>, Error> {
    let cleared = matches!(args.caller_ids[..], [Change::Nothing]) || args.smart_cid == Some(false);
    let mut form = match now {
        Some(now) => serde_json::to_value(now)?,
        None => json!({ "policy": CallerIdPolicy::RoundRobin }),
    };
    let named = set_all(&mut form, args);
    if cleared {
        return match named {
            false => Ok(Some(None)),
            true => Err(Error::Usage(
                "--caller-ids none and --smart-cid false stand alone: they clear everything about the numbers"
                    .to_owned(),
            )),
        };
    }
    if !named && args.caller_ids.is_empty() && args.smart_cid.is_none() {
        return Ok(None);
    }
    set_numbers(&mut form, args, own)?;
    let ids = serde_json::from_value(form);
    ids.map(|ids| Some(Some(ids)))
        .map_err(|error| Error::Usage(format!("the caller IDs would not do: {error}")))
}

/// Takes over the settings that are named; whether there are any.
fn set_all(form: &mut Value, args: &CallerIdArgs) -> bool {
    let policy = args.caller_id_policy.map(|policy| json!(policy));
    let smart = args.smart_cid.filter(|smart| *smart);
    let settings = [
        (
            "policy",
            policy.or(smart.map(|_| json!(CallerIdPolicy::LocalPresence))),
        ),
        (
            "daily_cap",
            args.caller_id_daily_cap.map(|cap| json!(cap.value())),
        ),
        ("rest", args.caller_id_rest.map(|rest| json!(rest.value()))),
        (
            "explore_percent",
            args.caller_id_explore.map(|percent| json!(percent)),
        ),
        ("when_none", args.when_no_caller_id.map(|what| json!(what))),
    ];
    let mut named = false;
    for (key, value) in settings {
        if let Some(value) = value {
            form[key] = value;
            named = true;
        }
    }
    named
}

fn set_numbers(form: &mut Value, args: &CallerIdArgs, own: Option<&CallerId>) -> Result<(), Error> {
    let given: Vec<_> = args
        .caller_ids
        .iter()
        .filter_map(|number| number.clone().value())
        .collect();
    if given.len() < args.caller_ids.len() {
        return Err(Error::Usage("--caller-ids none stands alone".to_owned()));
    }
    if !given.is_empty() {
        form["numbers"] = json!(given);
    } else if form.get("numbers").is_none() {
        let own = own.filter(|_| args.smart_cid == Some(true)).ok_or_else(|| {
            Error::Usage("there are no caller IDs yet; give --caller-ids, several between commas".to_owned())
        })?;
        form["numbers"] = json!([own]);
    }
    Ok(())
}
