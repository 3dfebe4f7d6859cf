//! THE IVR. Its definition as data, its validation, and the machine that walks it.
//!
//! A [`Flow`] is a valid definition. A [`Run`] walks it for one call: it hands out one
//! [`LegCommand`](crate::model::LegCommand) at a time and takes the [`LegReply`](crate::model::LegReply), or one
//! [`WebhookRequest`](crate::model::WebhookRequest) and its reply, without knowing who carries them out.
//!
//! Deliberately absent: switches, sockets, clocks, records.

mod check;
mod definition;
mod run;
mod simple;
mod step;
mod template;
#[cfg(test)]
mod tests;
mod webhook;

pub use check::{FlowError, FlowErrors};
pub use definition::Flow;
pub use run::{Next, Report, Run};
pub use step::StepKind;
