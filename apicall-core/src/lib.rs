//! The library behind apicall: it turns an Asterisk or a FreeSWITCH into an outbound campaign engine.
//!
//! Read the rooms in this order:
//!
//! 1. [`model`]: the nouns. Plain data that cannot hold an invalid value.
//! 2. [`api`]: the types of the HTTP API, shared by engine and CLI.
//! 3. [`flow`]: the IVR as data, and the machine that walks it.
//! 4. [`scenario`]: a flow test as data, and the judge of a call.
//!
//! and, with the feature `engine`, everything that dials:
//!
//! 5. `schedule`: what to dial next, decided without a clock or a socket.
//! 6. `wire`: bytes to messages and back.
//! 7. `amd`: whether a person or a machine picked up, by what is heard.
//! 8. `switch`: the port to a PBX, and who implements it.
//! 9. `store`: what is kept, and how.
//! 10. `dialer`: joins flow, schedule, switch and store, and owns the live calls.
//! 11. `emulator`: a PBX that is not there, for tests, load and newcomers.
//! 12. `audit`: whether what was recorded kept to the rules.
//! 13. `audio`: what was uploaded, as a switch can play it.
//!
//! Which room may use which is drawn in `docs/ARCHITECTURE.md` and enforced by a test.

pub mod amd;
pub mod api;
#[cfg(feature = "engine")]
pub mod audio;
#[cfg(feature = "engine")]
pub mod audit;
#[cfg(feature = "engine")]
pub mod dialer;
#[cfg(feature = "engine")]
pub mod emulator;
pub mod flow;
#[cfg(feature = "engine")]
pub mod import;
pub mod model;
pub mod scenario;
#[cfg(feature = "engine")]
pub mod schedule;
#[cfg(feature = "engine")]
pub mod store;
#[cfg(feature = "engine")]
pub mod switch;
#[cfg(feature = "wire")]
pub mod wire;
