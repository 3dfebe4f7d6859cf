//! Transfers: whom the `bridge` application calls, and what its end means.

use super::config::FreeSwitchConfig;
use crate::model::{TransferStatus, TransferTarget};
use crate::switch::WayOut;
use crate::wire::esl::Dial;

/// The second leg, for people and for FreeSWITCH; or why there is none.
pub(super) fn second_leg(
    target: &TransferTarget,
    way: Option<&WayOut>,
    config: &FreeSwitchConfig,
) -> Result<(String, Dial), String> {
    let (shown, endpoint) = match target {
        TransferTarget::Number(number) => {
            let way = way.ok_or("there is no trunk to transfer by")?;
            let endpoint = config.dial.channel(number, way);
            (
                number.to_string(),
                endpoint.map_err(|invalid| invalid.to_string())?,
            )
        }
        TransferTarget::Extension(extension) => {
            let endpoint = loopback(extension)
                .ok_or_else(|| format!("`{extension}` is not `extension@context` of plain characters"))?;
            (extension.clone(), endpoint)
        }
    };
    let dial = Dial::to(&endpoint).map_err(|invalid| invalid.to_string())?;
    Ok((shown, dial))
}

/// A dialplan's extension as an endpoint.
fn loopback(extension: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-+*#.".contains(&b);
    let (number, context) = extension.split_once('@')?;
    let good = |part: &str| !part.is_empty() && part.bytes().all(plain);
    (good(number) && good(context)).then(|| format!("loopback/{number}/{context}"))
}

/// How a second leg went that was not seen connected, by the name of its cause.
pub(super) fn status(disposition: &str) -> TransferStatus {
    match disposition {
        "SUCCESS" => TransferStatus::Answered,
        // SIP has no other use for the second: who is wanted has named somebody else, which Asterisk calls busy.
        "USER_BUSY" | "REQUESTED_CHAN_UNAVAIL" => TransferStatus::Busy,
        "NO_ANSWER" | "NO_USER_RESPONSE" | "ALLOTTED_TIMEOUT" => TransferStatus::NoAnswer,
        "NORMAL_CIRCUIT_CONGESTION"
        | "NORMAL_TEMPORARY_FAILURE"
        | "SWITCH_CONGESTION"
        | "DESTINATION_OUT_OF_ORDER" => TransferStatus::Congestion,
        "ORIGINATOR_CANCEL" => TransferStatus::Cancelled,
        _ => TransferStatus::Unavailable,
    }
}
