//! Where the cases of a file are played: a project of the engine, or one made for the file and removed afterwards.

use super::report::{CaseReport, Played};
use super::{FAREWELL, Pace, Script};
use crate::commands::{project, trunk};
use crate::error::Error;
use crate::output;
use crate::remote::Remote;
use apicall_core::api::{CallDetail, NewProject, PlaceCall, SwitchInfo};
use apicall_core::model::{Call, CallId, CallState, Limits, NumberCaps, Project, Trunk, TrunkId};
use apicall_core::scenario::{Carried, Case, Subject, judge, judge_transfer_number};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use reqwest::Method;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::watch;

/// Between two looks at a call.
const LOOK: Duration = Duration::from_millis(100);
/// Names of projects that are tried before giving up.
const NAMES: usize = 100;
/// The kind of a switch whose callees follow a call's variables.
const EMULATOR: &str = "emulator";

/// A project ready to place calls for.
pub(super) struct Stage<'a> {
    remote: &'a Remote,
    project: Project,
    trunk: Option<TrunkId>,
    temporary: bool,
    /// Whether callees are those of test numbers, and cannot be played.
    real: bool,
    file: String,
    live: RefCell<BTreeSet<CallId>>,
    /// Calls that the engine was asked for and has not answered about.
    unanswered: Cell<usize>,
    /// Whether the run breaks off: nothing more is placed, and no end of a call waited for.
    broken: watch::Sender<bool>,
}

/// Where a file is to be played: found, and nothing made yet.
pub(super) struct Scene<'a> {
    file: &'a str,
    place: Place<'a>,
    trunk: Option<TrunkId>,
    real: bool,
}

/// Whose flow it is.
enum Place<'a> {
    Project(Box<Project>),
    Flow(&'a Carried, TrunkId),
}

/// Finds where each of the files is to be played; everything wrong with any of them is told at once.
pub(super) async fn scenes<'a>(remote: &Remote, scripts: &'a [Script]) -> Result<Vec<Scene<'a>>, Error> {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for script in scripts {
        match Scene::find(remote, script).await {
            Ok(scene) => found.push(scene),
            Err(Error::Usage(fault)) => faults.push(fault),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(Error::Usage(faults.join("\n")))
    }
}

impl<'a> Scene<'a> {
    /// Finds it. On a real switch every callee must have a number that stands for them.
    async fn find(remote: &Remote, script: &'a Script) -> Result<Self, Error> {
        let scenario = &script.scenario;
        let trunks = trunk::all(remote).await?;
        let asked = trunk::id_of(remote, scenario.trunk.as_ref()).await?;
        let (place, leaves_by) = match &scenario.subject {
            Subject::Project(reference) => {
                let project = project::find(remote, reference).await?;
                fits(script, &project)?;
                let leaves_by = asked.or(project.trunk);
                (Place::Project(Box::new(project)), leaves_by)
            }
            Subject::Flow(carried) => {
                let trunk = asked.map_or_else(|| only(&trunks, &script.path), Ok)?;
                (Place::Flow(carried, trunk), Some(trunk))
            }
        };
        Ok(Self {
            file: &script.path,
            place,
            trunk: asked,
            real: real(remote, script, &trunks, leaves_by).await?,
        })
    }
}

impl<'a> Stage<'a> {
    /// Sets it, with a project of its own for a flow that a file brings.
    pub(super) async fn set(remote: &'a Remote, scene: Scene<'_>) -> Result<Self, Error> {
        let (project, temporary) = match scene.place {
            Place::Project(project) => (*project, false),
            Place::Flow(carried, trunk) => (make(remote, scene.file, carried, trunk).await?, true),
        };
        Ok(Self {
            remote,
            project,
            trunk: scene.trunk,
            temporary,
            real: scene.real,
            file: scene.file.to_owned(),
            live: RefCell::default(),
            unanswered: Cell::new(0),
            broken: watch::Sender::new(false),
        })
    }

    /// The project that is called for.
    pub(super) fn project(&self) -> &Project {
        &self.project
    }

    /// What people call the flow that is tried.
    pub(super) fn label(&self) -> String {
        if self.temporary {
            format!("the flow of {}", self.file)
        } else {
            format!("project {}, {}", self.project.id, self.project.name)
        }
    }

    /// Plays the cases, so many at a time, and shows each in its turn. Those that have been played are in `played`, also
    /// when this is dropped or breaks off; before it breaks off the engine has told of every call that it was asked for,
    /// or has had its time to.
    pub(super) async fn play(
        &self,
        cases: &[Case],
        pace: &Pace,
        played: &mut Played,
        show: impl Fn(&CaseReport) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let runs = cases
            .iter()
            .enumerate()
            .map(|(at, case)| async move { (at, self.case(at, case, pace.timeout).await) });
        let mut runs = pin!(stream::iter(runs).buffer_unordered(pace.jobs));
        let mut end = Ok(());
        while end.is_ok() {
            let Some((at, report)) = runs.next().await else {
                break;
            };
            end = report.and_then(|report| match report {
                Some(report) => {
                    played.add(at, report);
                    played.turns().try_for_each(&show)
                }
                None => Ok(()),
            });
        }
        if end.is_err() {
            self.break_off();
            // Their own ends are of no interest any more.
            let _ = tokio::time::timeout(FAREWELL, runs.for_each(|_| async {})).await;
        }
        end
    }

    /// Lets [`play`](Self::play) come to its end soon.
    pub(super) fn break_off(&self) {
        self.broken.send_replace(true);
    }

    /// Hangs up what still lives, and removes what was made.
    pub(super) async fn clear(&self) {
        let live = self.live.borrow().clone();
        let hanging_up = live.into_iter().map(async |id| (id, self.hang_up(id).await));
        for (id, ended) in join_all(hanging_up).await {
            if ended.is_none() {
                output::remark(&format!(
                    "what became of call {id} the engine did not say; see apicall-cli call show {id}"
                ));
            }
        }
        if self.unanswered.get() > 0 {
            output::remark(&format!(
                "the engine did not say whether it placed {} more; see apicall-cli call list --project {}",
                self.unanswered.get(),
                self.project.id
            ));
        }
        if !self.temporary {
            return;
        }
        let path = format!("/projects/{}", self.project.id);
        let removed = async {
            // A call's record ends a moment before the engine lets go of its project.
            loop {
                match self.remote.nothing(Method::DELETE, &path).await {
                    Err(Error::Refused(problem)) if problem.code == "in_use" => {}
                    other => return other,
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        if !matches!(tokio::time::timeout(FAREWELL, removed).await, Ok(Ok(()))) {
            let id = self.project.id;
            output::remark(&format!(
                "project {id} was made for this and may still be there; apicall-cli project delete {id}"
            ));
        }
    }

    /// One case; `None` when the run breaks off before its call is placed. What the engine refuses fails the case; an engine that is gone ends the run.
    async fn case(&self, at: usize, case: &Case, timeout: Duration) -> Result<Option<CaseReport>, Error> {
        if *self.broken.borrow() {
            return Ok(None);
        }
        let placed = match self.place(at, case).await {
            Ok(call) => call.id,
            Err(error @ (Error::Refused(_) | Error::Busy(..))) => {
                return Ok(Some(CaseReport::not_placed(case, error.to_string())));
            }
            Err(error) => return Err(error),
        };
        let mut broken = self.broken.subscribe();
        let ended = tokio::select! {
            biased;
            _ = broken.wait_for(|broken| *broken) => return Ok(Some(self.cut_short(case, placed).await)),
            ended = tokio::time::timeout(timeout, self.ended(placed)) => ended,
        };
        let (detail, trouble) = match ended {
            Ok(detail) => (Some(detail?), None),
            Err(_) => {
                let seconds = timeout.as_secs();
                let trouble = format!("it was still going on after {seconds} s, and was hung up");
                (self.hang_up(placed).await, Some(trouble))
            }
        };
        self.live.borrow_mut().remove(&placed);
        let Some(detail) = detail else {
            let trouble = trouble.unwrap_or_default();
            return Ok(Some(CaseReport::not_placed(case, format!("{trouble}, in vain"))));
        };
        let mut verdicts = judge(&case.expect, &detail);
        if self.real {
            verdicts.extend(judge_transfer_number(case, &detail));
        }
        Ok(Some(CaseReport::played(case, detail, verdicts, trouble)))
    }

    /// A case whose call is hung up because the run breaks off.
    async fn cut_short(&self, case: &Case, call: CallId) -> CaseReport {
        let detail = self.hang_up(call).await;
        if detail.is_some() {
            self.live.borrow_mut().remove(&call);
        }
        CaseReport::cut_short(case, detail)
    }

    /// Places the call of a case, which lives from then on.
    async fn place(&self, at: usize, case: &Case) -> Result<Call, Error> {
        let asked = PlaceCall {
            project: self.project.id,
            number: case.number.clone().unwrap_or_else(|| fictional(at)),
            trunk: self.trunk,
            variables: if self.real {
                case.variables.clone()
            } else {
                case.variables_with_callees()
            },
        };
        self.unanswered.set(self.unanswered.get() + 1);
        let placed: Result<Call, Error> = self.remote.post("/calls", &asked).await;
        self.unanswered.set(self.unanswered.get() - 1);
        if let Ok(call) = &placed {
            self.live.borrow_mut().insert(call.id);
        }
        placed
    }

    async fn ended(&self, id: CallId) -> Result<CallDetail, Error> {
        loop {
            let now: CallDetail = self.remote.get(&format!("/calls/{id}"), &()).await?;
            if now.call.state == CallState::Ended {
                return Ok(now);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends a call; `None` when it does not end.
    async fn hang_up(&self, id: CallId) -> Option<CallDetail> {
        let ordered = self.remote.order::<Call>(&format!("/calls/{id}/hangup")).await;
        ordered.ok()?;
        tokio::time::timeout(FAREWELL, self.ended(id)).await.ok()?.ok()
    }
}

/// Refuses a file that a project cannot be meant by: numbers that are none in its country, prompts that its flow does not
/// play.
fn fits(script: &Script, project: &Project) -> Result<(), Error> {
    let fits = script.scenario.fits(project.country, &project.flow);
    fits.map_err(|faults| Error::Usage(super::located(&script.path, &faults).join("\n")))
}

/// Makes a project for a flow, under the first name that is free.
async fn make(remote: &Remote, file: &str, carried: &Carried, trunk: TrunkId) -> Result<Project, Error> {
    let mut refusal = None;
    for copy in 1..=NAMES {
        let short: String = file
            .chars()
            .rev()
            .take(80)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let new = NewProject {
            id: None,
            name: format!("smoke {short} {copy}"),
            country: carried.country,
            timezone: None,
            hours: None,
            number_caps: NumberCaps::default(),
            caller_id: carried.caller_id.clone(),
            caller_ids: None,
            trunk: Some(trunk),
            trunks: Default::default(),
            flow: carried.flow.clone(),
            retry: None,
            limits: Limits::default(),
            ring_timeout_s: carried.ring_timeout_s,
            max_call_s: carried.max_call_s,
        };
        match remote.post("/projects", &new).await {
            Err(Error::Refused(problem)) if problem.code == "conflict" => {
                refusal = Some(Error::Refused(problem))
            }
            other => return other,
        }
    }
    Err(refusal.unwrap_or_else(|| Error::Expectation("no name for a project is free".to_owned())))
}

/// The engine's only trunk.
fn only(trunks: &[Trunk], file: &str) -> Result<TrunkId, Error> {
    match trunks {
        [trunk] => Ok(trunk.id),
        [] => Err(Error::Expectation(
            "the engine has no trunk for the calls to leave by; make one: apicall-cli trunk add --name NAME"
                .to_owned(),
        )),
        several => {
            let names: Vec<_> = several.iter().map(|trunk| trunk.name.to_string()).collect();
            let names = names.join(", ");
            Err(Error::Usage(format!(
                "{file}: say which trunk the calls leave by, as `trunk: NAME`; there are {names}"
            )))
        }
    }
}

/// Whether the calls leave by a real switch, which cannot play callees that are data: then each needs a number that
/// stands for it.
async fn real(
    remote: &Remote,
    script: &Script,
    trunks: &[Trunk],
    trunk: Option<TrunkId>,
) -> Result<bool, Error> {
    let cases = &script.scenario.cases;
    let trunk = trunks.iter().find(|known| Some(known.id) == trunk);
    let (false, Some(trunk)) = (cases.iter().all(|case| case.callees.is_empty()), trunk) else {
        return Ok(false);
    };
    let switches: Vec<SwitchInfo> = remote.get("/switches", &()).await?;
    let switch = &trunk.switch;
    let emulated = |known: &SwitchInfo| known.name == *switch && known.kind == EMULATOR;
    if switches.iter().any(emulated) {
        return Ok(false);
    }
    let line = |case: &Case, who: &str, remedy: &str| {
        let (path, line, name) = (&script.path, case.line, &case.name);
        format!(
            "{path}:{line}: {switch} is a real switch, so {who} `{name}` needs a number that stands for them: {remedy}"
        )
    };
    let called = "`number` in the case, or `numbers` for a callee with a name";
    let transferred =
        "name the callee in `callees`, and its number, which the flow has to call, in `numbers`";
    let without = cases.iter().flat_map(|case| {
        let number = case.number.is_none().then(|| line(case, "the callee of", called));
        let transfer = case.has_transfer_callee() && case.transfer_number.is_none();
        let transfer = transfer.then(|| line(case, "the transfer_callee of", transferred));
        number.into_iter().chain(transfer)
    });
    let without: Vec<_> = without.collect();
    if without.is_empty() {
        Ok(true)
    } else {
        Err(Error::Usage(without.join("\n")))
    }
}

/// A number that nobody has: an emulated callee needs none of its own.
fn fictional(at: usize) -> String {
    format!("+120255501{:02}", at % 100)
}
