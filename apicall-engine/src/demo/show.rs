//! What the tour prints.

use crate::config::Pbx;
use apicall_core::api::{CallDetail, CampaignStats, ImportReport, LiveStats};
use apicall_core::model::{ContactState, Project, ProjectFlow};
use apicall_core::scenario::{Side, ladder as rungs};
use std::fmt::Display;
use std::io::{self, IsTerminal, Write, stdout};
use std::net::SocketAddr;

/// Without a terminal a line is printed at every so many looks.
const LOOKS_A_LINE: u32 = 4;
const BAR: usize = 30;

pub(super) fn title(text: &str) -> io::Result<()> {
    writeln!(stdout(), "\n== {text}")
}

pub(super) fn project(project: &Project, pbx: Pbx) -> io::Result<()> {
    let mut out = stdout();
    writeln!(
        out,
        "Project {} of {}: calls leave by trunk `carrier` of an emulated {}.",
        project.name,
        project.country,
        pbx.shown()
    )?;
    if let ProjectFlow::Simple(flow) = &project.flow {
        writeln!(
            out,
            "Its flow: listen for machines; play `{}` and wait for the key {}, twice; `en_breve`; connect to {}.",
            flow.audio,
            flow.expected_digit,
            flow.overflow_number
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        )?;
    }
    Ok(())
}

pub(super) fn import(report: &ImportReport) -> io::Result<()> {
    let mut out = stdout();
    writeln!(
        out,
        "{} contacts added, {} lines refused:",
        report.added, report.rejected
    )?;
    for row in &report.rejects {
        writeln!(out, "  line {}: {}", row.line, row.reason)?;
    }
    Ok(())
}

/// A line that shows how a campaign goes on.
pub(super) struct Progress {
    terminal: bool,
    looks: u32,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            terminal: stdout().is_terminal(),
            looks: 0,
        }
    }

    pub(super) fn draw(&mut self, campaign: &CampaignStats, live: &LiveStats) -> io::Result<()> {
        let done = campaign
            .by_contact_state
            .get(&ContactState::Done)
            .copied()
            .unwrap_or(0);
        // The campaign's own starts: the engine's levels count transfers, too.
        let own = live
            .levels
            .iter()
            .find(|level| level.level.starts_with("campaign "));
        let starts = own.map_or(0, |level| level.starts_last_second);
        let channels = live.levels.first().map_or(0, |level| level.live);
        let filled = usize::try_from(done * BAR as u64 / campaign.contacts.max(1)).unwrap_or(BAR);
        let line = format!(
            "[{}{}] {done:>3}/{} contacts done, {starts:>2} calls/s, {channels:>3} channels, {:>3} calls",
            "#".repeat(filled),
            ".".repeat(BAR - filled.min(BAR)),
            campaign.contacts,
            campaign.calls,
        );
        if self.terminal {
            write!(stdout(), "\r{line} ")?;
            stdout().flush()?;
        } else if self.looks.is_multiple_of(LOOKS_A_LINE) {
            writeln!(stdout(), "{line}")?;
        }
        self.looks += 1;
        Ok(())
    }

    pub(super) fn end(&self) -> io::Result<()> {
        if self.terminal { writeln!(stdout()) } else { Ok(()) }
    }
}

pub(super) fn report(stats: &CampaignStats) -> io::Result<()> {
    let mut out = stdout();
    let retries = stats.calls.saturating_sub(stats.contacts);
    writeln!(
        out,
        "{} calls to {} contacts, {retries} of them retries; {} minutes talked.",
        stats.calls,
        stats.contacts,
        stats.talk_s / 60
    )?;
    table(&mut out, "outcome", stats.by_outcome.iter())?;
    table(&mut out, "answered by", stats.by_answered_by.iter())?;
    table(&mut out, "result of the flow", stats.by_result.iter())
}

fn table<'a, K: Display + 'a>(
    out: &mut impl Write,
    head: &str,
    counts: impl Iterator<Item = (&'a K, &'a u64)>,
) -> io::Result<()> {
    writeln!(out, "  {head}")?;
    for (kind, count) in counts.filter(|(_, count)| **count > 0) {
        writeln!(out, "    {kind:<18}{count:>5}")?;
    }
    Ok(())
}

pub(super) fn ladder(detail: &CallDetail) -> io::Result<()> {
    let mut out = stdout();
    for rung in rungs(detail) {
        let arrow = match rung.side {
            Side::Out => "->",
            Side::In => "<-",
            Side::Here => "  ",
        };
        writeln!(
            out,
            "  {:>3}.{:03} s {arrow} {} {}",
            rung.after_ms / 1_000,
            rung.after_ms % 1_000,
            rung.text,
            rung.detail
        )?;
    }
    Ok(())
}

pub(super) fn look_closer(address: SocketAddr, password: &str, keep: bool) -> io::Result<()> {
    title("Look closer")?;
    let mut out = stdout();
    if !keep {
        return writeln!(
            out,
            "This engine stops now. `apicall-engine demo --keep` leaves it running, to be driven with apicall-cli.\n\
             An engine on your own switch: README.md. What a call goes through: docs/CALL_LIFE.md."
        );
    }
    writeln!(
        out,
        "The engine goes on until Ctrl-C. In another terminal:\n\n\
         export APICALL_HOST=http://{address} APICALL_PASSWORD={password}\n\
         apicall-cli login --user admin\n\
         apicall-cli campaign show 1\n\
         apicall-cli call list --campaign 1 --result transferred\n\
         apicall-cli call place --project 1 --number 3001234501 --wait\n\
         apicall-cli stats --watch"
    )
}
