//! `project …`

use super::{caller_ids, trunk};
use crate::cli::{Format, LimitArgs, Project as Verb, ProjectAdd, ProjectChange, ProjectRules};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::values::{self, Change};
use apicall_core::api::{NewProject, ProjectPatch};
use apicall_core::model::{
    CallerIds, Limits, Project, ProjectFlow, ProjectId, RetryKey, RetryPolicy, SimpleFlow,
};
use apicall_core::scenario::{self, ProjectRef};
use reqwest::Method;
use serde::Serialize;
use std::path::Path;
use std::str::FromStr;

pub(super) const COLUMNS: &[Column<Project>] = &[
    Column::Text("id", |project| project.id.to_string()),
    Column::Text("name", |project| project.name.clone()),
    Column::Text("country", |project| project.country.to_string()),
    Column::Text("trunk", |project| {
        let ways: Vec<_> = project.ways_out().iter().map(|way| way.trunk).collect();
        values::list(&ways)
    }),
    Column::Text("caller_id", |project| maybe(project.caller_id.as_ref())),
    Column::Text("caller_ids", |project| numbers(project.caller_ids.as_ref())),
    Column::Text("flow", |project| flow(&project.flow)),
    Column::Text("amd", |project| amd(&project.flow)),
    Column::Text("attempts", |project| project.retry.max_attempts().to_string()),
    Column::Text("hours", |project| values::show_hours(project.hours.as_ref())),
    Column::Text("number_caps", |project| values::list(project.number_caps.given())),
    Column::Text("cps", |project| maybe(project.limits.cps)),
    Column::Text("channels", |project| maybe(project.limits.channels)),
    Column::Text("retry", |project| delays(&project.retry)),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add(add) => {
            let project: Project = remote.post("/projects", &new(remote, *add).await?).await?;
            output::one(format, &project, COLUMNS)
        }
        Verb::List => output::list(
            format,
            &remote.get::<Vec<Project>>("/projects", &()).await?,
            COLUMNS,
        ),
        Verb::Show { project } => output::one(format, &find(remote, &project).await?, COLUMNS),
        Verb::Set { project, change } => {
            let now = find(remote, &project).await?;
            let path = format!("/projects/{}", now.id);
            let patch = patch(remote, now, *change).await?;
            some_change(&patch, "project set")?;
            let project: Project = remote.patch(&path, &patch).await?;
            output::one(format, &project, COLUMNS)
        }
        Verb::CallerIds { project } => caller_ids::list(remote, format, id_of(remote, &project).await?).await,
        Verb::Delete { project } => {
            let id = id_of(remote, &project).await?;
            remote.nothing(Method::DELETE, &format!("/projects/{id}")).await
        }
    }
}

/// The project of an id or a name.
pub(super) async fn find(remote: &Remote, named: &ProjectRef) -> Result<Project, Error> {
    let name = match named {
        ProjectRef::Id(id) => return remote.get(&format!("/projects/{id}"), &()).await,
        ProjectRef::Name(name) => name,
    };
    let projects: Vec<Project> = remote.get("/projects", &()).await?;
    let names: Vec<_> = projects.iter().map(|project| project.name.clone()).collect();
    let found = projects.into_iter().find(|project| project.name == *name);
    found.ok_or_else(|| {
        let names = names.join(", ");
        Error::Expectation(format!("no project is called `{name}`; projects are: {names}"))
    })
}

/// The id of a project that is named by it, or by its name.
pub(super) async fn id_of(remote: &Remote, named: &ProjectRef) -> Result<ProjectId, Error> {
    match named {
        // Whether there is one of this id is for the engine to say.
        ProjectRef::Id(id) => Ok(*id),
        ProjectRef::Name(_) => Ok(find(remote, named).await?.id),
    }
}

/// The same for one that may be left out.
pub(super) async fn id_of_some(
    remote: &Remote,
    named: Option<&ProjectRef>,
) -> Result<Option<ProjectId>, Error> {
    match named {
        Some(named) => id_of(remote, named).await.map(Some),
        None => Ok(None),
    }
}

async fn new(remote: &Remote, add: ProjectAdd) -> Result<NewProject, Error> {
    let flow = match &add.flow {
        Some(file) => ProjectFlow::Custom(read_flow(file)?),
        None => ProjectFlow::Simple(SimpleFlow {
            audio: add.audio,
            expected_digit: add.digit,
            overflow_number: add.overflow_number,
            amd: add.amd.0,
            machine_message: add.machine_message,
        }),
    };
    let rules = add.rules;
    let caller_id = rules.caller_id.clone().and_then(Change::value);
    Ok(NewProject {
        id: add.id,
        name: add.name,
        country: add.country,
        timezone: Some(add.timezone),
        hours: values::hours(&rules.hours, None)?.flatten(),
        number_caps: values::number_caps(&rules.number_caps)?.unwrap_or_default(),
        caller_ids: caller_ids::change(&rules.caller_ids, None, caller_id.as_ref())?.flatten(),
        caller_id,
        trunks: trunk::several(remote, &rules.trunks).await?.unwrap_or_default(),
        trunk: trunk::id_of(remote, rules.trunk.clone().and_then(Change::value).as_ref()).await?,
        flow,
        retry: retry(&rules, &RetryPolicy::default())?,
        limits: limits(&rules.limits),
        ring_timeout_s: rules.ring_timeout_s,
        max_call_s: rules.max_call_s,
    })
}

async fn patch(remote: &Remote, now: Project, change: ProjectChange) -> Result<ProjectPatch, Error> {
    let flow = changed_flow(&change, now.flow)?;
    let rules = change.rules;
    let trunk = match rules.trunk.clone() {
        Some(Change::To(name)) => Some(trunk::id_of(remote, Some(&name)).await?),
        Some(Change::Nothing) => Some(None),
        None => None,
    };
    let caller_id = rules.caller_id.clone().map(Change::value);
    let own = caller_id.clone().unwrap_or(now.caller_id);
    Ok(ProjectPatch {
        name: change.name,
        country: change.country,
        timezone: change.timezone,
        hours: values::hours(&rules.hours, now.hours)?,
        number_caps: values::number_caps(&rules.number_caps)?,
        caller_ids: caller_ids::change(&rules.caller_ids, now.caller_ids.as_ref(), own.as_ref())?,
        caller_id,
        trunk,
        trunks: trunk::several(remote, &rules.trunks).await?,
        flow,
        retry: retry(&rules, &now.retry)?,
        limits: values::limits(&rules.limits, now.limits),
        ring_timeout_s: rules.ring_timeout_s,
        max_call_s: rules.max_call_s,
    })
}

/// The flow after a change of it; `None` when it stays.
fn changed_flow(change: &ProjectChange, now: ProjectFlow) -> Result<Option<ProjectFlow>, Error> {
    if let Some(file) = &change.flow {
        return Ok(Some(ProjectFlow::Custom(read_flow(file)?)));
    }
    let simple_settings = change.audio.is_some()
        || change.digit.is_some()
        || change.overflow_number.is_some()
        || change.amd.is_some()
        || change.machine_message.is_some();
    match (simple_settings, now) {
        (false, _) => Ok(None),
        (true, ProjectFlow::Simple(simple)) => Ok(Some(ProjectFlow::Simple(SimpleFlow {
            audio: change.audio.clone().unwrap_or(simple.audio),
            expected_digit: change.digit.unwrap_or(simple.expected_digit),
            overflow_number: change
                .overflow_number
                .clone()
                .map_or(simple.overflow_number, Change::value),
            amd: change.amd.map_or(simple.amd, |amd| amd.0),
            machine_message: change
                .machine_message
                .clone()
                .map_or(simple.machine_message, Change::value),
        }))),
        (true, ProjectFlow::Custom(_)) => Err(Error::Usage(
            "the project has a flow of its own, which --audio, --digit, --overflow-number, --amd and --machine-message are no part of"
                .to_owned(),
        )),
    }
}

pub(super) fn limits(args: &LimitArgs) -> Limits {
    values::limits(args, Limits::default()).unwrap_or_default()
}

/// Refuses a change that names nothing.
pub(super) fn some_change(patch: &impl Serialize, command: &str) -> Result<(), Error> {
    match serde_json::to_value(patch)?.as_object() {
        Some(fields) if !fields.is_empty() => Ok(()),
        _ => Err(Error::Usage(format!(
            "name what to change; see: apicall-cli {command} --help"
        ))),
    }
}

/// A policy when one is asked for, with what is not named as it was.
fn retry(rules: &ProjectRules, before: &RetryPolicy) -> Result<Option<RetryPolicy>, Error> {
    let asked = rules.max_attempts.is_some() || rules.retry.is_some() || rules.backoff.is_some();
    if !asked && rules.longest_wait_s.is_none() && rules.other_hour.is_none() {
        return Ok(None);
    }
    let mut form = serde_json::to_value(before)?;
    if let Some(attempts) = rules.max_attempts {
        form["max_attempts"] = attempts.into();
    }
    let shape = "outcome=seconds, as in busy=300, or outcome=none for an ending that is final";
    for (key, seconds) in pairs::<Change<u32>>("--retry", rules.retry.as_deref(), shape)? {
        match (seconds, form["delay_s"].as_object_mut()) {
            (Change::To(seconds), _) => form["delay_s"][key] = seconds.into(),
            (Change::Nothing, delays) => drop(delays.and_then(|delays| delays.remove(key))),
        }
    }
    match rules.backoff.as_deref() {
        Some("none") => form["backoff"] = serde_json::json!({}),
        list => {
            for (key, times) in pairs::<u32>("--backoff", list, "outcome=times, as in no_answer=2")? {
                form["backoff"][key] = times.into();
            }
        }
    }
    if let Some(longest) = rules.longest_wait_s {
        form["longest_s"] = longest.into();
    }
    if let Some(list) = rules.other_hour.as_deref() {
        let keys = list.split(',').filter(|key| *key != "none" && !key.is_empty());
        form["other_hour"] = keys.collect();
    }
    let policy = serde_json::from_value(form);
    policy
        .map(Some)
        .map_err(|error| Error::Usage(format!("the retries would not do: {error}")))
}

/// `a=1,b=2`
fn pairs<'a, T: FromStr>(
    option: &str,
    list: Option<&'a str>,
    shape: &str,
) -> Result<Vec<(&'a str, T)>, Error> {
    let pairs = list
        .unwrap_or_default()
        .split(',')
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let wrong = || Error::Usage(format!("{option} `{pair}`: write {shape}"));
            let (key, value) = pair.split_once('=').ok_or_else(wrong)?;
            Ok((key, value.parse().map_err(|_| wrong())?))
        })
        .collect()
}

/// A flow as a file has it: YAML, or JSON.
fn read_flow(file: &Path) -> Result<serde_json::Value, Error> {
    let shown = file.display();
    let bytes = std::fs::read(file).map_err(|error| Error::Usage(format!("--flow {shown}: {error}")))?;
    // JSON may be indented with tabs, which YAML may not.
    if let Ok(flow) = serde_json::from_slice(&bytes) {
        return Ok(flow);
    }
    scenario::from_yaml(&bytes).map_err(|faults| {
        let lines = faults.0.iter().map(|fault| format!("--flow {shown}:{fault}"));
        Error::Usage(lines.collect::<Vec<_>>().join("\n"))
    })
}

/// After which endings it is tried again, and when.
fn delays(policy: &RetryPolicy) -> String {
    let delays = RetryKey::ALL.iter();
    let delays = delays.filter_map(|key| Some(format!("{key}={}", policy.delay_s(*key)?)));
    delays.collect::<Vec<_>>().join(",")
}

/// How many, and by which policy.
fn numbers(ids: Option<&CallerIds>) -> String {
    maybe(ids.map(|ids| format!("{} {}", ids.numbers().len(), ids.policy())))
}

fn flow(flow: &ProjectFlow) -> String {
    match flow {
        ProjectFlow::Simple(simple) => format!(
            "{} {} {}",
            simple.audio,
            simple.expected_digit,
            maybe(simple.overflow_number.as_ref())
        )
        .trim_end()
        .to_owned(),
        ProjectFlow::Custom(_) => "its own".to_owned(),
    }
}

fn amd(flow: &ProjectFlow) -> String {
    match flow {
        ProjectFlow::Simple(simple) => simple.amd.is_some().to_string(),
        ProjectFlow::Custom(_) => String::new(),
    }
}
