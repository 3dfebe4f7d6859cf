//! Events as JSON: an object of strings, and of arrays of strings for values that are several.

use super::event::{ARRAY, BETWEEN, Event, LENGTH};
use super::headers::{Headers, Wrong};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The member that carries the body.
const BODY: &str = "_body";

pub(super) fn decode(bytes: &[u8], most: usize) -> Result<Event, Wrong> {
    // What is no UTF-8 spoils a value, not the event.
    let text = String::from_utf8_lossy(bytes);
    let mut members = Members {
        headers: Headers::new(),
        body: String::new(),
        most,
        wrong: None,
    };
    let mut parser = serde_json::Deserializer::from_str(&text);
    let read = members.deserialize(&mut parser).and_then(|()| parser.end());
    if let Err(error) = read {
        let place = if error.line() == 1 {
            error.column().saturating_sub(1)
        } else {
            0
        };
        let reason = members.wrong.unwrap_or("not a JSON object of strings");
        return Err((place.min(bytes.len()), reason));
    }
    if !members.body.is_empty() {
        members.headers.remove_last(LENGTH);
    }
    Ok(Event::of(members.headers, &members.body))
}

pub(super) fn encode(event: &Event) -> String {
    let mut text = String::from("{");
    let mut member = |name: &str, value: &str| {
        if text.len() > 1 {
            text.push(',');
        }
        quote(name, &mut text);
        text.push(':');
        match value.strip_prefix(ARRAY) {
            None => quote(value, &mut text),
            Some(values) => {
                for (place, value) in values.split(BETWEEN).enumerate() {
                    text.push(if place == 0 { '[' } else { ',' });
                    quote(value, &mut text);
                }
                text.push(']');
            }
        }
    };
    for (name, value) in event.headers().iter() {
        member(name, value);
    }
    if let Some(body) = event.body() {
        member(LENGTH, &body.len().to_string());
        text.push(',');
        quote(BODY, &mut text);
        text.push(':');
        quote(body, &mut text);
    }
    text.push('}');
    text
}

fn quote(value: &str, into: &mut String) {
    into.push_str(&serde_json::to_string(value).expect("a string can be written as JSON"));
}

/// Takes an object's members as they come, repeated ones included.
struct Members {
    headers: Headers,
    body: String,
    most: usize,
    wrong: Option<&'static str>,
}

impl<'de> DeserializeSeed<'de> for &mut Members {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Members {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((Text(name), Text(value))) = map.next_entry()? {
            if name == BODY {
                self.body = value.into_owned();
                continue;
            }
            let wrong = if name.is_empty() || name.contains([':', '\n']) {
                Some("not the name of a header")
            } else {
                (self.headers.len() == self.most).then_some("too many lines")
            };
            if let Some(wrong) = wrong {
                self.wrong = Some(wrong);
                return Err(A::Error::custom(wrong));
            }
            self.headers.push(&name, &value);
        }
        Ok(())
    }
}

/// A string, or several in the form of a plain event.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Text<'de>, A::Error> {
        let mut joined = String::from(ARRAY);
        let mut between = "";
        while let Some(Text(value)) = values.next_element()? {
            joined.push_str(between);
            joined.push_str(&value);
            between = BETWEEN;
        }
        Ok(Text(Cow::Owned(joined)))
    }
}
