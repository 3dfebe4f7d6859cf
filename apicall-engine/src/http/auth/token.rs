//! Session tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 and nothing else.
//!
//! A token's header is never read: a signature counts only if it is ours, by the key that signs or the one before it.

use apicall_core::model::{Timestamp, User};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;

/// The keys: the first signs, all of them are read by.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::http) struct Keys(Vec<String>);

impl From<Vec<String>> for Keys {
    fn from(keys: Vec<String>) -> Self {
        Self(keys)
    }
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Kind {
    /// Asking. The tokens of versions before this one say nothing.
    #[default]
    Access,
    /// Getting another that is.
    Refresh,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::http) struct Claims {
    /// The user's name.
    pub sub: String,
    /// The version of that user's sessions.
    pub ver: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// What it is good for.
    #[serde(default, rename = "use")]
    pub kind: Kind,
    /// When its session ends, which no refreshing puts off, in seconds since 1970; with the token when it says nothing.
    #[serde(default)]
    pub end: Option<i64>,
}

impl Claims {
    /// Whether the token is over.
    pub(super) fn over(&self, now: Timestamp) -> bool {
        self.exp <= now.millis() / 1_000
    }

    /// When its session is.
    pub(super) fn session_end(&self) -> Timestamp {
        Timestamp::from_millis(self.end.unwrap_or(self.exp).saturating_mul(1_000))
    }
}

/// A token of that kind, for a user until then, in a session that ends then.
pub(super) fn issue(
    keys: &Keys,
    user: &User,
    version: i64,
    kind: Kind,
    until: Timestamp,
    session_end: Timestamp,
) -> String {
    let claims = Claims {
        sub: user.username.to_string(),
        ver: version,
        exp: until.millis() / 1_000,
        kind,
        end: Some(session_end.millis() / 1_000),
    };
    sign(keys, &claims)
}

/// A time as a token can say it.
pub(super) fn to_the_second(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis() / 1_000 * 1_000)
}

/// The token that says this.
pub(in crate::http) fn sign(keys: &Keys, claims: &Claims) -> String {
    let key = keys.0.first().map_or("", String::as_str);
    let payload = serde_json::to_vec(claims).expect("claims are plain");
    let header = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", BASE64.encode(payload));
    let signature = BASE64.encode(mac(key, &signed).finalize().into_bytes());
    format!("{signed}.{signature}")
}

/// What a token of ours says, if it is not over.
pub(super) fn read(keys: &Keys, token: &str, now: Timestamp) -> Option<Claims> {
    let (signed, signature) = token.rsplit_once('.')?;
    let signature = BASE64.decode(signature).ok()?;
    let is_by = |key: &String| mac(key, signed).verify_slice(&signature).is_ok();
    if !keys.0.iter().any(is_by) {
        return None;
    }
    let (_, payload) = signed.split_once('.')?;
    let claims: Claims = serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()?;
    (!claims.over(now)).then_some(claims)
}

fn mac(key: &str, text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

/// Shows no key.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apicall_core::model::Role;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn keys(keys: &[&str]) -> Keys {
        Keys(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    fn later(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn ana(keys: &Keys, kind: Kind) -> String {
        let ana = User {
            username: "ana".parse().unwrap(),
            full_name: "Ana".to_owned(),
            role: Role::Admin,
            projects: Default::default(),
            disabled: false,
            created_at: NOW,
        };
        issue(keys, &ana, 3, kind, later(60), later(7_200))
    }

    #[test]
    fn a_token_of_ours_is_read_until_it_is_over() {
        let keys = keys(&["k"]);
        let claims = read(&keys, &ana(&keys, Kind::Refresh), NOW).unwrap();
        assert_eq!(
            (claims.sub.as_str(), claims.ver, claims.kind),
            ("ana", 3, Kind::Refresh)
        );
        assert_eq!(claims.session_end(), later(7_200));
        let token = ana(&keys, Kind::Access);
        assert_eq!(read(&keys, &token, later(59)).unwrap().kind, Kind::Access);
        assert_eq!(read(&keys, &token, later(60)), None);
    }

    #[test]
    fn the_key_before_is_read_by_and_one_that_is_gone_is_not() {
        let token = ana(&keys(&["old"]), Kind::Access);
        assert!(read(&keys(&["new", "old"]), &token, NOW).is_some());
        assert_eq!(read(&keys(&["newest", "new"]), &token, NOW), None);
        assert_eq!(read(&keys(&[]), &token, NOW), None);
    }

    #[test]
    fn a_token_of_an_earlier_version_goes_on_as_what_it_was() {
        let claims: Claims = serde_json::from_str(r#"{"sub":"ana","ver":3,"exp":1900000000}"#).unwrap();
        assert_eq!(
            (claims.kind, claims.session_end().millis()),
            (Kind::Access, 1_900_000_000_000)
        );
    }

    #[test]
    fn whatever_is_not_signed_by_us_is_nothing() {
        let keys = keys(&["k"]);
        let token = ana(&keys, Kind::Access);
        let foreign = ana(&self::keys(&["other"]), Kind::Access);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let unsigned = format!("{none}.{}.", signed.split_once('.').unwrap().1);
        let changed = signed.replace(
            signed.split_once('.').unwrap().1,
            &BASE64.encode(r#"{"sub":"x","ver":1,"exp":9999999999}"#),
        );
        for bad in [
            foreign.as_str(),
            &unsigned,
            &format!("{changed}.{signature}"),
            &format!("{signed}."),
            signed,
            "",
            ".",
            "..",
            "a.b.c",
            "ñ.ñ.ñ",
        ] {
            assert_eq!(read(&keys, bad, NOW), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        assert!(!format!("{:?}", keys(&["S3CRET"])).contains("S3CRET"));
    }
}
