//! `smoke …`: runs scenario files against an engine. What a file means, and whether a call was as expected, is the
//! library's to say; here calls are placed, waited for, and shown.

mod coverage;
mod junit;
mod ladder;
mod local;
mod report;
mod stage;

use crate::cli::{FileKind, Format, SmokeRun};
use crate::error::Error;
use crate::output;
use crate::remote::Remote;
use apicall_core::model::{Project, ProjectId};
use apicall_core::scenario::{self, Scenario};
use coverage::Covered;
use report::{CaseReport, FileReport};
use stage::Stage;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A file to run, with the cases that were asked for.
struct Script {
    path: String,
    scenario: Scenario,
}

/// How calls are placed.
struct Pace {
    jobs: usize,
    timeout: Duration,
}

/// Runs the files on an engine that is there.
pub(super) async fn run(remote: &Remote, format: Format, asked: SmokeRun) -> Result<(), Error> {
    let mut interrupt = Interrupt::listen()?;
    let scripts = read(&asked)?;
    perform(remote, format, &asked, &scripts, &mut interrupt).await
}

/// Runs the files on an engine that is started for it.
pub(super) async fn run_here(format: Format, asked: SmokeRun) -> Result<(), Error> {
    let mut interrupt = Interrupt::listen()?;
    let mut scripts = read(&asked)?;
    local::refuse_projects(&scripts)?;
    let trunks = local::name_trunks(&mut scripts);
    let engine = tokio::select! {
        started = local::Engine::start(&trunks) => started?,
        broken = interrupt.came() => return Err(broken),
    };
    let done = perform(engine.remote(), format, &asked, &scripts, &mut interrupt).await;
    engine.stop().await;
    done
}

/// Somebody's wish that this ends: Ctrl-C, or the SIGTERM of a CI server. Listened for from the first moment on, so that
/// whatever was begun is ended in order.
struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    fn listen() -> Result<Self, Error> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn came(&mut self) -> Error {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        Error::Expectation("interrupted; the calls were hung up".to_owned())
    }
}

/// Reads the files; everything wrong with any of them is told at once.
fn read(asked: &SmokeRun) -> Result<Vec<Script>, Error> {
    let mut scripts = Vec::new();
    let mut faults = Vec::new();
    for file in &asked.files {
        let path = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| Error::Usage(format!("{path}: {error}")))?;
        match Scenario::parse(&text) {
            Ok(scenario) => scripts.push(Script { path, scenario }),
            Err(found) => faults.extend(found.0.iter().map(|fault| format!("{path}:{fault}"))),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Usage(faults.join("\n")));
    }
    if let Some(text) = &asked.filter {
        for script in &mut scripts {
            script.scenario.cases.retain(|case| case.name.contains(text));
        }
        scripts.retain(|script| !script.scenario.cases.is_empty());
    }
    match (&asked.filter, scripts.is_empty()) {
        (Some(text), true) => Err(Error::Usage(format!(
            "--filter `{text}`: no case has that in its name"
        ))),
        _ => Ok(scripts),
    }
}

/// Runs the scripts and tells of them. What has been played is told also when the run breaks off, and the verdict does
/// not depend on whether anybody reads what is shown.
async fn perform(
    remote: &Remote,
    format: Format,
    asked: &SmokeRun,
    scripts: &[Script],
    interrupt: &mut Interrupt,
) -> Result<(), Error> {
    let junit = asked.junit.as_deref().map(junit::create).transpose()?;
    let pace = Pace {
        jobs: asked.jobs.into(),
        timeout: Duration::from_secs(asked.timeout),
    };
    let mut reports: Vec<FileReport> = Vec::new();
    let mut covered = Covered::default();
    let mut end = Ok(());
    for script in scripts {
        let mut played = Vec::new();
        end = one(
            remote,
            format,
            script,
            &pace,
            (&mut played, &mut covered),
            interrupt,
        )
        .await;
        reports.push(FileReport {
            file: script.path.clone(),
            cases: played,
        });
        if end.is_err() {
            break;
        }
    }
    if let Some(file) = junit {
        junit::write(file, &reports)?;
    }
    unheard(report::show(format, &reports, asked.coverage.then_some(&covered)))?;
    end?;
    report::verdict(&reports)?;
    asked.min_coverage.map_or(Ok(()), |least| covered.at_least(least))
}

/// Runs one script on a stage of its own, which is cleared whatever happens.
async fn one(
    remote: &Remote,
    format: Format,
    script: &Script,
    pace: &Pace,
    (played, covered): (&mut Vec<CaseReport>, &mut Covered),
    interrupt: &mut Interrupt,
) -> Result<(), Error> {
    let stage = Stage::prepare(remote, script).await?;
    let show = |text: &str| match format {
        Format::Table => unheard(output::text(text)),
        Format::Json | Format::Csv => Ok(()),
    };
    let playing = async {
        show(&format!("{}\n", script.path))?;
        let show = |case: &CaseReport| show(&ladder::case(case));
        stage.play(&script.scenario.cases, pace, played, show).await
    };
    let end = tokio::select! {
        end = playing => end,
        broken = interrupt.came() => Err(broken),
    };
    stage.clear().await;
    covered.add(&stage.label(), &stage.project().flow, played);
    end
}

/// Nobody has to read to the end: a pipe that is closed breaks nothing off.
fn unheard(shown: Result<(), Error>) -> Result<(), Error> {
    match shown {
        Err(error) if error.is_closed_pipe() => Ok(()),
        other => other,
    }
}

/// Writes a commented example for a project.
pub(super) async fn init(remote: &Remote, id: ProjectId, file: &Path) -> Result<(), Error> {
    let project: Project = remote.get(&format!("/projects/{id}"), &()).await?;
    let example = scenario::example(&project);
    if file == Path::new("-") {
        return output::text(&example);
    }
    let made = File::create_new(file).and_then(|mut made| made.write_all(example.as_bytes()));
    made.map_err(|error| Error::Usage(format!("{}: {error}", file.display())))?;
    output::remark(&format!(
        "wrote {}; run it with: apicall-cli smoke run {0}",
        file.display()
    ));
    Ok(())
}

/// The schema of a kind of file.
pub(super) fn schema(kind: FileKind) -> Result<(), Error> {
    output::json(&match kind {
        FileKind::Scenario => scenario::schema(),
        FileKind::Flow => scenario::flow_schema(),
    })
}
