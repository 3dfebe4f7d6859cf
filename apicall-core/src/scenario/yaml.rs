//! YAML as a tree in which every value knows its place.
//!
//! Scalars stay as they are written until somebody asks for a number or a word: to a telephone system `007` is not seven
//! and `+573001234567` no integer.
//!
//! Deliberately absent: anchors, aliases and tags, which the files read here have no use for.

use super::fault::{Fault, Place};
use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Map, Number, Value};

/// A file may be this long, in bytes.
const LONGEST: usize = 1024 * 1024;
/// Things may be in each other this deep.
const DEEPEST: usize = 32;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Content,
    /// Refused, and told so: whoever reads on does without it.
    pub(super) gone: bool,
}

/// A step on the way from a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Key(String),
    Item(usize),
}

/// What a value can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Text as written; `plain` when it has no quotes, and may be meant as something else than text.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in their order.
    Map(Vec<Entry>),
}

/// A key, its place, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Entry {
    /// The step from its mapping to its value.
    pub(super) fn part(&self) -> Part {
        Part::Key(self.key.clone())
    }
}

impl Node {
    /// Reads a file of one document.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > LONGEST {
            let start = Place { line: 1, column: 1 };
            return Err(Fault::new(
                start,
                "",
                format!("the file is longer than {LONGEST} bytes"),
            ));
        }
        let mut reader = Reader {
            parser: Parser::new_from_str(text),
        };
        reader.document()
    }

    /// Whether it is nothing: `~`, `null`, or not even that.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Content::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// What it is, in words.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            _ if self.is_null() => "nothing".to_owned(),
            Content::Scalar { text, .. } => format!("`{}`", text.chars().take(40).collect::<String>()),
            Content::List(items) if items.is_empty() => "an empty list".to_owned(),
            Content::Map(entries) if entries.is_empty() => "an empty mapping".to_owned(),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a mapping".to_owned(),
        }
    }

    /// Takes a key out of a mapping.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        let Content::Map(entries) = &mut self.value else {
            return None;
        };
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at))
    }

    /// The value of a key.
    pub(super) fn find(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The place of what a path such as `steps`, `menu`, `on`, `2` leads to, or of the last part of it that is there.
    pub(super) fn locate(&self, path: &[impl AsRef<str>]) -> Place {
        let mut place = self.place;
        let mut at = self;
        for part in path {
            let Some(entry) = at.find(part.as_ref()) else {
                break;
            };
            (place, at) = (entry.place, &entry.node);
        }
        place
    }

    /// What a path leads to.
    pub(super) fn at<'a>(&mut self, path: impl IntoIterator<Item = &'a Part>) -> Option<&mut Self> {
        path.into_iter()
            .try_fold(self, |at, part| match (part, &mut at.value) {
                (Part::Key(key), Content::Map(entries)) => {
                    let found = entries.iter_mut().find(|entry| entry.key == *key);
                    found.map(|entry| &mut entry.node)
                }
                (Part::Item(place), Content::List(items)) => items.get_mut(*place),
                _ => None,
            })
    }

    /// The values that it consists of.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match &self.value {
            Content::Scalar { .. } => Vec::new(),
            Content::List(items) => items.iter().collect(),
            Content::Map(entries) => entries.iter().map(|entry| &entry.node).collect(),
        }
    }

    /// Whether nothing of it was refused.
    pub(super) fn is_whole(&self) -> bool {
        !self.gone && self.parts().into_iter().all(Self::is_whole)
    }

    /// The same as JSON, by YAML's core schema.
    pub(super) fn to_json(&self) -> Value {
        match &self.value {
            _ if self.is_null() => Value::Null,
            Content::Scalar { text, plain: true } => plain(text),
            Content::Scalar { text, .. } => Value::String(text.clone()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.node.to_json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

/// A word without quotes: a truth value, a number, or text after all.
pub(super) fn plain(text: &str) -> Value {
    let whole = || {
        text.parse::<i64>()
            .ok()
            .filter(|_| !text.starts_with('+'))
            .map(Value::from)
    };
    let broken = || {
        let number: f64 = text.parse().ok().filter(|_| text.contains('.'))?;
        Number::from_f64(number).map(Value::Number)
    };
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if text.len() > 1 && text.starts_with('0') && !text.starts_with("0.") => Value::from(text),
        _ => whole().or_else(broken).unwrap_or_else(|| Value::from(text)),
    }
}

/// Makes nodes of the parser's events.
struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, Fault> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(Fault::new(
                        place(span.start),
                        "",
                        "a file has one document; remove the second",
                    ));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, span, DEEPEST)?),
            }
        }
        let start = Place { line: 1, column: 1 };
        root.ok_or_else(|| Fault::new(start, "", "the file is empty"))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(broken(&error)),
            None => Err(Fault::new(
                Place { line: 1, column: 1 },
                "",
                "the file ends in the middle",
            )),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Fault> {
        let place = place(span.start);
        if depth == 0 {
            let message = format!("more than {DEEPEST} things in each other");
            return Err(Fault::new(place, "", message));
        }
        let value = match event {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => {
                return Err(Fault::new(
                    place,
                    "",
                    "tags (`!word`) mean nothing here; quote the text or remove it",
                ));
            }
            Event::Alias(_) => {
                return Err(Fault::new(
                    place,
                    "",
                    "aliases (`*name`) are not read here; name a callee or use parameters",
                ));
            }
            Event::Scalar(_, _, 1.., _)
            | Event::SequenceStart(_, 1.., _)
            | Event::MappingStart(_, 1.., _) => {
                return Err(Fault::new(
                    place,
                    "",
                    "anchors (`&name`) are not read here; quote the text or remove it",
                ));
            }
            Event::Scalar(text, style, ..) => Content::Scalar {
                text: text.into_owned(),
                plain: style == ScalarStyle::Plain,
            },
            Event::SequenceStart(..) => Content::List(self.list(depth)?),
            Event::MappingStart(..) => Content::Map(self.map(depth)?),
            _ => return Err(Fault::new(place, "", "a value is missing here")),
        };
        Ok(Node {
            place,
            value,
            gone: false,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => {
                    let item = self.node(event, span, depth - 1);
                    items.push(item.map_err(|fault| fault.within(&format!("[{}]", items.len())))?);
                }
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (event, span) => self.node(event, span, depth - 1)?,
            };
            let Content::Scalar { text, .. } = key.value else {
                let message = "a key is a word; text that begins with `{` or `[` needs quotes";
                return Err(Fault::new(key.place, "", message));
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == text) {
                let message = format!("the key is there twice; first in line {}", first.place.line);
                return Err(Fault::new(key.place, text, message));
            }
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth - 1);
            let node = node.map_err(|fault| fault.within(&text))?;
            entries.push(Entry {
                key: text,
                place: key.place,
                node,
            });
        }
    }
}

/// The text of a file.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(bytes).map_err(|error| {
        let (before, strange) = bytes.split_at(error.valid_up_to());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
        let byte = strange.first().copied().unwrap_or_default();
        let message = format!("the byte {byte:#04x} is no UTF-8; save the file as UTF-8");
        Fault::new(Place { line, column }, "", message)
    })
}

fn broken(error: &ScanError) -> Fault {
    Fault::new(
        place(*error.marker()),
        "",
        format!("this is no YAML: {}", error.info()),
    )
}

fn place(marker: Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_stay_as_written_and_become_what_is_asked_for() {
        let node = Node::parse("a: 007\nb: +573001234567\nc: '1'\nd: 1.5\ne: true\nf: ~\ng: [-3, x]\nh: 1\n")
            .unwrap();
        let expected = json!({
            "a": "007", "b": "+573001234567", "c": "1", "d": 1.5, "e": true, "f": null, "g": [-3, "x"], "h": 1,
        });
        assert_eq!(node.to_json(), expected);
    }

    #[test]
    fn every_value_knows_its_place() {
        let node = Node::parse("# first\nsteps:\n  menu:\n    on: { 2: bye }\n").unwrap();
        assert_eq!(
            node.locate(&["steps", "menu", "on", "2"]),
            Place { line: 4, column: 11 }
        );
        assert_eq!(
            node.locate(&["steps", "menu", "any"]),
            Place { line: 3, column: 3 }
        );
        assert_eq!(node.locate(&["nothing"]), Place { line: 2, column: 1 });
    }

    #[test]
    fn a_file_in_another_encoding_is_refused_where_it_shows() {
        let latin = b"a: 1\nname: \xc3\xa9 adi\xf3s\n";
        let fault = utf8(latin).unwrap_err().to_string();
        assert_eq!(fault, "2:12: the byte 0xf3 is no UTF-8; save the file as UTF-8");
        assert_eq!(utf8("ó".as_bytes()).unwrap(), "ó");
    }

    #[test]
    fn what_is_not_read_is_refused_where_it_stands() {
        for (text, refusal) in [
            ("", "1:1: the file is empty"),
            ("a: 1\n---\nb: 2\n", "2:1: a file has one document"),
            ("a: &x 1\nb: *x\n", "1:7: a: anchors"),
            ("a: [1, &x [2]]\n", ": a[1]: anchors"),
            ("a: { b: 1 }\nb: *x\n", "this is no YAML"),
            ("a: !!str 1\n", ": a: tags (`!word`)"),
            ("a: 1\na: 2\n", "2:1: a: the key is there twice; first in line 1"),
            ("a: [1, { b: 1, b: 2 }]\n", "1:16: a[1].b: the key is there twice"),
            ("a: {{x}}\n", "1:5: a: a key is a word"),
            ("a: [1\nb: 2\n", "this is no YAML"),
        ] {
            let fault = Node::parse(text).unwrap_err().to_string();
            assert!(fault.contains(refusal), "{text:?}: {fault}");
        }
        let deep = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
        assert!(Node::parse(&deep).unwrap_err().message.contains("in each other"));
    }
}
