//! The hold on one answered channel.

use crate::model::{LegCommand, LegReply, TrunkName};
use std::pin::Pin;

/// What [`Leg::execute`] returns.
pub type LegFuture<'a> = Pin<Box<dyn Future<Output = LegReply> + Send + 'a>>;

/// What [`Leg::gone`] returns.
pub type GoneFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// How calls leave a switch: through a trunk, with digits put in front of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOut {
    /// The trunk, by the name the switch knows.
    pub trunk: TrunkName,
    /// Digits put in front of the number.
    pub prefix: String,
}

/// An answered channel, driven one command at a time. Dropping it lets go of the channel: a call of ours is hung up,
/// a visitor goes on in its dialplan.
pub trait Leg: Send + std::fmt::Debug {
    /// Says how transfers to a number leave. Without it such a transfer is answered with [`LegReply::Failed`].
    fn leave_by(&mut self, way: WayOut);

    /// Does one thing and says what came of it. Every command has a deadline of its own: it always returns, with
    /// [`LegReply::Gone`] once the channel is, and from then on.
    fn execute(&mut self, command: LegCommand) -> LegFuture<'_>;

    /// Waits until the channel is gone, while no command is under way. May be dropped at any time; nothing is lost then.
    fn gone(&mut self) -> GoneFuture<'_>;

    /// Whether the switch itself has said, on the leg, that the channel is gone; a connection that broke says nothing.
    fn saw_end(&self) -> bool {
        false
    }
}
