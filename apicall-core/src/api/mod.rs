//! WIRE TYPES of the HTTP API, shared by engine and CLI. No logic.
//!
//! Where a resource is one of our nouns it crosses the wire as that noun ([`Project`](crate::model::Project),
//! [`Call`](crate::model::Call) …); the types here are the rest: what is sent to make or change one, what is
//! reported, and how an error looks. `docs/http.md` lists the routes.

mod account;
mod audio;
mod call;
mod caller_id;
mod campaign;
mod detection;
mod dnc;
mod import;
mod patch;
mod problem;
mod project;
mod session;
mod simulate;
mod stats;
mod trunk;
mod webhook;
mod why;

pub use account::{
    AccountLogFilter, ApiTokenTold, NewApiToken, NewPassword, NewUser, TokenFilter, UserPatch,
};
pub use audio::{AudioFilter, AudioSound, AudioUpload, DeclareSounds};
pub use call::{CallDetail, CallFilter, PlaceCall};
pub use caller_id::CallerIdUse;
pub use campaign::{CampaignFilter, CampaignPatch, CampaignStats, ContactFilter, NewCampaign};
pub use detection::DetectionStats;
pub use dnc::{DncFilter, DncImportQuery, DncReport, NewDncEntry};
pub use import::{ImportQuery, ImportReport, RejectedRow};
pub use problem::Problem;
pub use project::{NewProject, ProjectPatch};
pub use session::{LoggedIn, Login, Refresh, UserInfo};
pub use simulate::SimulateCampaign;
pub use stats::{
    CampaignProgress, EngineHealth, LevelLoad, LiveStats, PartHealth, StatsQuery, SwitchInfo, SwitchSlowed,
    SwitchState,
};
pub use trunk::{NewTrunk, TrunkBreaker, TrunkPatch};
pub use webhook::{DeliveryDetail, DeliveryFilter, NewWebhook, WebhookFilter, WebhookPatch, WebhookTold};
pub use why::{WhyQuery, WhyReport};
