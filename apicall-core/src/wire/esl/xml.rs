//! Events as XML, in the very form that FreeSWITCH writes: `<event>`, its `<headers>`, and perhaps a `<body>`.
//!
//! Not a parser of XML: no attributes, comments or declarations. Values are percent-encoded within their elements.

use super::event::{Event, LENGTH};
use super::headers::{Headers, Wrong};
use super::percent;
use std::borrow::Cow;

/// Characters that are written as entities.
const ENTITIES: [(&str, char); 5] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&apos;", '\''),
];

pub(super) fn decode(bytes: &[u8], most: usize) -> Result<Event, Wrong> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader { text: &text, at: 0 };
    let event = reader.event(most);
    event.map_err(|reason| (reader.at.min(bytes.len()), reason))
}

pub(super) fn encode(event: &Event) -> String {
    let mut text = String::from("<event>\n  <headers>\n");
    let mut value_text = String::new();
    for (name, value) in event.headers().iter() {
        value_text.clear();
        percent::encode(value, &mut value_text);
        text.push_str(&format!("    <{name}>{value_text}</{name}>\n"));
    }
    text.push_str("  </headers>\n");
    if let Some(body) = event.body() {
        let escaped = body
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        // A closing tag on a line of its own is indented; the length tells that from the body.
        let indent = if body.ends_with('\n') { "  " } else { "" };
        let length = body.len();
        text.push_str(&format!(
            "  <{LENGTH}>{length}</{LENGTH}>\n  <body>{escaped}{indent}</body>\n"
        ));
    }
    text.push_str("</event>\n");
    text
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn event(&mut self, most: usize) -> Result<Event, &'static str> {
        self.blank();
        self.expect("<event>")?;
        self.blank();
        let headers = self.headers(most)?;
        self.blank();
        let mut body = String::new();
        if !self.rest().starts_with("</event>") {
            body = self.body()?;
            self.blank();
        }
        self.expect("</event>")?;
        self.blank();
        if self.rest().is_empty() {
            Ok(Event::of(headers, &body))
        } else {
            Err("something behind the event")
        }
    }

    fn headers(&mut self, most: usize) -> Result<Headers, &'static str> {
        let mut headers = Headers::new();
        if self.take("<headers/>") {
            return Ok(headers);
        }
        self.expect("<headers>")?;
        self.blank();
        while !self.take("</headers>") {
            if headers.len() == most {
                return Err("too many lines");
            }
            let (name, value) = self.element()?;
            let mut value = unescape(value).into_owned().into_bytes();
            let length = percent::decode(&mut value);
            headers.push(name, &String::from_utf8_lossy(&value[..length]));
            self.blank();
        }
        Ok(headers)
    }

    fn body(&mut self) -> Result<String, &'static str> {
        let mut length = None;
        if self.rest().starts_with("<Content-Length>") {
            let (_, said) = self.element()?;
            length = Some(
                said.trim()
                    .parse::<usize>()
                    .map_err(|_| "the Content-Length is no number")?,
            );
            self.blank();
        }
        let at = self.at;
        let ("body", body) = self.element()? else {
            self.at = at;
            return Err("an element that is not the body");
        };
        let mut body = unescape(body).into_owned();
        if let Some(length) = length {
            // The indentation of the closing tag is no part of it.
            let indent = body
                .get(length..)
                .is_some_and(|rest| rest.trim_matches(' ').is_empty());
            if !indent {
                self.at = at;
                return Err("the event's Content-Length is not the length of its body");
            }
            body.truncate(length);
        }
        Ok(body)
    }

    /// An element with text in it.
    fn element(&mut self) -> Result<(&'a str, &'a str), &'static str> {
        const WRONG: &str = "not an element with a text";
        let open = self.rest().strip_prefix('<').ok_or(WRONG)?;
        let (name, rest) = open.split_once('>').ok_or(WRONG)?;
        if let Some(name) = name.strip_suffix('/').filter(|name| is_name(name)) {
            self.at = self.text.len() - rest.len();
            return Ok((name, ""));
        }
        let (value, rest) = rest.split_once('<').ok_or(WRONG)?;
        let closed = rest.strip_prefix('/').and_then(|rest| rest.strip_prefix(name));
        let rest = closed
            .and_then(|rest| rest.strip_prefix('>'))
            .filter(|_| is_name(name))
            .ok_or(WRONG)?;
        self.at = self.text.len() - rest.len();
        Ok((name, value))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blank(&mut self) {
        let rest = self.rest().trim_start_matches([' ', '\n', '\r', '\t']);
        self.at = self.text.len() - rest.len();
    }

    fn take(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        self.at += if there { text.len() } else { 0 };
        there
    }

    fn expect(&mut self, text: &str) -> Result<(), &'static str> {
        if self.take(text) {
            Ok(())
        } else {
            Err("not an event as FreeSWITCH writes it")
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains([':', '\n', '<', '/', ' '])
}

fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let mut plain = text[..first].to_owned();
    let mut rest = &text[first..];
    while let Some(c) = rest.chars().next() {
        match ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)) {
            Some((entity, of)) => {
                plain.push(*of);
                rest = &rest[entity.len()..];
            }
            None => {
                plain.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    Cow::Owned(plain)
}
