//! One table from Asterisk's signs to the outcome.
//!
//! No single sign tells: an originate's own response says reason 0 whatever the far end did, a ring timeout shows as
//! Q.850 cause 19 or 0 by version, and only ringing tells an unanswered phone from one that could not be reached.

use crate::model::{Cause, Outcome};

/// `AST_CONTROL_*` numbers in `OriginateResponse`'s `Reason`.
const REASON_TIMEOUT: u16 = 3;
const REASON_BUSY: u16 = 5;
const REASON_CONGESTION: u16 = 8;

/// What was seen of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// It rang, or sent early media.
    pub rang: bool,
    /// It was answered.
    pub answered: bool,
    /// `DialEnd`'s status.
    pub dial_status: Option<String>,
    /// It answered with another number instead.
    pub redirected: bool,
    /// `OriginateResponse`'s reason, of a failure.
    pub reason: Option<u16>,
    /// `Hangup`'s cause, text and, since 22, SIP status.
    pub q850: Option<u16>,
    pub cause_text: Option<String>,
    pub sip: Option<u16>,
    /// A channel came to be and is gone.
    pub hung_up: bool,
    /// Why it could not even be tried.
    pub refused: Option<String>,
}

/// The outcome of a call that is gone, and the raw reasons.
pub(super) fn decide(signs: &Signs) -> (Outcome, Cause) {
    (outcome(signs), cause(signs))
}

fn outcome(signs: &Signs) -> Outcome {
    if signs.answered {
        return Outcome::Answered;
    }
    match (signs.dial_status.as_deref(), signs.reason) {
        _ if signs.refused.is_some() => Outcome::Failed,
        _ if signs.redirected => Outcome::Rejected,
        (Some("BUSY"), _) | (None, Some(REASON_BUSY)) => Outcome::Busy,
        (Some("CONGESTION"), _) | (None, Some(REASON_CONGESTION)) => Outcome::Congestion,
        // The switch's own ring timeout: there is no word of the far end.
        (None, Some(REASON_TIMEOUT)) => Outcome::unanswered(signs.rang),
        _ if !signs.hung_up => Outcome::Failed,
        _ => by_cause(signs),
    }
}

/// Q.850 causes, as Asterisk makes them of SIP statuses.
fn by_cause(signs: &Signs) -> Outcome {
    match signs.q850.unwrap_or(0) {
        // 404, 485, 604; 410; 484
        1 | 22 | 28 => Outcome::InvalidNumber,
        // 486, 600
        17 => Outcome::Busy,
        // 480, 483, or a ring timeout
        19 => Outcome::unanswered(signs.rang),
        // 401, 403, 603
        21 => Outcome::Rejected,
        // No route; 408; subscriber absent; 502; 500; 504
        2 | 3 | 18 | 20 | 27 | 38 | 102 => Outcome::Unreachable,
        // 503, 513, and a switch without resources
        34 | 41 | 42 | 44 => Outcome::Congestion,
        // Ended from our side: by a ring timeout, when nobody asked for it.
        0 | 16 if signs.rang => Outcome::NoAnswer,
        // An originate that failed before anything was dialed.
        0 if signs.reason == Some(0) && signs.dial_status.is_none() => Outcome::Failed,
        0 | 16 => Outcome::Unreachable,
        // 488, 606, 501 and whatever else is no word about the callee
        _ => Outcome::Failed,
    }
}

fn cause(signs: &Signs) -> Cause {
    let dial = signs
        .dial_status
        .as_ref()
        .map(|status| format!("DialEnd {status}"));
    let reason = signs
        .reason
        .map(|reason| format!("OriginateResponse reason {reason}"));
    let redirected = signs
        .redirected
        .then(|| "redirected, which is not followed".to_owned());
    let words = [
        signs.refused.clone(),
        redirected,
        dial,
        reason,
        signs.cause_text.clone(),
    ];
    Cause::told(signs.q850, signs.sip, words.into_iter().flatten())
}
