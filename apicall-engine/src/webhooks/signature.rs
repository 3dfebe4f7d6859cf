//! How what a webhook is told is signed, so that its service knows who tells it, and when.
//!
//! `t` is the time of the attempt in epoch seconds, `v1` an HMAC-SHA256 with the webhook's secret over that time, a dot and the
//! body, in hexadecimal digits. `docs/webhooks.md` shows how it is verified.

use apicall_core::model::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::fmt::Write as _;

/// The header that carries it.
pub(super) const HEADER: &str = "apicall-signature";

/// The header's value.
pub(super) fn sign(secret: &SecretString, at: Timestamp, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    let seconds = at.millis() / 1_000;
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    let mut value = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(value, "{byte:02x}");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Given by: printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
    const KNOWN: &str = "38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789";

    #[test]
    fn a_signature_is_what_openssl_computes() {
        let at = Timestamp::from_millis(1_700_000_000_999);
        let signed = sign(&"whsec_test".into(), at, "{\"a\":1}");
        assert_eq!(signed, format!("t=1700000000,v1={KNOWN}"));
    }
}
