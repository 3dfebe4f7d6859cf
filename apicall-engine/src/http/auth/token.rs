//! Session tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 and nothing else.
//!
//! A token's header is never read: a signature counts only if it is ours.

use apicall_core::model::Timestamp;
use apicall_core::store::User;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::time::Duration;

/// Makes tokens and reads them.
pub(super) struct Tokens {
    key: Vec<u8>,
    lifetime: Duration,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The user's name.
    pub sub: String,
    /// The version of that user's tokens.
    pub ver: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

impl Claims {
    /// Whether the token is over.
    pub(crate) fn over(&self, now: Timestamp) -> bool {
        self.exp <= now.millis() / 1_000
    }
}

impl Tokens {
    pub(super) fn new(key: Vec<u8>, hours: u32) -> Self {
        Self {
            key,
            lifetime: Duration::from_secs(u64::from(hours) * 3_600),
        }
    }

    /// A token for a user, and when it ends.
    pub(super) fn issue(&self, user: &User, now: Timestamp) -> (String, Timestamp) {
        let exp = now.plus(self.lifetime).millis() / 1_000;
        let claims = Claims {
            sub: user.username.clone(),
            ver: user.token_version,
            exp,
        };
        let payload = serde_json::to_vec(&claims).expect("claims are plain");
        let header = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", BASE64.encode(payload));
        let signature = BASE64.encode(self.mac(&signed).finalize().into_bytes());
        (
            format!("{signed}.{signature}"),
            Timestamp::from_millis(exp * 1_000),
        )
    }

    /// What a token of ours says, if it is not over.
    pub(super) fn read(&self, token: &str, now: Timestamp) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        self.mac(signed).verify_slice(&signature).ok()?;
        let (_, payload) = signed.split_once('.')?;
        let claims: Claims = serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()?;
        (!claims.over(now)).then_some(claims)
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        mac
    }
}

/// Shows no key.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{BASE64, Tokens};
    use apicall_core::model::Timestamp;
    use apicall_core::store::User;
    use base64::Engine as _;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn ana() -> User {
        User {
            username: "ana".to_owned(),
            full_name: "Ana".to_owned(),
            password_hash: String::new(),
            token_version: 3,
        }
    }

    #[test]
    fn a_token_of_ours_is_read_until_it_is_over() {
        let tokens = Tokens::new(vec![7; 32], 2);
        let (token, expires_at) = tokens.issue(&ana(), NOW);
        let claims = tokens.read(&token, NOW).unwrap();
        assert_eq!((claims.sub.as_str(), claims.ver), ("ana", 3));
        assert_eq!(expires_at, NOW.plus(Duration::from_secs(7_200)));
        assert!(
            tokens
                .read(&token, NOW.plus(Duration::from_secs(7_199)))
                .is_some()
        );
        assert!(
            tokens
                .read(&token, NOW.plus(Duration::from_secs(7_200)))
                .is_none()
        );
    }

    #[test]
    fn whatever_is_not_signed_by_us_is_nothing() {
        let tokens = Tokens::new(vec![7; 32], 2);
        let (token, _) = tokens.issue(&ana(), NOW);
        let (foreign, _) = Tokens::new(vec![8; 32], 2).issue(&ana(), NOW);
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
            assert_eq!(tokens.read(bad, NOW), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        assert!(!format!("{:?}", Tokens::new(vec![111; 32], 2)).contains("111"));
    }
}
