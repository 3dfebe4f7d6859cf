//! What may be asked of a campaign, and when: one table.

use crate::model::CampaignState;

/// What a campaign can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Begin, or begin again after a stop or with new contacts.
    Start,
    /// Dial nobody new; live calls go on.
    Pause,
    /// Go on after a pause.
    Resume,
    /// End; live calls go on, contacts not yet reached stay as they are.
    Stop,
}

impl Order {
    /// The state an order leads to, `None` when the campaign is in it already; the remedy when it makes no sense.
    pub(super) const fn apply(self, state: CampaignState) -> Result<Option<CampaignState>, &'static str> {
        use CampaignState::{Created, Finished, Paused, Running, Stopped};
        match (self, state) {
            (Self::Start | Self::Resume, Running) | (Self::Pause, Paused) | (Self::Stop, Stopped) => Ok(None),
            (Self::Start, _) | (Self::Resume, Paused) => Ok(Some(Running)),
            (Self::Pause, Running) => Ok(Some(Paused)),
            (Self::Stop, Running | Paused) => Ok(Some(Stopped)),
            (Self::Pause, Created | Stopped | Finished) => Err("only a running campaign can be paused"),
            (Self::Resume, Created | Stopped | Finished) => {
                Err("only a paused campaign can be resumed; start it instead")
            }
            (Self::Stop, Created | Finished) => Err("only a running or paused campaign can be stopped"),
        }
    }
}
