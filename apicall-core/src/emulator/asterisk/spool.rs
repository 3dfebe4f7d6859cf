//! Placing a call by a file (`pbx_spool.c`, recordings `spool_*`): no response, an id of Asterisk's own, and the file gone
//! when the call is.
//!
//! Deliberately absent: retries, archives, and extensions instead of an application.

use super::super::spool::{Fate, Spooled};
use super::channel::{Destination, Party};
use super::originate::{Guise, Order, Placed};
use super::pbx::{Pbx, set};
use crate::wire::callfile::CallFile;
use std::time::{Duration, Instant};

/// How long it may ring when the file does not say.
const WAIT_S: u64 = 45;

impl Pbx {
    /// Calls as a file says. One that says nothing useful is removed, as by Asterisk; while it stops, or is not there, files
    /// wait.
    pub(super) fn call_by_file(&mut self, file: Spooled, now: Instant) {
        if self.troubles.stopping.is_some() || now < self.booted_at {
            return self.files.push_back(Fate::Again(file.name));
        }
        let Some((order, to, guise)) = self.read_file(&file, now) else {
            tracing::warn!("a call file that cannot be used was removed");
            return self.files.push_back(Fate::Remove(file.name));
        };
        if self.config.version.speaks(&to.technology) {
            self.call(order, to, guise, now);
        } else {
            self.files.push_back(Fate::Remove(file.name));
        }
    }

    fn read_file(&self, file: &Spooled, now: Instant) -> Option<(Order, Destination, Guise)> {
        let lines = CallFile::decode(&file.text).ok()?;
        let all = |key: &'static str| {
            lines
                .lines()
                .filter(move |(known, _)| known.eq_ignore_ascii_case(key))
        };
        let find = |key| {
            all(key)
                .last()
                .map(|(_, value)| value.to_owned())
                .unwrap_or_default()
        };
        let (channel, application) = (find("Channel"), find("Application"));
        let to = Destination::parse(&channel).filter(|_| !application.is_empty())?;
        let order = Order {
            placed: Placed::File(file.name.clone()),
            channel,
            application,
            data: find("Data"),
            timeout: Duration::from_secs(find("WaitTime").parse().unwrap_or(WAIT_S)),
        };
        let mut variables = Vec::new();
        for (_, given) in all("Setvar").chain(all("Set")) {
            if let Some((name, value)) = given.split_once('=') {
                set(&mut variables, name, value);
            }
        }
        set(&mut variables, "AST_OUTGOING_ATTEMPT", "1");
        let guise = Guise {
            uniqueid: self.draw_uniqueid(now),
            account: find("Account"),
            variables,
            caller_id: Party::parse(&find("CallerID")),
        };
        Some((order, to, guise))
    }
}
