//! The command `audit`: reads a store from its beginning to its end, and says whether what it tells kept to the rules.
//!
//! Deliberately absent: the judging itself; that is `apicall_core::audit`.

mod report;
#[cfg(test)]
mod tests;

use crate::config::Config;
use anyhow::Context;
use apicall_core::audit::{
    Carrier, Findings, Gone, History, Invite, NumberCaps, Pace, Share, callee, contact, outcome,
};
use apicall_core::model::{Attempt, Timestamp, TrunkId};
use apicall_core::store::{Archive, Location, Old, Place, Starts};
use clap::{Args, ValueEnum};
use report::Report;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Starts whose callees are asked for on lists at once.
const SOME: usize = 1_000;
/// Calls that caps on the calls to a number are looked at for in one go through all of them: 100 MB or less.
const AT_ONCE: u64 = 1_000_000;
/// How often it begins anew because calls were removed meanwhile, and how far ahead of that at least.
const TRIES: u32 = 3;
const AHEAD: Duration = Duration::from_secs(600);
/// Violations of a rule that are told one by one.
const KEPT: usize = 100;
/// Exit codes beside those of success and of wrong usage.
const VIOLATIONS: u8 = 1;
const COULD_NOT_RUN: u8 = 3;

/// What is to be looked at, and how it is told.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Options {
    /// The store to look at; the configured one when absent. A password may stand in APICALL_STORE_PASSWORD
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// What a carrier got, in the order of time: a time and a number a line, as `dev/lab invites` prints them
    #[arg(long, value_name = "FILE")]
    carrier: Option<PathBuf>,
    /// The trunk that leads to that carrier; all of them when absent
    #[arg(long, value_name = "NAME", requires = "carrier")]
    trunk: Option<String>,
    /// How it is told
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Output {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// Audits; the exit code says what came of it.
pub(crate) async fn run(config: Option<&Path>, options: &Options) -> ExitCode {
    let told = async {
        let location = location(config, options)?;
        let report = audit(&location, options).await?;
        report.print(matches!(options.output, Output::Json))?;
        anyhow::Ok(report.is_clean())
    };
    match told.await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(VIOLATIONS),
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "the last word of a command")]
            {
                eprintln!("apicall-engine audit: {error:#}");
            }
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn location(config: Option<&Path>, options: &Options) -> anyhow::Result<Location> {
    let Some(url) = &options.store else {
        return Ok(Config::load(config)?.store()?);
    };
    let location: Location = url.parse().context("--store")?;
    Ok(match std::env::var("APICALL_STORE_PASSWORD") {
        Ok(password) => location.with_password(&password.into())?,
        Err(_) => location,
    })
}

/// Everything there is to look at, one order after the other.
async fn audit(location: &Location, options: &Options) -> anyhow::Result<Report> {
    let archive = Archive::open(location).await?;
    let mut audit = Audit {
        until: archive.newest().await?.unwrap_or(Timestamp::from_millis(0)),
        history: archive.rules().await?.into_iter().collect(),
        gone: removed(&archive).await?,
        archive,
    };
    for _ in 0..TRIES {
        let report = audit.look(location, options).await?;
        let now = removed(&audit.archive).await?;
        let then = audit.gone;
        if now.calls <= then.calls && now.timelines <= then.timelines {
            return Ok(report);
        }
        // What was there may have gone while it was looked at: once more, beyond where the removal will have come by then.
        audit.gone = Gone {
            calls: beyond(now.calls, then.calls),
            timelines: beyond(now.timelines, then.timelines),
        };
    }
    anyhow::bail!("old calls are removed faster than they are looked at; audit again when that is over")
}

/// Up to where calls and timelines were removed.
async fn removed(archive: &Archive) -> anyhow::Result<Gone> {
    Ok(Gone {
        calls: archive.removed_until(Old::Calls).await?,
        timelines: archive.removed_until(Old::Timelines).await?,
    })
}

/// Twice as far ahead as it came.
fn beyond(now: Option<Timestamp>, then: Option<Timestamp>) -> Option<Timestamp> {
    let now = now?;
    Some(now.plus(now.since(then.unwrap_or(now)) * 2 + AHEAD))
}

struct Audit {
    archive: Archive,
    history: History,
    /// What is not looked for, because it was removed or may be before it is looked at.
    gone: Gone,
    /// The newest start when the audit began: what came later is the next audit's.
    until: Timestamp,
}

impl Audit {
    async fn look(&self, location: &Location, options: &Options) -> anyhow::Result<Report> {
        let mut findings = Findings::new(KEPT);
        let starts = self.pace(&mut findings).await?;
        self.callees(&mut findings).await?;
        self.number_caps(&mut findings).await?;
        self.outcomes(&mut findings).await?;
        self.contacts(&mut findings).await?;
        if let Some(file) = &options.carrier {
            let trunk = options.trunk.as_deref();
            self.carrier(file, trunk, &mut findings).await?;
        }
        let has_carrier = options.carrier.is_some();
        let store = location.to_string();
        Ok(Report::new(store, starts, self.gone, has_carrier, findings))
    }

    /// Rates and caps. Returns when the first and the last call that it saw started.
    async fn pace(&self, findings: &mut Findings) -> anyhow::Result<Option<(Timestamp, Timestamp)>> {
        let runs = self.archive.runs().await?;
        let twice = runs
            .iter()
            .filter_map(|run| Some((run.at, run.newest?)))
            .collect();
        let mut pace = Pace::new(&self.history, twice, self.gone);
        let (mut starts, mut span) = (Starts::until(&self.archive, self.until), None);
        while let Some(start) = starts.next().await? {
            pace.handle(&start, findings);
            if let Some(at) = start.dialed_at {
                span = Some((span.map_or(at, |(first, _)| first), at));
            }
        }
        Ok(span)
    }

    /// Each start by itself: hours and lists.
    async fn callees(&self, findings: &mut Findings) -> anyhow::Result<()> {
        let mut starts = Starts::until(&self.archive, self.until);
        loop {
            let mut some = Vec::with_capacity(SOME);
            while some.len() < SOME
                && let Some(start) = starts.next().await?
            {
                some.push(start);
            }
            if some.is_empty() {
                return Ok(());
            }
            let numbers: BTreeSet<_> = some.iter().filter_map(|start| start.number.clone()).collect();
            let numbers: Vec<_> = numbers.into_iter().collect();
            let listings = self.archive.listings(&numbers).await?;
            for start in &some {
                callee::check_hours(start, &self.history, findings);
                callee::check_lists(start, &listings, findings);
            }
        }
    }

    /// Caps on the calls to a number, for as many numbers at once as fit.
    async fn number_caps(&self, findings: &mut Findings) -> anyhow::Result<()> {
        let calls = self.archive.count(&self.history.capped_projects()).await?;
        let of = calls / AT_ONCE + 1;
        for part in 0..of {
            let mut caps = NumberCaps::new(&self.history, Share { part, of }, self.gone);
            let mut starts = Starts::until(&self.archive, self.until);
            while let Some(start) = starts.next().await? {
                caps.handle(&start, findings);
            }
        }
        Ok(())
    }

    /// Each call by itself.
    async fn outcomes(&self, findings: &mut Findings) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = self.archive.kept(after).await?;
            for kept in &page {
                outcome::check(&kept.attempt, &kept.record, kept.ends, self.gone, findings);
                // What started later may have kept to rules that came later.
                if kept.attempt.dialed_at.is_some_and(|at| at <= self.until) {
                    callee::check_caller_id(&kept.attempt, &kept.record, &self.history, findings);
                }
            }
            match page.last() {
                Some(last) => after = Some(last.attempt.id),
                None => return Ok(()),
            }
        }
    }

    /// Each contact with its calls.
    async fn contacts(&self, findings: &mut Findings) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = self.archive.standings(after).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = Some(last.contact);
            for (standing, mut calls) in page {
                contact::check(
                    &standing,
                    &mut calls,
                    &self.history,
                    self.gone.calls.is_some(),
                    findings,
                );
            }
        }
    }

    /// What a carrier got beside what was recorded.
    async fn carrier(&self, file: &Path, trunk: Option<&str>, findings: &mut Findings) -> anyhow::Result<()> {
        let trunks = self.archive.trunks().await?;
        let only = match trunk {
            Some(name) => {
                let known = trunks.iter().find(|trunk| trunk.name.as_str() == name);
                Some(
                    known
                        .with_context(|| format!("--trunk: no trunk is called {name}"))?
                        .id,
                )
            }
            None => None,
        };
        let prefixes: HashMap<_, _> = trunks
            .iter()
            .map(|trunk| (trunk.id, trunk.prefix.clone()))
            .collect();
        let ours = Ours { only, prefixes };
        let mut carrier = Carrier::new(only.is_some() || trunks.len() == 1, self.gone);
        let mut starts = Starts::until(&self.archive, Timestamp::from_millis(i64::MAX));
        let mut next = starts.next().await?;
        for invite in Invites::open(file)? {
            let invite = invite?;
            while let Some(start) = next.take_if(|start| reaches(&invite, start)) {
                if let Some(number) = ours.number(&start) {
                    carrier.handle_call(&start, number, findings);
                }
                next = starts.next().await?;
            }
            carrier.handle_invite(invite);
        }
        self.second_legs(&ours, &mut carrier, findings).await?;
        self.undialed(&ours, &mut carrier, findings).await?;
        carrier.finish(findings);
        Ok(())
    }

    async fn second_legs(
        &self,
        ours: &Ours,
        carrier: &mut Carrier,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        let mut after = Place::default();
        loop {
            let page = self.archive.second_legs(&after).await?;
            for leg in &page {
                for number in ours.as_dialed(leg.target.trim_start_matches('+')) {
                    carrier.handle_second_leg(leg.at, &number, findings);
                }
            }
            match page.last() {
                Some(last) => after = last.place.clone(),
                None => return Ok(()),
            }
        }
    }

    async fn undialed(
        &self,
        ours: &Ours,
        carrier: &mut Carrier,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = self.archive.calls(after).await?;
            for (call, _) in page.iter().filter(|(call, _)| call.dialed_at.is_none()) {
                if let Some(number) = ours.number(call) {
                    carrier.handle_undialed(call, &number, findings);
                }
            }
            match page.last() {
                Some((last, _)) => after = Some(last.id),
                None => return Ok(()),
            }
        }
    }
}

fn reaches(invite: &Invite, start: &Attempt) -> bool {
    start.dialed_at.is_none_or(|at| Carrier::reaches(invite.at, at))
}

/// Which calls are a carrier's, and what it got as their number.
struct Ours {
    only: Option<TrunkId>,
    prefixes: HashMap<TrunkId, String>,
}

impl Ours {
    fn number(&self, call: &Attempt) -> Option<String> {
        let trunk = call
            .trunk
            .filter(|trunk| self.only.is_none_or(|only| only == *trunk))?;
        let prefix = self.prefixes.get(&trunk).map_or("", String::as_str);
        Some(format!("{prefix}{}", call.number.as_ref()?.digits()))
    }

    /// A number by any of its trunks.
    fn as_dialed(&self, digits: &str) -> Vec<String> {
        let trunks = self
            .prefixes
            .iter()
            .filter(|(trunk, _)| self.only.is_none_or(|only| only == **trunk));
        let mut numbers: Vec<_> = trunks.map(|(_, prefix)| format!("{prefix}{digits}")).collect();
        numbers.sort();
        numbers.dedup();
        numbers
    }
}

/// What a carrier got, line by line.
struct Invites {
    lines: Lines<BufReader<File>>,
    file: PathBuf,
    line: usize,
    last: Timestamp,
}

impl Invites {
    fn open(file: &Path) -> anyhow::Result<Self> {
        let opened = File::open(file).with_context(|| format!("--carrier: {}", file.display()))?;
        Ok(Self {
            lines: BufReader::new(opened).lines(),
            file: file.to_owned(),
            line: 0,
            last: Timestamp::from_millis(i64::MIN),
        })
    }

    fn read(&mut self, line: &str) -> anyhow::Result<Invite> {
        let place = || format!("--carrier: {}, line {}", self.file.display(), self.line);
        let invite: Invite = line.parse().with_context(place)?;
        anyhow::ensure!(
            invite.at >= self.last,
            "{}: it is older than the line before; sort the file by time",
            place()
        );
        self.last = invite.at;
        Ok(invite)
    }
}

impl Iterator for Invites {
    type Item = anyhow::Result<Invite>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.lines.next()?;
            self.line += 1;
            match line {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => return Some(self.read(&line)),
                Err(error) => {
                    return Some(Err(error).with_context(|| format!("--carrier: {}", self.file.display())));
                }
            }
        }
    }
}
