//! Something breaks under an engine at work, on real processes: an engine, an emulated Asterisk that lives on whatever becomes of
//! the engine, and what that Asterisk was asked for, as a carrier's record. After each fault `apicall-engine audit` finds nothing.
//!
//! They need root and a MariaDB: `dev/faults` installs it and enables them.

#![cfg(feature = "faults")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backups;
mod clock;
mod database;
mod disk;
#[path = "../driver/mod.rs"]
mod driver;
mod kills;
mod pbx;
mod server;
mod story;
