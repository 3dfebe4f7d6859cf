//! NOUNS. Plain data that cannot hold an invalid value, and the text forms in which it crosses a wire.
//!
//! Every type is checked when it is built: a [`PhoneNumber`] is E.164, a [`Cps`] a rate that can be kept.
//! What cannot be built says why in an [`Invalid`]: what it was, the value, and the remedy.
//!
//! Deliberately absent: I/O, decisions, and anything that knows a PBX or a database.

mod account;
mod amd;
mod attempt;
mod audio;
mod call;
mod callee;
mod caller_id;
mod caller_ids;
mod campaign;
mod caps;
mod clock;
mod contact;
mod delivery;
mod digits;
mod dnc;
mod forecast;
mod hold;
mod hours;
mod ids;
mod invalid;
mod leg;
mod numbering;
mod obstacle;
mod outcome;
mod page;
mod phone;
mod project;
mod rate;
mod reactions;
mod retry;
mod rules;
mod secrets;
mod sound;
pub(crate) mod text;
mod timeline;
mod trace;
mod trunk;
mod variables;
mod webhook;

pub use account::{AccountEntry, Actor, ApiToken, Reach, Role, TokenAccess, User, Username};
pub use amd::{AmdKey, AmdSettings, AmdVerdict, Contradiction, GreetingEnd};
pub use attempt::{Attempt, Standing};
pub use audio::{Audio, AudioFile, AudioForm, AudioName, AudioPlace, AudioWarning, UploadedAudio};
pub use call::{Call, CallState, Origin, TransferReport, TransferStatus};
pub use callee::{Act, CALLEE_VARIABLE, Callee, Deed, Greeting, Response, TRANSFER_CALLEE_VARIABLE};
pub use caller_id::{CallerId, CallerIdFormat};
pub use caller_ids::{
    CalendarDay, CallerIdChoice, CallerIdFacts, CallerIdPolicy, CallerIds, ChosenBy, RestRule, WhenNone,
};
pub use campaign::{Campaign, CampaignState};
pub use caps::{CallCap, CapPolicy, Counts, NumberCap, NumberCaps, PastCall};
pub use clock::{Clock, Timestamp};
pub use contact::{Contact, ContactState};
pub use delivery::{Delivery, DeliveryState, Webhook, WebhookEvent, WebhookEvents, WebhookUrl};
pub use digits::{Digit, DigitSet, Digits};
pub use dnc::{DncEntry, DncOrigin, Listing};
pub use forecast::{Brake, CalleeModel, Ending, Forecast};
pub use hold::{Hold, Waits};
pub use hours::{CallingHours, Holiday, HoursZone, Window};
pub use ids::{
    ApiTokenId, AudioId, CallId, CampaignId, ContactId, DeliveryId, ProjectId, TrunkId, WebhookId,
};
pub use invalid::Invalid;
pub use leg::{LegCommand, LegReply, Recording, TransferTarget};
pub use numbering::normalise;
pub use obstacle::{Obstacle, ObstacleKind, Preflight, Severity};
pub use outcome::{AnsweredBy, Cause, FlowResult, Outcome};
pub use page::Page;
pub use phone::{Country, PhoneNumber};
pub use project::{Project, ProjectFlow, SimpleFlow};
pub use rate::{Channels, Cps, Limits};
pub use reactions::Reactions;
pub use retry::{RetryKey, RetryPolicy};
pub use rules::{Rules, RulesChange, Scope};
pub use secrets::{HIDDEN, WithoutSecrets};
pub use sound::SoundName;
pub use timeline::{Moment, TimelineEvent, so_far};
pub use trace::{CallRule, Judged, RuleVerdict, Trace};
pub use trunk::{ProjectTrunk, ProjectTrunks, SwitchName, Trunk, TrunkName};
pub use variables::Variables;
pub use webhook::{WebhookMethod, WebhookReply, WebhookRequest, url_origin};
