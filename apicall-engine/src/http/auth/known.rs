//! Sessions that were looked at a moment ago: not every request of a busy client asks the store who it is.
//!
//! What this engine voids is void at once; what another engine or a command voids, within a second.

use super::Caller;
use apicall_core::model::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A look counts for this long.
const FRESH: Duration = Duration::from_secs(1);
/// Sessions remembered at once.
const REMEMBERED: usize = 1_000;

/// The sessions.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    by_token: HashMap<String, (Caller, Timestamp)>,
    /// Counts what was voided: a look that began before does not count any more.
    voided: u64,
}

/// When a look began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look(u64);

impl Known {
    /// Whose token it is, if somebody looked a moment ago; else a look begins.
    pub(super) fn find(&self, token: &str, now: Timestamp) -> Result<Caller, Look> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.by_token.get(token) {
            Some((caller, at)) if now.since(*at) < FRESH && !caller.claims.over(now) => Ok(caller.clone()),
            _ => Err(Look(seen.voided)),
        }
    }

    /// What a look found.
    pub(super) fn keep(&self, look: Look, token: &str, caller: &Caller, now: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if look != Look(seen.voided) {
            return;
        }
        if seen.by_token.len() >= REMEMBERED {
            seen.by_token.clear();
        }
        seen.by_token.insert(token.to_owned(), (caller.clone(), now));
    }

    /// Some session is void.
    pub(super) fn forget(&self) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.voided += 1;
        seen.by_token.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::auth::Claims;
    use apicall_core::store::User;
    use std::sync::Arc;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn caller(exp: i64) -> Caller {
        let user = User {
            username: "ana".to_owned(),
            full_name: "Ana".to_owned(),
            password_hash: String::new(),
            token_version: 3,
        };
        let claims = Claims {
            sub: "ana".to_owned(),
            ver: 3,
            exp,
        };
        Caller {
            user: Arc::new(user),
            claims: Arc::new(claims),
        }
    }

    #[test]
    fn a_look_counts_for_a_second_and_no_longer_than_its_token() {
        let (known, later) = (Known::default(), NOW.plus(FRESH));
        let look = known.find("token", NOW).unwrap_err();
        known.keep(look, "token", &caller(i64::MAX), NOW);
        assert!(known.find("token", NOW).is_ok());
        assert!(known.find("tokem", NOW).is_err());
        assert!(known.find("token", later).is_err());
        known.keep(look, "short", &caller(NOW.millis() / 1_000), NOW);
        assert!(known.find("short", NOW).is_err());
    }

    #[test]
    fn a_look_that_began_before_a_logout_does_not_outlive_it() {
        let known = Known::default();
        let look = known.find("token", NOW).unwrap_err();
        known.forget();
        known.keep(look, "token", &caller(i64::MAX), NOW);
        assert!(known.find("token", NOW).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let known = Known::default();
        let look = known.find("", NOW).unwrap_err();
        for n in 0..3 * REMEMBERED {
            known.keep(look, &n.to_string(), &caller(i64::MAX), NOW);
        }
        assert!(known.0.lock().unwrap().by_token.len() <= REMEMBERED);
    }
}
