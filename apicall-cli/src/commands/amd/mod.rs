//! `amd …`: parameters of detection, tried on recorded greetings. Nothing of it needs an engine, but a project's parameters.

mod grid;
mod recordings;
mod show;

use super::project;
use crate::cli::{AmdTune, Cli};
use crate::error::Error;
use crate::remote::Remote;
use apicall_core::amd::Confusion;
use apicall_core::model::{AmdSettings, Project, ProjectFlow};
use recordings::Labelled;
use serde_json::Value;

/// Parameters, and how they judge.
#[derive(Debug, Clone, Copy)]
struct Tried {
    settings: AmdSettings,
    confusion: Confusion,
}

impl Tried {
    fn on(recordings: &[Labelled], settings: AmdSettings) -> Self {
        let each = recordings.iter().map(|one| (&one.recording, one.machine));
        let confusion = Confusion::of(each, settings);
        Self { settings, confusion }
    }
}

pub(super) async fn tune(cli: &Cli, asked: &AmdTune) -> Result<(), Error> {
    let present = match (&asked.project, asked.amd) {
        (Some(named), _) => of_project(&project::find(&Remote::new(cli)?, named).await?)?,
        (None, given) => given.unwrap_or_default(),
    };
    let mut changed = present;
    for set in &asked.set {
        changed = changed.with(set.key, set.value).map_err(usage)?;
    }
    let recordings = recordings::read(&asked.paths, asked.labels.as_deref())?;
    if asked.files {
        return show::files(cli.output, &recordings, changed);
    }
    let best = grid::best(&recordings, changed, &asked.tries, asked.best)?;
    let present = Tried::on(&recordings, present);
    let changed = (!asked.set.is_empty()).then(|| Tried::on(&recordings, changed));
    show::compared(cli.output, &recordings, present, changed, &best)
}

/// The parameters of a project: of its simple settings, or of the one `detect` of its flow.
fn of_project(project: &Project) -> Result<AmdSettings, Error> {
    let of_step = |step: &Value| match step.get("amd") {
        Some(amd) => serde_json::from_value(amd.clone()),
        None => Ok(AmdSettings::default()),
    };
    let mut found = match &project.flow {
        ProjectFlow::Simple(simple) => simple.amd.into_iter().collect(),
        ProjectFlow::Custom(flow) => {
            let steps = flow["steps"].as_object().into_iter().flatten();
            let detects = steps.filter(|(_, step)| step["do"] == "detect");
            detects
                .map(|(_, step)| of_step(step))
                .collect::<Result<Vec<_>, _>>()?
        }
    };
    found.dedup();
    match found.as_slice() {
        [only] => Ok(*only),
        several => {
            let what = if several.is_empty() {
                "does not listen for machines"
            } else {
                "listens with several parameters"
            };
            let name = &project.name;
            Err(Error::Usage(format!(
                "project `{name}` {what}; give those to compare with by --amd"
            )))
        }
    }
}

fn usage(error: impl ToString) -> Error {
    Error::Usage(error.to_string())
}
