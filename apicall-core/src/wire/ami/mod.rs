//! The Asterisk Manager Interface: blocks of `Header: value` lines, ended by an empty one.

mod action;
mod block;
mod decoder;
mod outgoing;
#[cfg(test)]
mod tests;
mod variables;

pub use action::Action;
pub use block::Block;
pub use decoder::{Decoder, Limits};
pub use outgoing::{Outgoing, banner};
pub use variables::variables;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The greeting, with the protocol's version.
    Banner(String),
    /// An answer to an action.
    Response(Block),
    /// An event, an entry of a list among them.
    Event(Block),
    /// An action, as a client sends it.
    Action(Block),
    /// A block that begins with something else.
    Other(Block),
}

impl From<Block> for Message {
    fn from(block: Block) -> Self {
        let first = block.headers().next().map_or("", |(name, _)| name);
        if first.eq_ignore_ascii_case("Event") {
            Self::Event(block)
        } else if first.eq_ignore_ascii_case("Response") {
            Self::Response(block)
        } else if first.eq_ignore_ascii_case("Action") {
            Self::Action(block)
        } else {
            Self::Other(block)
        }
    }
}
