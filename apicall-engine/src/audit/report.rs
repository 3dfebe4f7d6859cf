//! What an audit found, told to people or to programs.

use apicall_core::audit::{Findings, Gone, Rule, Violation};
use apicall_core::model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// A clean bill, or what is wrong.
#[derive(Debug)]
pub(super) struct Report {
    store: String,
    starts: Option<(Timestamp, Timestamp)>,
    gone: Gone,
    has_carrier: bool,
    findings: Findings,
}

/// How a rule came out.
#[derive(Debug, Serialize)]
struct Line {
    rule: &'static str,
    what: &'static str,
    judged: u64,
    violations: u64,
    unjudged: Map<String, Value>,
    /// Why there is nothing to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    nothing: Option<&'static str>,
}

impl Report {
    pub(super) fn new(
        store: String,
        starts: Option<(Timestamp, Timestamp)>,
        gone: Gone,
        has_carrier: bool,
        findings: Findings,
    ) -> Self {
        Self {
            store,
            starts,
            gone,
            has_carrier,
            findings,
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.findings.violations() == 0
    }

    #[cfg(test)]
    pub(super) fn findings(&self) -> &Findings {
        &self.findings
    }

    pub(super) fn print(&self, json: bool) -> io::Result<()> {
        let out = &mut io::stdout().lock();
        let told = if json {
            self.write_json(out)
        } else {
            self.write_table(out)
        };
        told.and_then(|()| out.flush())
    }

    fn lines(&self) -> Vec<Line> {
        let line = |rule: &Rule| {
            let tally = self.findings.tally(*rule);
            let unjudged = tally
                .unjudged
                .iter()
                .map(|(why, count)| ((*why).to_owned(), (*count).into()));
            let nothing = match rule {
                Rule::Carrier if self.has_carrier => None,
                rule => missing(*rule),
            };
            Line {
                rule: rule.as_str(),
                what: what(*rule),
                judged: tally.judged,
                violations: tally.violations,
                unjudged: unjudged.collect(),
                nothing,
            }
        };
        Rule::ALL.iter().map(line).collect()
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let span = self.starts.map(|(from, to)| json!({ "from": from, "to": to }));
        let report = json!({
            "store": self.store,
            "clean": self.is_clean(),
            "starts": span,
            "removed": { "calls": self.gone.calls, "timelines": self.gone.timelines },
            "rules": self.lines(),
            "violations": self.findings.kept().map(as_json).collect::<Vec<_>>(),
        });
        writeln!(out, "{report:#}")
    }

    fn write_table(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.store)?;
        match self.starts {
            Some((from, to)) => writeln!(out, "starts from {from} to {to}")?,
            None => writeln!(out, "no call is there that was dialed")?,
        }
        for (what, until) in [("calls", self.gone.calls), ("timelines", self.gone.timelines)] {
            if let Some(until) = until {
                writeln!(out, "{what} are removed that ended until {until}")?;
            }
        }
        writeln!(out)?;
        writeln!(
            out,
            "{:<12} {:>10} {:>10}  what holds",
            "rule", "judged", "broken"
        )?;
        for line in self.lines() {
            let (judged, broken) = match line.nothing {
                Some(_) => ("-".to_owned(), "-".to_owned()),
                None => (line.judged.to_string(), line.violations.to_string()),
            };
            writeln!(out, "{:<12} {judged:>10} {broken:>10}  {}", line.rule, line.what)?;
            if let Some(why) = line.nothing {
                writeln!(out, "{:<36}nothing to look at: {why}", "")?;
            }
            for (why, count) in &line.unjudged {
                writeln!(out, "{:<36}{count} not judged: {why}", "")?;
            }
        }
        for violation in self.findings.kept() {
            write_violation(out, violation)?;
        }
        let (all, told) = (self.findings.violations(), self.findings.kept().count() as u64);
        if all > told {
            writeln!(out, "\nand {} more", all - told)?;
        }
        writeln!(
            out,
            "\n{}",
            if all == 0 {
                "clean".to_owned()
            } else {
                format!("{all} violations")
            }
        )
    }
}

fn write_violation(out: &mut impl Write, violation: &Violation) -> io::Result<()> {
    writeln!(
        out,
        "\n{} {} of {}",
        violation.at, violation.rule, violation.whose
    )?;
    writeln!(out, "    allowed: {}", violation.limit)?;
    writeln!(out, "    seen:    {}", violation.seen)?;
    for call in &violation.calls {
        writeln!(out, "    call {call}")?;
    }
    Ok(())
}

fn as_json(violation: &Violation) -> Value {
    json!({
        "rule": violation.rule,
        "at": violation.at,
        "whose": violation.whose,
        "limit": violation.limit,
        "seen": violation.seen,
        "calls": violation.calls,
    })
}

/// What a rule says, for people.
fn what(rule: Rule) -> &'static str {
    match rule {
        Rule::Rate => "no window of engine, switch, trunk, project or campaign has more starts than its rate",
        Rule::Channels => "no call starts while a cap of theirs is full",
        Rule::OneOutcome => "a call ends once, with one outcome, told alike in its row, record and timeline",
        Rule::OneCall => "a contact is in one call at a time",
        Rule::Attempts => "a contact is called as often as the retries say, and not before",
        Rule::Standing => "a contact stands where its calls leave it",
        Rule::Carrier => "the carrier got one INVITE a call, and none without a call",
        Rule::Hours => {
            "nobody is called outside the hours of project and campaign, or the campaign's schedule"
        }
        Rule::NumberCaps => "no number is called more often than the caps of the project allow",
        Rule::DoNotCall => "nobody is called while a list of all projects or of the project has the number",
        Rule::CallerId => "nobody is called from a number that is not the project's",
    }
}

/// Why there is nothing to look at, where there is not.
fn missing(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::Carrier => Some("give what the carrier got, with --carrier FILE"),
        _ => None,
    }
}
