//! Captured bytes for people.

use crate::Protocol;
use anyhow::Context;
use apicall_core::wire::capture::{self, Protocol as Captured};
use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::path::Path;
use std::process::ExitCode;

/// Prints a capture; fails when something in it could not be read.
pub(crate) fn run(protocol: Protocol, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let protocol = match protocol {
        Protocol::Ami => Captured::Ami,
        Protocol::Agi => Captured::Agi,
        Protocol::Esl => Captured::Esl,
    };
    let input: Box<dyn Read> = match file {
        Some(file) => Box::new(File::open(file).with_context(|| format!("cannot open {}", file.display()))?),
        None => Box::new(io::stdin().lock()),
    };
    let summary = match capture::decode(protocol, input, BufWriter::new(io::stdout().lock())) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        other => other?,
    };
    Ok(if summary.unreadable == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
