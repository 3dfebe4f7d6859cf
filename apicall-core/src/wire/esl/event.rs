//! Events, in the three forms that FreeSWITCH writes them in.

use super::headers::{Headers, Values, Wrong, check_name};
use super::{json, xml};
use crate::wire::line::InvalidValue;

/// How an event's bytes look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lines with percent-encoded values. The cheapest to read.
    Plain,
    /// An object of strings.
    Json,
    /// A document with percent-encoded values.
    Xml,
}

impl Format {
    /// Its word in commands and content types.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }
}

/// The header that says how long a body is; FreeSWITCH writes it behind all others.
pub(super) const LENGTH: &str = "Content-Length";
/// What a value begins with that is several, and what stands between them.
pub(super) const ARRAY: &str = "ARRAY::";
pub(super) const BETWEEN: &str = "|:";

/// Something that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    headers: Headers,
    body: Option<String>,
}

impl Event {
    /// An event of that name.
    pub fn new(name: &str) -> Result<Self, InvalidValue> {
        Self::default().with("Event-Name", name)
    }

    /// Adds a header. Any value can be written, line ends included.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, InvalidValue> {
        self.headers.push(check_name(name)?, value);
        Ok(self)
    }

    /// Adds a body; an empty one is none.
    pub fn with_body(self, body: &str) -> Self {
        Self::of(self.headers, body)
    }

    pub(super) fn of(headers: Headers, body: &str) -> Self {
        let body = (!body.is_empty()).then(|| body.to_owned());
        Self { headers, body }
    }

    /// What kind of event: `CHANNEL_ANSWER`.
    pub fn name(&self) -> &str {
        self.find("Event-Name").unwrap_or_default()
    }

    /// The first header of that name, in any case.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.headers.find(name)
    }

    /// A channel variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let named = |header: &str| {
            header
                .split_at_checked("variable_".len())
                .is_some_and(|(prefix, rest)| {
                    prefix.eq_ignore_ascii_case("variable_") && rest.eq_ignore_ascii_case(name)
                })
        };
        self.headers
            .iter()
            .find(|(header, _)| named(header))
            .map(|(_, value)| value)
    }

    /// The values of a header that may have several.
    pub fn array(&self, name: &str) -> impl Iterator<Item = &str> {
        let value = self.find(name);
        value
            .into_iter()
            .flat_map(|value| value.strip_prefix(ARRAY).unwrap_or(value).split(BETWEEN))
    }

    /// All headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// What came behind the headers: a job's output.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// Its bytes, without a head around them.
    pub fn encode(&self, format: Format) -> String {
        match format {
            Format::Plain => self.encode_plain(),
            Format::Json => json::encode(self),
            Format::Xml => xml::encode(self),
        }
    }

    pub(super) fn decode(bytes: &[u8], format: Format, most: usize) -> Result<Self, Wrong> {
        match format {
            Format::Plain => decode_plain(bytes, most),
            Format::Json => json::decode(bytes, most),
            Format::Xml => xml::decode(bytes, most),
        }
    }

    fn encode_plain(&self) -> String {
        let mut text = String::new();
        self.headers.encode(Values::Encoded, &mut text);
        match &self.body {
            Some(body) => text.push_str(&format!("{LENGTH}: {}\n\n{body}", body.len())),
            None => text.push('\n'),
        }
        text
    }
}

fn decode_plain(bytes: &[u8], most: usize) -> Result<Event, Wrong> {
    let (mut headers, end) = Headers::decode(bytes, Values::Encoded, most)?;
    let body = match end {
        Some(end) => &bytes[end..],
        None => return Err((bytes.len(), "an event without an empty line")),
    };
    if !body.is_empty() {
        let said = headers.remove_last(LENGTH);
        if said.is_some_and(|said| said.parse() != Ok(body.len())) {
            let reason = "the event's Content-Length is not the length of its body";
            return Err((bytes.len() - body.len(), reason));
        }
    }
    Ok(Event::of(headers, &String::from_utf8_lossy(body)))
}
