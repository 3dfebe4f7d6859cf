//! Everybody who may ask, in memory: no request asks the store who it is.
//!
//! A task looks twice a second whether anything has changed (one number), and reads all of it again when it has. So what this
//! engine changes holds at once, and what another engine or a command changes, within a second. When that could not be looked at
//! for [`SURE`], nobody is let in: whoever was kept out elsewhere must not come in here because the store is away.
//!
//! Deliberately absent: passwords, which are looked at in the store.

use super::secret_token;
use super::token::{self, Claims, Keys, Kind};
use apicall_core::model::{ApiToken, ApiTokenId, Reach, Role, Timestamp, User};
use apicall_core::store::{Account, Accounts, Store, StoreError};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// What was looked at counts for so long.
const SURE: Duration = Duration::from_secs(30);
/// A token's use is told to the minute.
const MINUTE_MS: i64 = 60_000;

/// Everybody.
#[derive(Debug)]
pub(crate) struct Directory {
    known: RwLock<Arc<Known>>,
    /// When that was the truth, in epoch milliseconds.
    true_at: AtomicI64,
    /// One reads at a time: what was read earlier never takes the place of what was read later.
    reading: tokio::sync::Mutex<()>,
    /// Tokens that were used, when that is not written down yet.
    used: Mutex<HashMap<ApiTokenId, Timestamp>>,
}

#[derive(Debug, Default)]
struct Known {
    version: i64,
    keys: Arc<Keys>,
    key_since: i64,
    /// By name, as they are by their sessions.
    users: HashMap<String, Arc<May>>,
    /// By hash.
    tokens: HashMap<String, (Arc<ApiToken>, Arc<May>)>,
}

/// Who somebody is, and what they may.
#[derive(Debug)]
pub(super) struct May {
    pub(super) user: User,
    /// Sessions of another version are void.
    pub(super) version: i64,
    role: Role,
    reach: Reach,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(in crate::http) struct Caller {
    may: Arc<May>,
    credential: Credential,
}

/// By what somebody asks.
#[derive(Debug, Clone)]
pub(in crate::http) enum Credential {
    /// A session.
    Session(Arc<Claims>),
    /// An API token.
    Token(Arc<ApiToken>),
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such token, or not any more.
    Invalid,
    /// Whether there is cannot be told.
    Unsure,
}

impl Caller {
    pub(in crate::http) fn user(&self) -> &User {
        &self.may.user
    }

    pub(in crate::http) fn role(&self) -> Role {
        self.may.role
    }

    pub(in crate::http) fn reach(&self) -> &Reach {
        &self.may.reach
    }

    pub(in crate::http) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The same in the words of the log of accounts.
    pub(in crate::http) fn via(&self) -> String {
        match &self.credential {
            Credential::Session(_) => "session".to_owned(),
            Credential::Token(token) => format!("token {}", token.name),
        }
    }
}

/// Who is let in.
impl Directory {
    /// Whose token it is.
    pub(super) fn find(&self, token: &str, now: Timestamp) -> Result<Caller, Refusal> {
        let known = self.sure(now)?;
        match secret_token::hash_of(token) {
            Some(hash) => {
                let (token, may) = known.tokens.get(&hash).ok_or(Refusal::Invalid)?;
                self.by_token(token, may, now).ok_or(Refusal::Invalid)
            }
            None => {
                let claims =
                    token::read(&known.keys, token, now).filter(|claims| claims.kind == Kind::Access);
                let claims = claims.ok_or(Refusal::Invalid)?;
                known.by_session(&Arc::new(claims)).ok_or(Refusal::Invalid)
            }
        }
    }

    /// The session that a token refreshes: whose it is, and when it ends.
    pub(super) fn session(&self, token: &str, now: Timestamp) -> Result<(Arc<May>, Timestamp), Refusal> {
        let known = self.sure(now)?;
        let claims = token::read(&known.keys, token, now).filter(|claims| claims.kind == Kind::Refresh);
        let claims = Arc::new(claims.ok_or(Refusal::Invalid)?);
        let caller = known.by_session(&claims).ok_or(Refusal::Invalid)?;
        Ok((caller.may, claims.session_end()))
    }

    /// The same caller as they are now; a session goes on after its token has ended, until its own end.
    pub(super) fn again(&self, caller: &Caller, now: Timestamp) -> Option<Caller> {
        let known = self.sure(now).ok()?;
        match &caller.credential {
            Credential::Session(claims) if claims.session_end() > now => known.by_session(claims),
            Credential::Session(_) => None,
            Credential::Token(token) => {
                let mut all = known.tokens.values();
                let (token, may) = all.find(|(known, _)| known.id == token.id)?;
                self.by_token(token, may, now)
            }
        }
    }

    /// What sessions are signed with.
    pub(super) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.now().keys)
    }

    fn by_token(&self, token: &Arc<ApiToken>, may: &Arc<May>, now: Timestamp) -> Option<Caller> {
        if token.over(now) || may.user.disabled {
            return None;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(token.id, now);
        Some(Caller {
            may: Arc::clone(may),
            credential: Credential::Token(Arc::clone(token)),
        })
    }

    fn now(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether what is known was the truth a moment ago.
    pub(super) fn is_sure(&self, now: Timestamp) -> bool {
        self.sure(now).is_ok()
    }

    /// What is known, if that was the truth a moment ago.
    fn sure(&self, now: Timestamp) -> Result<Arc<Known>, Refusal> {
        let true_at = Timestamp::from_millis(self.true_at.load(Ordering::Acquire));
        match now.since(true_at) < SURE {
            true => Ok(self.now()),
            false => Err(Refusal::Unsure),
        }
    }
}

impl Known {
    fn by_session(&self, claims: &Arc<Claims>) -> Option<Caller> {
        let may = self.users.get(&claims.sub)?;
        let counts = may.version == claims.ver && !may.user.disabled;
        counts.then(|| Caller {
            may: Arc::clone(may),
            credential: Credential::Session(Arc::clone(claims)),
        })
    }
}

/// How it is kept up to date.
impl Directory {
    /// Reads everybody.
    pub(crate) async fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            known: RwLock::new(Arc::new(store.accounts().await?.into())),
            true_at: AtomicI64::new(now.millis()),
            reading: tokio::sync::Mutex::default(),
            used: Mutex::default(),
        })
    }

    /// Has what is in the store hold from now on. If that cannot be read, nobody is let in until it can.
    pub(super) async fn learn(&self, store: &Store, now: Timestamp) {
        if let Err(error) = self.look(store, now).await {
            tracing::warn!(%error, "who may ask is not known until the store can be read");
            self.true_at.store(0, Ordering::Release);
        }
    }

    /// Reads everybody again if anything has changed.
    pub(super) async fn look(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let _alone = self.reading.lock().await;
        if store.accounts_version().await? != self.now().version {
            let known = Arc::new(Known::from(store.accounts().await?));
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        }
        self.true_at.fetch_max(now.millis(), Ordering::AcqRel);
        Ok(())
    }

    /// Since when sessions are signed with the key of now, in epoch milliseconds.
    pub(super) fn key_since(&self) -> i64 {
        self.now().key_since
    }

    /// Writes down when tokens were used.
    pub(in crate::http) async fn write_down(&self, store: &Store) -> Result<(), StoreError> {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return Ok(());
        }
        let to_the_minute = |at: Timestamp| Timestamp::from_millis(at.millis() / MINUTE_MS * MINUTE_MS);
        let used: Vec<_> = used.into_iter().map(|(id, at)| (id, to_the_minute(at))).collect();
        store.tokens_used(used).await
    }
}

impl From<Accounts> for Known {
    fn from(all: Accounts) -> Self {
        let may = |account: &Account| May {
            user: account.user.clone(),
            version: account.token_version,
            role: account.user.role,
            reach: account.user.reach(),
        };
        let users = all.accounts.iter();
        let users: HashMap<_, _> = users
            .map(|account| (account.user.username.to_string(), Arc::new(may(account))))
            .collect();
        let by_token = |(token, hash): (ApiToken, String)| {
            let of = users.get(token.username.as_str())?;
            let may = May {
                user: of.user.clone(),
                version: of.version,
                role: token.role(&of.user),
                reach: token.reach(&of.user),
            };
            Some((hash, (Arc::new(token), Arc::new(may))))
        };
        let tokens = all.tokens.into_iter().filter_map(by_token).collect();
        Self {
            version: all.version,
            keys: Arc::new(all.session_keys.into()),
            key_since: all.session_key_since,
            users,
            tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apicall_core::model::TokenAccess;
    use std::collections::BTreeSet;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const TOKEN: &str = "apicall_7";

    type Change = fn(&mut Account, &mut ApiToken);

    /// A supervisor of 1 and 2 with an API token for 2, as a directory knows them.
    fn directory(change: impl Fn(&mut Account, &mut ApiToken)) -> Directory {
        let mut account = account();
        let mut token = ApiToken {
            id: 4.try_into().unwrap(),
            username: account.user.username.clone(),
            name: "reports".to_owned(),
            access: TokenAccess::Read,
            projects: Some(ids(&[2])),
            created_at: NOW,
            expires_at: Some(NOW.plus(Duration::from_secs(100))),
            last_used_at: None,
        };
        change(&mut account, &mut token);
        let accounts = Accounts {
            version: 1,
            accounts: vec![account],
            tokens: vec![(token, secret_token::hash_of(TOKEN).unwrap())],
            session_keys: vec!["k".to_owned()],
            session_key_since: 0,
        };
        Directory {
            known: RwLock::new(Arc::new(accounts.into())),
            true_at: AtomicI64::new(NOW.millis()),
            reading: tokio::sync::Mutex::default(),
            used: Mutex::default(),
        }
    }

    fn ids(ids: &[i64]) -> BTreeSet<apicall_core::model::ProjectId> {
        ids.iter().map(|id| (*id).try_into().unwrap()).collect()
    }

    fn account() -> Account {
        Account {
            user: User {
                username: "ana".parse().unwrap(),
                full_name: "Ana".to_owned(),
                role: Role::Supervisor,
                projects: ids(&[1, 2]),
                disabled: false,
                created_at: NOW,
            },
            password_hash: String::new(),
            token_version: 3,
        }
    }

    fn session(kind: Kind) -> String {
        let keys = vec!["k".to_owned()].into();
        let later = |seconds| NOW.plus(Duration::from_secs(seconds));
        let account = account();
        token::issue(
            &keys,
            &account.user,
            account.token_version,
            kind,
            later(5),
            later(8),
        )
    }

    fn refused(found: Result<Caller, Refusal>) -> Refusal {
        found.unwrap_err()
    }

    #[test]
    fn a_session_and_a_token_are_let_in_with_what_each_may() {
        let directory = directory(|_, _| {});
        let caller = directory.find(&session(Kind::Access), NOW).unwrap();
        assert_eq!(
            (caller.role(), caller.reach()),
            (Role::Supervisor, &Reach::Only(ids(&[1, 2])))
        );
        let caller = directory.find(TOKEN, NOW).unwrap();
        assert_eq!(
            (caller.role(), caller.reach()),
            (Role::Viewer, &Reach::Only(ids(&[2])))
        );
        assert_eq!(caller.via(), "token reports");
        assert_eq!(directory.used.lock().unwrap().len(), 1);
    }

    #[test]
    fn nobody_else_is() {
        let good = session(Kind::Access);
        let at_first = directory(|_, _| {});
        assert_eq!(
            refused(at_first.find(&session(Kind::Refresh), NOW)),
            Refusal::Invalid
        );
        assert_eq!(refused(at_first.find("apicall_8", NOW)), Refusal::Invalid);
        assert!(at_first.session(&good, NOW).is_err());
        let of_the_user: [Change; 3] = [
            |account, _| account.user.disabled = true,
            |account, _| account.token_version += 1,
            |account, _| account.user.username = "eva".parse().unwrap(),
        ];
        for change in of_the_user {
            assert_eq!(refused(directory(change).find(&good, NOW)), Refusal::Invalid);
            assert!(directory(change).session(&session(Kind::Refresh), NOW).is_err());
        }
        let of_the_token: [Change; 3] = [
            |account, _| account.user.disabled = true,
            |account, _| account.user.username = "eva".parse().unwrap(),
            |_, token| token.expires_at = Some(NOW),
        ];
        for change in of_the_token {
            assert_eq!(refused(directory(change).find(TOKEN, NOW)), Refusal::Invalid);
        }
    }

    #[test]
    fn a_long_answer_goes_on_to_the_end_of_its_session() {
        let directory = directory(|_, _| {});
        let caller = directory.find(&session(Kind::Access), NOW).unwrap();
        let after = |seconds| directory.again(&caller, NOW.plus(Duration::from_secs(seconds)));
        assert!(after(7).is_some());
        assert!(after(8).is_none());
    }

    #[test]
    fn nobody_is_let_in_by_what_may_not_be_true_any_more() {
        let directory = directory(|_, _| {});
        directory.find(TOKEN, NOW.plus(SURE / 2)).unwrap();
        assert_eq!(refused(directory.find(TOKEN, NOW.plus(SURE))), Refusal::Unsure);
        let caller = directory.find(TOKEN, NOW).unwrap();
        assert!(directory.again(&caller, NOW.plus(SURE)).is_none());
    }
}
