//! `webhook …`

use apicall_core::model::{DeliveryId, DeliveryState, WebhookEvents, WebhookId, WebhookUrl};
use apicall_core::scenario::ProjectRef;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Make one; its secret is shown this once
    Add {
        /// The project whose events it is told of, by its id or name
        #[arg(long)]
        project: ProjectRef,
        /// Where it is: http:// or https://
        #[arg(long)]
        url: WebhookUrl,
        /// Of what, between commas: call.answered, call.ended, campaign.started, campaign.paused, campaign.resumed,
        /// campaign.stopped, campaign.finished
        #[arg(long)]
        events: WebhookEvents,
    },
    /// All of them
    List {
        /// Of this project, by its id or name
        #[arg(long)]
        project: Option<ProjectRef>,
    },
    /// Change one; what is not named stays
    Set {
        /// Which
        id: WebhookId,
        /// Where it is
        #[arg(long)]
        url: Option<WebhookUrl>,
        /// Of what, between commas
        #[arg(long)]
        events: Option<WebhookEvents>,
        /// Whether it is told
        #[arg(long)]
        active: Option<bool>,
        /// Give it a new secret, which is shown this once
        #[arg(long)]
        new_secret: bool,
    },
    /// Remove one with its log, and what it was still to be told
    Delete {
        /// Which
        id: WebhookId,
    },
    /// Send it a test and wait for the answer; exit 1 when it is not taken
    Test {
        /// Which
        id: WebhookId,
    },
    /// What it was told and how that went, newest first
    Deliveries {
        /// Whose
        id: WebhookId,
        /// In this state: waiting, delivered or failed
        #[arg(long)]
        state: Option<DeliveryState>,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Send a delivery once more, at once
    Redeliver {
        /// Which
        delivery: DeliveryId,
    },
}
