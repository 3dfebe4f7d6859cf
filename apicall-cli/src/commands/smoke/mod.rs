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
use stage::{Scene, Stage};
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
    let run = Run::of(format, &asked)?;
    let mut done = Done::default();
    let end = run.perform(remote, &scripts, &mut done, &mut interrupt).await;
    run.tell(&scripts, done, end)
}

/// Runs the files on an engine that is started for it.
pub(super) async fn run_here(format: Format, asked: SmokeRun) -> Result<(), Error> {
    let mut interrupt = Interrupt::listen()?;
    let mut scripts = read(&asked)?;
    local::refuse_projects(&scripts)?;
    let run = Run::of(format, &asked)?;
    let trunks = local::name_trunks(&mut scripts);
    let started = tokio::select! {
        biased;
        broken = interrupt.came() => Err(broken),
        started = local::Engine::start(asked.pbx, &trunks) => started,
    };
    let mut done = Done::default();
    let end = match started {
        Ok(engine) => {
            let end = run
                .perform(engine.remote(), &scripts, &mut done, &mut interrupt)
                .await;
            engine.stop().await;
            end
        }
        Err(error) => Err(error),
    };
    run.tell(&scripts, done, end)
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

/// A run that was asked for, and where it will be told.
struct Run<'a> {
    format: Format,
    asked: &'a SmokeRun,
    junit: Option<Target>,
}

/// What has come of a run so far.
#[derive(Default)]
struct Done {
    reports: Vec<FileReport>,
    covered: Covered,
}

impl<'a> Run<'a> {
    /// Before any call: a report that nobody could read would come too late.
    fn of(format: Format, asked: &'a SmokeRun) -> Result<Self, Error> {
        let junit = asked.junit.as_deref();
        let junit = junit.map(|file| Target::open("--junit", file, &asked.files));
        Ok(Self {
            format,
            asked,
            junit: junit.transpose()?,
        })
    }

    /// Runs the scripts, once nothing speaks against any of them. Those that were begun are in `done`, also when the run
    /// breaks off.
    async fn perform(
        &self,
        remote: &Remote,
        scripts: &[Script],
        done: &mut Done,
        interrupt: &mut Interrupt,
    ) -> Result<(), Error> {
        let scenes = tokio::select! {
            biased;
            broken = interrupt.came() => return Err(broken),
            scenes = stage::scenes(remote, scripts) => scenes?,
        };
        for (script, scene) in scripts.iter().zip(scenes) {
            show(self.format, &format!("{}\n", script.path))?;
            let mut played = Played::default();
            let end = self
                .one(remote, script, scene, (&mut played, &mut done.covered), interrupt)
                .await;
            played.close(&script.scenario.cases, &end);
            let told = played
                .turns()
                .try_for_each(|case| show(self.format, &ladder::case(case)));
            done.reports.push(FileReport {
                file: script.path.clone(),
                cases: played.into_reports(),
            });
            end.and(told)?;
        }
        Ok(())
    }

    /// Runs one script on a stage of its own, which is cleared whatever happens.
    async fn one(
        &self,
        remote: &Remote,
        script: &Script,
        scene: Scene<'_>,
        (played, covered): (&mut Played, &mut Covered),
        interrupt: &mut Interrupt,
    ) -> Result<(), Error> {
        let stage = {
            let mut setting = pin!(Stage::set(remote, scene));
            tokio::select! {
                biased;
                broken = interrupt.came() => {
                    // What is being made would be left behind.
                    if let Ok(Ok(stage)) = tokio::time::timeout(FAREWELL, setting).await {
                        stage.clear().await;
                    }
                    return Err(broken);
                }
                stage = &mut setting => stage?,
            }
        };
        let pace = Pace {
            jobs: self.asked.jobs.into(),
            timeout: Duration::from_secs(self.asked.timeout),
        };
        let show = |case: &CaseReport| show(self.format, &ladder::case(case));
        let end = {
            let mut playing = pin!(stage.play(&script.scenario.cases, &pace, played, show));
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

    /// Tells of the run, the files that were not reached among them. What has been played is told also when the run
    /// broke off, and the verdict does not depend on whether anybody reads what is shown.
    fn tell(self, scripts: &[Script], done: Done, end: Result<(), Error>) -> Result<(), Error> {
        let Done { mut reports, covered } = done;
        for script in scripts.iter().skip(reports.len()) {
            let mut unplayed = Played::default();
            unplayed.close(&script.scenario.cases, &end);
            reports.push(FileReport {
                file: script.path.clone(),
                cases: unplayed.into_reports(),
            });
        }
        // A run that broke off says nothing of what its files cover.
        let least = self.asked.min_coverage.filter(|_| end.is_ok());
        let covers = least.map_or_else(Vec::new, |least| covered.judge(least));
        if let Some(target) = self.junit {
            target.write(|file| junit::write(file, &reports, &covers))?;
        }
        let shown = self.asked.coverage.then_some(&covered);
        unheard(report::show(self.format, &reports, shown))?;
        end?;
        report::verdict(&reports, &covers)
    }
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
    made.map_err(|error| {
        Error::Usage(format!(
            "{}: {error}; name a file that can be made anew",
            file.display()
        ))
    })?;
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
