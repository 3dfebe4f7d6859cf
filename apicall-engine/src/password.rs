//! Passwords: argon2id hashes, never more than a few at once, off the async threads.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use rand::distr::{Alphanumeric, SampleString};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Each takes some 20 MB and 20 ms.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Those and the ones that wait for their turn.
static TAKEN: Semaphore = Semaphore::const_new(64);
/// The hash of nobody's password: an unknown user costs as much time as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody").unwrap_or_default());

/// Shortest password taken.
const SHORTEST: usize = 8;

/// Why a password was not taken, or not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("the password has {0} characters; use at least {SHORTEST}")]
    TooShort(usize),
    #[error("too many logins at once; try again in a moment")]
    Busy,
    #[error("a password cannot be hashed: {0}")]
    Failed(String),
}

/// Refuses a password that is too short.
pub(crate) fn check(password: &str) -> Result<(), PasswordError> {
    match password.chars().count() {
        length if length < SHORTEST => Err(PasswordError::TooShort(length)),
        _ => Ok(()),
    }
}

/// A hash to be kept.
pub(crate) async fn hash(password: String) -> Result<String, PasswordError> {
    in_turn(move || hash_now(&password)).await?
}

/// Whether a password is the one of a hash; with no hash, takes as long and says no.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    let known = hash.is_some();
    let matches = in_turn(move || {
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash);
        parsed.is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
    });
    Ok(matches.await? && known)
}

/// Makes ready what the first unknown user would wait for.
pub(crate) async fn prepare() -> Result<(), PasswordError> {
    in_turn(|| {
        LazyLock::force(&NOBODY);
    })
    .await
}

/// A random password for people to type.
pub(crate) fn draw() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 20)
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let place = TAKEN.try_acquire().map_err(|_| PasswordError::Busy)?;
    let turn = AT_ONCE.acquire().await.map_err(failed)?;
    // The work goes on when nobody waits for it any more, and keeps its turn.
    let work = move || {
        let _until_done = (place, turn);
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(failed)?.to_string())
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}
