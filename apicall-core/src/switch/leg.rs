//! The hold on one answered channel.

use crate::model::{LegCommand, LegReply};
use std::pin::Pin;

/// What [`Leg::execute`] returns.
pub type LegFuture<'a> = Pin<Box<dyn Future<Output = LegReply> + Send + 'a>>;

/// An answered channel, driven one command at a time. Dropping it lets go of the channel: a call of ours is hung up,
/// a visitor goes on in its dialplan.
pub trait Leg: Send + std::fmt::Debug {
    /// Does one thing and says what came of it. Every command has a deadline of its own: it always returns, with
    /// [`LegReply::Gone`] once the channel is, and from then on.
    fn execute(&mut self, command: LegCommand) -> LegFuture<'_>;
}
