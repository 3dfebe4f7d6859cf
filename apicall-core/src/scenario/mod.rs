//! PROOF. A flow test as data, and the judge of a call.
//!
//! A [`Scenario`] file says whose flow is tried, how the callee behaves, and what is expected of each call. [`judge`]
//! holds the record and timeline of a call against that and says of each expectation where in the call it was decided;
//! [`ladder`] tells the call in words, one rung a moment, so that a verdict can be shown at its place; [`Coverage`] counts what the calls have gone through.
//!
//! Deliberately absent: placing the calls (that is `apicall-cli`'s), drawing, clocks, and any knowledge of a switch. A
//! callee reaches an emulated switch in the call's own variables, a real one gets a number that stands for it.

mod coverage;
mod example;
mod expect;
mod fault;
mod file;
mod flow;
mod judge;
mod ladder;
mod mentions;
mod parameters;
mod read;
mod schema;
mod shared;
#[cfg(test)]
mod tests;
mod written;
mod yaml;

pub use coverage::{Coverage, ExitCoverage, StepCoverage};
pub use example::example;
pub use expect::{Expectations, ExpectedTransfer, Wanted};
pub use fault::{Fault, Faults, Place};
pub use file::{Carried, Case, ProjectRef, Scenario, Subject};
pub use judge::{Verdict, judge, judge_transfer_number};
pub use ladder::{Rung, Side, ladder};
pub use read::from_yaml;
pub use schema::{flow_schema, schema};
