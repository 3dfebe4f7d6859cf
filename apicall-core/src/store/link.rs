//! The writer's connection: made again when it is lost, and never used without the right to write.

use super::StoreError;
use super::db::{Connection, Location, sql};
use super::tenure::{HEARTBEAT, Tenure};
use std::time::Duration;

/// A transaction that takes a server longer than this is given up with its connection. A file answers when it can.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connection.
#[derive(Debug)]
pub(super) struct Link {
    location: Location,
    connection: Option<Connection>,
    /// An engine's, on a database that others reach too.
    tenure: Option<Tenure>,
}

/// How an attempt to write ended, when not well.
#[derive(Debug)]
pub(super) enum Lost {
    /// Nothing was written.
    Not(StoreError),
    /// The connection was lost when all was done: it was written, or not.
    Unsure(StoreError),
}

impl From<StoreError> for Lost {
    fn from(error: StoreError) -> Self {
        Self::Not(error)
    }
}

impl Link {
    pub(super) const fn new(location: Location, connection: Connection, tenure: Option<Tenure>) -> Self {
        Self {
            location,
            connection: Some(connection),
            tenure,
        }
    }

    /// How often something must be written, if need be nothing but that.
    pub(super) fn heartbeat(&self) -> Option<Duration> {
        self.tenure.as_ref().map(|_| HEARTBEAT)
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.connect().await?);
        }
        let connection = self.connection.as_mut().expect("it was just made");
        sql(connection.dialect().begin).run(connection).await?;
        if let Some(tenure) = &mut self.tenure {
            tenure.renew(connection).await?;
        }
        Ok(connection)
    }

    async fn connect(&mut self) -> Result<Connection, StoreError> {
        let mut connection = self.location.connect().await?;
        if self.tenure.is_some() {
            Tenure::guard(&mut connection).await?;
        }
        Ok(connection)
    }

    /// Ends it.
    pub(super) async fn commit(&mut self) -> Result<(), Lost> {
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Away("the connection is lost".to_owned()).into());
        };
        let committed = bounded(self.location.file().is_none(), sql("COMMIT").run(connection)).await;
        match committed {
            Ok(_) => Ok(()),
            Err(error @ StoreError::Away(_)) if self.tenure.is_some() => Err(Lost::Unsure(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Undoes it. A connection that does not answer is given up: the server undoes it then.
    pub(super) async fn roll_back(&mut self, because: &StoreError) {
        let remote = self.is_remote();
        if remote && matches!(because, StoreError::Away(_)) {
            self.connection = None;
        }
        if let Some(connection) = &mut self.connection {
            // A full disk may have rolled back already; then this fails, and nothing is lost by it.
            let undone = bounded(remote, sql("ROLLBACK").run(connection)).await;
            if remote && undone.is_err() {
                self.connection = None;
            }
        }
    }

    /// Whether the transaction that was begun last was written after all.
    pub(super) async fn was_written(&mut self) -> Result<bool, StoreError> {
        if self.tenure.is_none() {
            return Ok(false);
        }
        let mut connection = self.connect().await?;
        let Some(tenure) = &self.tenure else {
            return Ok(false);
        };
        let written = bounded(true, tenure.was_written(&mut connection)).await?;
        self.connection = Some(connection);
        Ok(written)
    }

    /// Whether it leads to a server, which may not answer.
    pub(super) fn is_remote(&self) -> bool {
        self.location.file().is_none()
    }

    pub(super) async fn close(self) {
        let Some(mut connection) = self.connection else {
            return;
        };
        if let Some(tenure) = &self.tenure {
            // Without it the next start waits for the lease to end.
            let _ = bounded(true, tenure.leave(&mut connection)).await;
        }
        connection.close().await;
    }
}

/// Work on a connection; a remote one may not answer.
pub(super) async fn bounded<T>(
    remote: bool,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    if !remote {
        return work.await;
    }
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::Away(format!(
            "no answer within {} s",
            PATIENCE.as_secs()
        ))),
    }
}
