//! What drives a switch, by its kind.

use apicall_core::switch::asterisk::{self, AsteriskConfig};
use apicall_core::switch::freeswitch::{self, FreeSwitchConfig};
use apicall_core::switch::{Event, StartError, Switch};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// An adapter to be started.
#[derive(Debug)]
pub(crate) enum Adapter {
    Asterisk(AsteriskConfig),
    FreeSwitch(FreeSwitchConfig),
}

impl Adapter {
    /// Starts it; it runs until `shutdown`.
    pub(crate) async fn start(
        self,
        events: mpsc::UnboundedSender<Event>,
        shutdown: CancellationToken,
    ) -> Result<Switch, StartError> {
        match self {
            Self::Asterisk(config) => asterisk::start(config, events, shutdown).await,
            Self::FreeSwitch(config) => freeswitch::start(config, events, shutdown),
        }
    }
}
