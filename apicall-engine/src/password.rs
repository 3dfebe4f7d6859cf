//! Passwords: argon2id hashes, never more than a few at once, off the async threads.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use rand::distr::{Alphanumeric, SampleString};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Each takes some 20 MB and 20 ms.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// The hash of nobody's password: an unknown user costs as much time as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody").unwrap_or_default());

/// Shortest password taken.
const SHORTEST: usize = 8;

/// Refuses a password that is too short.
pub(crate) fn check(password: &str) -> anyhow::Result<()> {
    let length = password.chars().count();
    anyhow::ensure!(
        length >= SHORTEST,
        "the password has {length} characters; use at least {SHORTEST}"
    );
    Ok(())
}

/// A hash to be kept.
pub(crate) async fn hash(password: String) -> anyhow::Result<String> {
    let _turn = AT_ONCE.acquire().await?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await?
}

/// Whether a password is the one of a hash; with no hash, takes as long and says no.
pub(crate) async fn verify(password: String, hash: Option<String>) -> anyhow::Result<bool> {
    let _turn = AT_ONCE.acquire().await?;
    let known = hash.is_some();
    let verified = tokio::task::spawn_blocking(move || {
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash).ok();
        parsed.is_some_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        })
    });
    Ok(verified.await? && known)
}

/// A random password for people to type.
pub(crate) fn draw() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 20)
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash
        .map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?
        .to_string())
}
