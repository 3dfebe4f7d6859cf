//! Call files: written beside the spool and renamed into it, so that Asterisk never sees half of one.

use super::config::{AsteriskConfig, ring_s};
use super::token;
use crate::model::CallId;
use crate::switch::Originate;
use crate::switch::StartError;
use crate::wire::InvalidValue;
use crate::wire::callfile::CallFile;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// Added to a spool call's ring timeout before it is given up: Asterisk tells nothing of a file that made no channel.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// Makes the directory that files are written in, on the spool's own file system, and checks that the spool is one.
pub(super) fn prepare(dir: &Path) -> Result<(), StartError> {
    let made = std::fs::metadata(dir).and_then(|_| std::fs::create_dir_all(staging(dir)));
    made.map_err(|source| StartError::Spool {
        dir: dir.to_owned(),
        source,
    })
}

/// What the spool's thread is asked, one after the other: what is withdrawn has been submitted.
#[derive(Debug)]
pub(super) enum Job {
    /// Put a call's file into the spool.
    Submit(CallId, CallFile),
    /// Take it out again, if it is still there.
    Withdraw(CallId),
}

/// Starts the spool's thread, which ends when the sender is dropped. Files that cannot be written are told to
/// `refused`, with the reason.
pub(super) fn start(
    dir: PathBuf,
    refused: mpsc::UnboundedSender<(CallId, String)>,
) -> mpsc::UnboundedSender<Job> {
    let (jobs, mut queue) = mpsc::unbounded_channel();
    tokio::task::spawn_blocking(move || {
        while let Some(job) = queue.blocking_recv() {
            match job {
                Job::Submit(call, file) => {
                    if let Err(error) = submit(&dir, call, &file) {
                        // Nobody hears only once the switch has stopped.
                        let _ = refused.send((call, format!("cannot write a call file: {error}")));
                    }
                }
                Job::Withdraw(call) => withdraw(&dir, call),
            }
        }
    });
    jobs
}

fn submit(dir: &Path, call: CallId, file: &CallFile) -> io::Result<()> {
    let name = file_name(call);
    let written = staging(dir).join(&name);
    std::fs::write(&written, file.encode())?;
    std::fs::rename(&written, dir.join(&name))
}

fn withdraw(dir: &Path, call: CallId) {
    match std::fs::remove_file(dir.join(file_name(call))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::error!(%call, %error, "cannot withdraw a call file; Asterisk dials it again after a crash");
        }
        _ => {}
    }
}

fn file_name(call: CallId) -> String {
    format!("{call}.call")
}

/// The call file of an originate. Its account code is the call's id, by which its channel is known.
pub(super) fn file(originate: &Originate, config: &AsteriskConfig) -> Result<CallFile, InvalidValue> {
    let call = originate.call.to_string();
    let mut file = CallFile::to(&config.dial.channel(&originate.number, &originate.way)?)?
        .line("MaxRetries", "0")?
        .line("WaitTime", &ring_s(originate.ring_timeout).to_string())?
        .line("Account", &call)?
        .line("Application", "AGI")?
        .line("Data", &agi_url(config, originate.call))?;
    if let Some(caller_id) = &originate.caller_id {
        file = file.line("CallerID", caller_id.as_str())?;
    }
    for (name, value) in variables(originate) {
        file = file.variable(&name, &value)?;
    }
    Ok(file)
}

/// Where Asterisk takes an answered call.
pub(super) fn agi_url(config: &AsteriskConfig, call: CallId) -> String {
    format!(
        "{}/call/{call}/{}",
        config.agi_url,
        token::of(&config.token_key, call)
    )
}

/// A context that is not there. A callee's device may answer with another number (SIP 302), which Asterisk would call in
/// the trunk's context (`FORWARD_CONTEXT`, `main/dial.c`): a number that nobody listed, past every limit.
const NOWHERE: &str = "apicall-follows-no-redirects";

/// The channel variables of a call: the contact's own, those of the dialplan contract, and that redirects lead nowhere.
pub(super) fn variables(originate: &Originate) -> Vec<(String, String)> {
    let own = originate
        .variables
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ours = [
        ("APICALL_PROYECTO_ID", originate.project.to_string()),
        ("APICALL_TRUNK", originate.way.trunk.to_string()),
        ("APICALL_PREFIX", originate.way.prefix.clone()),
        ("FORWARD_CONTEXT", NOWHERE.to_owned()),
    ];
    let ours = ours.into_iter().filter(|(_, value)| !value.is_empty());
    own.chain(ours.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

fn staging(dir: &Path) -> PathBuf {
    dir.with_file_name("apicall-staging")
}
