//! Keeps the directory up to date, writes down when tokens were used, and gives sessions a new key now and then.

use super::directory::Directory;
use super::secret_token::draw_key;
use apicall_core::model::{Clock, Timestamp};
use apicall_core::store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// When tokens were used is written down once in so many looks.
const WRITE_DOWN: u32 = 60;
/// A key of this age signs nothing any more, if no session lasts longer.
const KEY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Works until `stop`. Sessions last that long.
pub(crate) async fn keep(
    directory: Arc<Directory>,
    store: Store,
    clock: Clock,
    session: Duration,
    stop: CancellationToken,
) {
    let mut looks = 0_u32;
    while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        // That the store is away is told by the store; who asks meanwhile is told by the directory.
        let _ = directory.look(&store, clock.now()).await;
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(WRITE_DOWN) {
            let _ = directory.write_down(&store).await;
            if let Err(error) = rotate(&directory, &store, session, clock.now()).await {
                tracing::debug!(%error, "sessions get a new key later");
            }
        }
    }
    // The last of it; a minute of a token's use is no loss.
    let _ = directory.write_down(&store).await;
}

/// A new key when the one there is is old; several engines at once make one.
async fn rotate(
    directory: &Directory,
    store: &Store,
    session: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Whatever was signed by the key before this one is over by then.
    let old = now.minus(KEY.max(session));
    if directory.key_since() > old.millis() {
        return Ok(());
    }
    if store.rotate_session_key(draw_key(), now, old, false).await? {
        tracing::info!("sessions have a new key; those that there are go on");
    }
    directory.look(store, now).await
}
