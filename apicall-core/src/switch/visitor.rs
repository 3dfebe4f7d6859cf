//! A channel that comes from the switch's own dialplan.

use super::Leg;
use crate::model::{PhoneNumber, ProjectId, TrunkName};

/// A channel handed over by the switch's dialplan.
#[derive(Debug)]
pub struct Visitor {
    /// The project whose flow is to run.
    pub project: ProjectId,
    /// The other end's number, when it shows one that is E.164.
    pub number: Option<PhoneNumber>,
    /// The trunk for its transfers, from `APICALL_TRUNK`; the project's own when absent.
    pub trunk: Option<TrunkName>,
    /// Digits in front of transferred numbers, from `APICALL_PREFIX`.
    pub prefix: Option<String>,
    /// The hold on it.
    pub leg: Box<dyn Leg>,
}

/// The number a channel shows, when it is E.164 beyond doubt: with a plus sign, or too long to be a national one.
pub(super) fn international(shown: &str) -> Option<PhoneNumber> {
    let number: PhoneNumber = shown.parse().ok()?;
    (shown.starts_with('+') || number.digits().len() >= 11).then_some(number)
}
