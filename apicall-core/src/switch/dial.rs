//! How numbers are dialed: the one template every switch has.

use super::WayOut;
use crate::model::{Invalid, PhoneNumber};
use crate::wire::InvalidValue;
use std::str::FromStr;

/// How a number becomes a channel: `PJSIP/{number}@{trunk}`, `SIP/{trunk}/{number}` for the old
/// `chan_sip`, `sofia/gateway/{trunk}/{number}` on FreeSWITCH.
///
/// `{number}` stands for the trunk's prefix and the digits of the number without its plus sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialTemplate(String);

impl DialTemplate {
    /// The channel to dial. Number and trunk hold nothing that could be taken for syntax; a prefix may come from a
    /// channel variable, and one that is more than digits, `*`, `#` and `+` is refused.
    pub(super) fn channel(&self, number: &PhoneNumber, way: &WayOut) -> Result<String, InvalidValue> {
        let plain = |b: u8| b.is_ascii_digit() || b"*#+".contains(&b);
        if way.prefix.len() > 32 || !way.prefix.bytes().all(plain) {
            return Err(InvalidValue {
                field: "prefix".to_owned(),
                reason: "only up to 32 digits, `*`, `#` and `+` can be put in front of a number",
            });
        }
        let number = format!("{}{}", way.prefix, number.digits());
        let channel = self.0.replace("{number}", &number);
        Ok(channel.replace("{trunk}", way.trunk.as_str()))
    }
}

impl FromStr for DialTemplate {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let without = text.replace("{number}", "").replace("{trunk}", "");
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/@_.:+*#-".contains(&b);
        let technology = text
            .split_once('/')
            .is_some_and(|(technology, _)| !technology.contains('{'));
        if text.contains("{number}") && technology && without.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(
                "dial",
                text,
                "write it as in PJSIP/{number}@{trunk}, SIP/{trunk}/{number} or sofia/gateway/{trunk}/{number}",
            ))
        }
    }
}
