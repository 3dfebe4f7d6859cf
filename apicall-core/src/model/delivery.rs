//! Who outside is told of calls and campaigns, and what was told: a project's webhooks and their deliveries.
//!
//! Deliberately absent: the webhooks that a flow asks during a call (`webhook`), and the secrets, which are the store's.

use super::text::{serde_as_text, text_enum};
use super::{CampaignState, DeliveryId, Invalid, ProjectId, Timestamp, WebhookId, url_origin};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

text_enum! {
    /// What a webhook can be told of.
    WebhookEvent as "webhook event" {
        /// A call was answered.
        CallAnswered = "call.answered",
        /// A call ended, with its outcome.
        CallEnded = "call.ended",
        /// A campaign began, or began again after its end.
        CampaignStarted = "campaign.started",
        /// A campaign was held.
        CampaignPaused = "campaign.paused",
        /// A campaign went on after a pause.
        CampaignResumed = "campaign.resumed",
        /// A campaign was ended by somebody or by its schedule.
        CampaignStopped = "campaign.stopped",
        /// Every contact of a campaign is done.
        CampaignFinished = "campaign.finished",
        /// Somebody tries the webhook; no webhook asks for it, and each gets it.
        Test = "test",
    }
}

impl WebhookEvent {
    /// What it is to others that a campaign went from one state to another.
    pub const fn of_campaign(before: CampaignState, after: CampaignState) -> Option<Self> {
        match (before, after) {
            (CampaignState::Running, CampaignState::Running) | (_, CampaignState::Created) => None,
            (CampaignState::Paused, CampaignState::Running) => Some(Self::CampaignResumed),
            (_, CampaignState::Running) => Some(Self::CampaignStarted),
            (CampaignState::Paused, CampaignState::Paused)
            | (CampaignState::Stopped, CampaignState::Stopped)
            | (CampaignState::Finished, CampaignState::Finished) => None,
            (_, CampaignState::Paused) => Some(Self::CampaignPaused),
            (_, CampaignState::Stopped) => Some(Self::CampaignStopped),
            (_, CampaignState::Finished) => Some(Self::CampaignFinished),
        }
    }
}

/// The events that a webhook wants: at least one, each once, in the order of their table, and never a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<WebhookEvent>", into = "Vec<WebhookEvent>")]
pub struct WebhookEvents(Vec<WebhookEvent>);

impl WebhookEvents {
    /// Whether this is one of them.
    pub fn contains(&self, event: WebhookEvent) -> bool {
        self.0.contains(&event)
    }
}

impl TryFrom<Vec<WebhookEvent>> for WebhookEvents {
    type Error = Invalid;

    fn try_from(mut events: Vec<WebhookEvent>) -> Result<Self, Invalid> {
        let refused = |value: &str, remedy: &str| Invalid::new("choice of webhook events", value, remedy);
        if events.contains(&WebhookEvent::Test) {
            return Err(refused("test", "every webhook gets tests; leave it out"));
        }
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            return Err(refused("", "name at least one event"));
        }
        Ok(Self(events))
    }
}

impl From<WebhookEvents> for Vec<WebhookEvent> {
    fn from(events: WebhookEvents) -> Self {
        events.0
    }
}

/// The words between commas.
impl fmt::Display for WebhookEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|event| event.as_str()).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for WebhookEvents {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let events: Result<Vec<WebhookEvent>, _> = text.split(',').map(str::parse).collect();
        events?.try_into()
    }
}

/// Where a webhook leads: `http` or `https`, with a host, without a login or a fragment. Its `Debug` shows the origin only:
/// the rest may be somebody's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

/// Longest address.
const URL: usize = 2_000;

impl WebhookUrl {
    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebhookUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // A value that is refused may hold a secret as well.
        let refused = |remedy: &str| Err(Invalid::new("webhook address", url_origin(text), remedy));
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let Some(rest) = rest else {
            return Err(Invalid::new(
                "webhook address",
                "",
                "begin it with https:// or http://",
            ));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(Invalid::new(
                "webhook address",
                "",
                "leave user and password out; what is sent is signed",
            ));
        }
        if authority.is_empty() || authority.starts_with(':') {
            return refused("name a host");
        }
        if text.contains('#') {
            return refused("leave out the `#` and what follows; no server is sent it");
        }
        if text.len() > URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("use at most 2,000 printable ASCII characters, others percent-encoded");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({}/…)", url_origin(&self.0))
    }
}

serde_as_text!(WebhookUrl);

/// An address of a project that is told of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The project whose calls and campaigns it is told of.
    pub project: ProjectId,
    /// Where it is.
    pub url: WebhookUrl,
    /// Of what.
    pub events: WebhookEvents,
    /// Whether it is told. While it is not, nothing new is written for it, and what waits goes on waiting.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

text_enum! {
    /// Where a delivery stands.
    DeliveryState as "delivery state" {
        /// To be sent, or sent again.
        Waiting = "waiting",
        /// Taken: answered with a 2xx status.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

impl Delivery {
    /// For so long after its event, or after somebody had it sent once more, it is tried.
    pub const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
}

/// One event on its way to one webhook, as the log shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id, which is the same at every attempt.
    pub id: DeliveryId,
    /// To whom.
    pub webhook: WebhookId,
    /// What it tells.
    pub event: WebhookEvent,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts begun.
    pub attempts: u32,
    /// When the event was.
    pub created_at: Timestamp,
    /// When it is sent next, while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// When it is given up, while it waits.
    pub give_up_at: Option<Timestamp>,
    /// When the last attempt ended.
    pub attempted_at: Option<Timestamp>,
    /// The HTTP status that answered it.
    pub status: Option<u16>,
    /// What was wrong with it.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: Option<u64>,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_chosen_once_each_and_never_none() {
        let events: WebhookEvents = "campaign.finished,call.ended,call.ended".parse().unwrap();
        assert_eq!(events.to_string(), "call.ended,campaign.finished");
        assert!(events.contains(WebhookEvent::CallEnded) && !events.contains(WebhookEvent::CallAnswered));
        for (text, word) in [
            ("", "call.ended"),
            ("call.began", "call.ended"),
            ("call.ended,test", "leave it out"),
        ] {
            let refusal = text.parse::<WebhookEvents>().unwrap_err().to_string();
            assert!(refusal.contains(word), "{refusal}");
        }
        assert!(WebhookEvents::try_from(vec![]).is_err());
    }

    #[test]
    fn addresses_are_checked_and_a_refusal_tells_no_secret() {
        for fine in [
            "https://crm.example/hooks/S3CRET?x=1",
            "http://127.0.0.1:8080",
            "http://[::1]/a",
        ] {
            let url: WebhookUrl = fine.parse().unwrap();
            assert_eq!(url.to_string(), fine);
            assert!(!format!("{url:?}").contains("S3CRET"));
        }
        for (wrong, word) in [
            ("ftp://u:S3CRET@crm.example/", "https://"),
            ("crm.example/S3CRET", "https://"),
            ("https://u:S3CRET@crm.example/", "leave user and password out"),
            ("https:///S3CRET", "name a host"),
            ("https://:443/S3CRET", "name a host"),
            ("https://crm.example/S3CRET#there", "leave out the `#`"),
            ("https://crm.example/S3CRET/é", "percent-encoded"),
            ("https://crm.example/S3CRET\r\nx: y", "percent-encoded"),
        ] {
            let refusal = wrong.parse::<WebhookUrl>().unwrap_err().to_string();
            assert!(refusal.contains(word), "{wrong}: {refusal}");
            assert!(!refusal.contains("S3CRET"), "{refusal}");
        }
    }

    #[test]
    fn every_way_from_one_state_to_another_is_told_once_or_not_at_all() {
        use CampaignState::{Created, Finished, Paused, Running, Stopped};
        for (before, after, told) in [
            (Created, Running, Some(WebhookEvent::CampaignStarted)),
            (Stopped, Running, Some(WebhookEvent::CampaignStarted)),
            (Finished, Running, Some(WebhookEvent::CampaignStarted)),
            (Paused, Running, Some(WebhookEvent::CampaignResumed)),
            (Running, Paused, Some(WebhookEvent::CampaignPaused)),
            (Running, Stopped, Some(WebhookEvent::CampaignStopped)),
            (Paused, Stopped, Some(WebhookEvent::CampaignStopped)),
            (Running, Finished, Some(WebhookEvent::CampaignFinished)),
        ] {
            assert_eq!(
                WebhookEvent::of_campaign(before, after),
                told,
                "{before} to {after}"
            );
        }
        for state in CampaignState::ALL {
            assert_eq!(WebhookEvent::of_campaign(*state, *state), None, "{state}");
        }
    }
}
