//! The unguessable part of a call's FastAGI URL: whoever knows it was told by us.

use crate::model::CallId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// The token of a call. Derived, so that it holds after a restart without being kept.
pub(super) fn of(key: &[u8], call: CallId) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(call.to_string().as_bytes());
    let mut text = String::with_capacity(32);
    for byte in &mac.finalize().into_bytes()[..16] {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
    }
    text
}

/// The call that a FastAGI script names, when its token is right.
pub(super) fn verify(key: &[u8], script: &str) -> Option<CallId> {
    let (call, token) = script.strip_prefix("call/")?.split_once('/')?;
    let call: CallId = call.parse().ok()?;
    bool::from(of(key, call).as_bytes().ct_eq(token.as_bytes())).then_some(call)
}
