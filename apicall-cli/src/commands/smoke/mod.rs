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
use crate::target::Target;

use apicall_core::scenario::{self, Faults, ProjectRef, Scenario};
use coverage::Covered;
use report::{CaseReport, FileReport, Played};
use stage::Stage;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A file to run, with the cases that were asked for.
struct Script {
    path: String,
    scenario: Scenario,
}

/// A call that was hung up has ended by then, and what was asked of the engine been answered.
const FAREWELL: Duration = Duration::from_secs(5);

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
        started = local::Engine::start(asked.pbx, &trunks) => started?,
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
        match std::fs::read(file).map(|bytes| Scenario::from_bytes(&bytes)) {
            Ok(Ok(scenario)) => scripts.push(Script { path, scenario }),
            Ok(Err(found)) => faults.extend(located(&path, &found)),
            Err(error) => faults.push(format!("{path}: {error}; name a file of YAML that can be read")),
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

/// What is wrong with a file, each with where it is.
fn located(path: &str, faults: &Faults) -> Vec<String> {
    faults.0.iter().map(|fault| format!("{path}:{fault}")).collect()
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
    // Before any call: a report that nobody could read would come too late.
    let junit = asked.junit.as_deref();
    let junit = junit.map(|file| Target::open("--junit", file, &asked.files));
    let junit = junit.transpose()?;
    let pace = Pace {
        jobs: asked.jobs.into(),
        timeout: Duration::from_secs(asked.timeout),
    };
    let mut reports: Vec<FileReport> = Vec::new();
    let mut covered = Covered::default();
    let mut end = Ok(());
    for script in scripts {
        let mut played = Played::default();
        let told = show(format, &format!("{}\n", script.path));
        end = end.and(told);
        if end.is_ok() {
            end = one(
                remote,
                script,
                &pace,
                format,
                (&mut played, &mut covered),
                interrupt,
            )
            .await;
        }
        played.close(&script.scenario.cases, &end);
        let told = played
            .turns()
            .try_for_each(|case| show(format, &ladder::case(case)));
        end = end.and(told);
        reports.push(FileReport {
            file: script.path.clone(),
            cases: played.into_reports(),
        });
    }
    if let Some(target) = junit {
        target.write(|file| junit::write(file, &reports))?;
    }
    unheard(report::show(format, &reports, asked.coverage.then_some(&covered)))?;
    end?;
    let covered = asked.min_coverage.map_or(Ok(()), |least| covered.at_least(least));
    match (report::verdict(&reports), covered) {
        (Err(Error::Expectation(failed)), Err(Error::Expectation(short))) => {
            Err(Error::Expectation(format!("{failed}\n{short}")))
        }
        (verdict, covered) => verdict.and(covered),
    }
}

/// Runs one script on a stage of its own, which is cleared whatever happens.
async fn one(
    remote: &Remote,
    script: &Script,
    pace: &Pace,
    format: Format,
    (played, covered): (&mut Played, &mut Covered),
    interrupt: &mut Interrupt,
) -> Result<(), Error> {
    let stage = {
        let mut preparing = pin!(Stage::prepare(remote, script));
        tokio::select! {
            biased;
            broken = interrupt.came() => {
                // What is being made would be left behind.
                if let Ok(Ok(stage)) = tokio::time::timeout(FAREWELL, preparing).await {
                    stage.clear().await;
                }
                return Err(broken);
            }
            stage = &mut preparing => stage?,
        }
    };
    let show = |case: &CaseReport| show(format, &ladder::case(case));
    let end = {
        let mut playing = pin!(stage.play(&script.scenario.cases, pace, played, show));
        tokio::select! {
            biased;
            broken = interrupt.came() => {
                // A call that is being placed is known, and can be hung up, only when the engine has answered.
                stage.break_off();
                let _ = tokio::time::timeout(FAREWELL, playing).await;
                Err(broken)
            }
            end = &mut playing => end,
        }
    };
    stage.clear().await;
    covered.add(&stage.label(), &stage.project().flow, played.reports());
    end
}

/// Shows something to people, who see the run go on.
fn show(format: Format, text: &str) -> Result<(), Error> {
    match format {
        Format::Table => unheard(output::text(text)),
        Format::Json | Format::Csv => Ok(()),
    }
}

/// Nobody has to read to the end: a pipe that is closed breaks nothing off.
fn unheard(shown: Result<(), Error>) -> Result<(), Error> {
    match shown {
        Err(error) if error.is_closed_pipe() => Ok(()),
        other => other,
    }
}

/// Writes a commented example for a project.
pub(super) async fn init(remote: &Remote, project: &ProjectRef, file: &Path) -> Result<(), Error> {
    let project = super::project::find(remote, project).await?;
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
