//! FreeSWITCH's event socket: frames of a head and, when its `Content-Length` says so, a body.
//!
//! FreeSWITCH sends [`Message`]s, which a [`Decoder`] reads; clients send [`Command`]s, which a [`RequestDecoder`]
//! reads as [`Request`]s. Facts come from recordings of FreeSWITCH 1.10.12, in `tests/transcripts`.

mod command;
mod decoder;
mod dial;
mod event;
mod frames;
mod headers;
mod json;
mod percent;
mod request;
#[cfg(test)]
mod tests;
mod xml;

pub use command::Command;
pub use decoder::Decoder;
pub use dial::Dial;
pub use event::{Event, Format};
pub use headers::Headers;
pub use request::{Request, RequestDecoder};

use crate::wire::line::InvalidValue;
use headers::Values;
use std::time::Duration;

/// What a decoder accepts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest head, its empty line included. Never more than 512 MiB, and so for bodies.
    pub head_bytes: usize,
    /// Longest body.
    pub body_bytes: usize,
    /// Most lines of a head or an event.
    pub lines: usize,
}

impl Default for Limits {
    /// Far beyond what FreeSWITCH sends: lists of channels are its longest bodies.
    fn default() -> Self {
        Self {
            head_bytes: 1024 * 1024,
            body_bytes: 64 * 1024 * 1024,
            lines: 10_000,
        }
    }
}

/// What FreeSWITCH sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// It wants to know who we are.
    AuthRequest,
    /// An answer to a command. That to `connect` is all the channel's data, with its values decoded.
    Reply(Frame),
    /// What an `api` command printed.
    Response(String),
    /// An event.
    Event(Event),
    /// A line of its log.
    Log(Frame),
    /// The connection, or with [`Frame::lingers`] only the channel, is about to end.
    Disconnect(Frame),
    /// It does not talk to our address.
    Rejected(String),
    /// Anything else with a `Content-Type`.
    Other(Frame),
}

/// A head and its body, which may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// The head's lines.
    pub headers: Headers,
    /// The body.
    pub body: String,
}

impl Frame {
    /// What a reply says: `+OK …`, `-ERR …`, or just a value. FreeSWITCH cuts it at 511 bytes.
    pub fn text(&self) -> &str {
        self.headers.find("Reply-Text").unwrap_or_default().trim_end()
    }

    /// For how long the connection stays after its channel went, when a disconnect notice says that it does.
    pub fn lingers(&self) -> Option<Duration> {
        let lingers = self.headers.find("Content-Disposition") == Some("linger");
        let seconds = self
            .headers
            .find("Linger-Time")
            .and_then(|seconds| seconds.parse().ok());
        lingers.then(|| Duration::from_secs(seconds.unwrap_or(0)))
    }
}

impl Message {
    /// A reply that says this.
    pub fn reply(text: &str) -> Result<Self, InvalidValue> {
        let headers = Headers::new()
            .with("Content-Type", "command/reply")?
            .with("Reply-Text", text)?;
        let body = String::new();
        Ok(Self::Reply(Frame { headers, body }))
    }

    /// Its bytes. Events are written in this form.
    pub fn encode(&self, events: Format) -> Vec<u8> {
        let text = match self {
            Self::AuthRequest => "Content-Type: auth/request\n\n".to_owned(),
            Self::Response(text) => with_length("Content-Type: api/response\n", text),
            Self::Rejected(text) => with_length("Content-Type: text/rude-rejection\n", text),
            Self::Event(event) => {
                let (body, kind) = (event.encode(events), events.word());
                format!(
                    "Content-Length: {}\nContent-Type: text/event-{kind}\n\n{body}",
                    body.len()
                )
            }
            Self::Reply(frame) | Self::Log(frame) | Self::Disconnect(frame) | Self::Other(frame) => {
                let is_connect = frame.headers.find("Event-Name").is_some();
                let values = if is_connect { Values::Encoded } else { Values::Raw };
                let mut text = String::new();
                frame.headers.encode(values, &mut text);
                text + "\n" + &frame.body
            }
        };
        text.into_bytes()
    }
}

/// Whether a reply or an output says that nothing was done. What was done need not say `+OK`.
pub fn is_refusal(text: &str) -> bool {
    text.starts_with("-ERR") || text.starts_with("-USAGE")
}

fn with_length(head: &str, body: &str) -> String {
    format!("{head}Content-Length: {}\n\n{body}", body.len())
}
