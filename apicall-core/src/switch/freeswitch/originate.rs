//! How a call is asked for.

use super::config::FreeSwitchConfig;
use super::lease::Lease;
use crate::switch::Originate;
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Dial};
use std::time::Duration;

/// What our variables begin with. To FreeSWITCH a variable's name can be an order, such as `api_hangup_hook`.
const OURS: &str = "apicall_";

/// The cause of a call that FreeSWITCH ends by itself.
pub(super) const TIMEOUT: &str = "ALLOTTED_TIMEOUT";

/// Who answers with another number (SIP 302) has refused: nobody listed that number, and FreeSWITCH would call it (`sofia.c`).
pub(super) const NO_REDIRECT: (&str, &str) = ("outbound_redirect_fatal", "true");

/// Keys are for the flow; and the caller stays when a transfer fails or ends.
pub(super) const FOR_A_FLOW: [(&str, &str); 3] = [
    ("playback_terminators", "none"),
    ("continue_on_fail", "true"),
    ("hangup_after_bridge", "false"),
];

/// The command of an originate. Its channel and its job get the call's id, so that every event carries it.
pub(super) fn command(
    originate: &Originate,
    lease: &Lease,
    config: &FreeSwitchConfig,
) -> Result<Command, InvalidValue> {
    let call = originate.call.to_string();
    let (mark, holder) = lease.mark();
    let endpoint = config.dial.channel(&originate.number, &originate.way)?;
    let mut dial = Dial::to(&endpoint)?
        .variable("origination_uuid", &call)?
        .variable("ignore_early_media", "true")?
        .variable(NO_REDIRECT.0, NO_REDIRECT.1)?
        // A clock of its own for what is played: without one it waits for the sound of a callee who may send none.
        .variable("rtp_timer_name", "soft")?
        // Keys by SIP INFO as well as by RFC 2833, whatever the profile says.
        .variable("rtp_liberal_dtmf", "true")?
        .variable("originate_timeout", &ring_s(originate.ring_timeout).to_string())?
        // Should nobody be there to hang up: all calls of an engine that is gone, and one that is forgotten.
        .variable(mark, holder)?
        .variable("execute_on_answer", &hang_up_after(config.longest_call))?;
    for (name, value) in FOR_A_FLOW {
        dial = dial.variable(name, value)?;
    }
    if let Some(caller_id) = &originate.caller_id {
        dial = dial.variable("origination_caller_id_number", caller_id.as_str())?;
    }
    for (name, value) in originate.variables.iter() {
        dial = dial.variable(&variable_name(name), value)?;
    }
    let dial = dial
        .variable("APICALL_PROYECTO_ID", &originate.project.to_string())?
        .variable("APICALL_TRUNK", originate.way.trunk.as_str())?
        .variable("APICALL_PREFIX", &originate.way.prefix)?;
    let command = Command::bgapi("originate", &call)?.text("dial", &dial.api_word())?;
    command.text("application", "&park()")
}

/// The channel variable that carries one of ours.
pub(super) fn variable_name(name: &str) -> String {
    let ours = name
        .get(..OURS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(OURS));
    if ours {
        name.to_owned()
    } else {
        format!("{OURS}{name}")
    }
}

/// Hangs a channel up so long after its answer (transcript `execute_on_answer_sched_hangup`).
pub(super) fn hang_up_after(time: Duration) -> String {
    format!("sched_hangup +{} {TIMEOUT}", time.as_secs().max(1))
}

/// Whole seconds to ring, and one more: FreeSWITCH's clock has whole seconds, and lets a timeout come up to one early
/// (transcript `originate_no_answer_timeout`).
pub(super) fn ring_s(ring_timeout: Duration) -> u64 {
    u64::try_from(ring_timeout.as_millis().div_ceil(1000)).unwrap_or(u64::MAX - 1) + 1
}
