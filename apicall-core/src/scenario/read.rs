//! Typed values out of a tree, by serde. A refusal names the place, the key, and what was expected there.

use super::fault::{Fault, Faults, Place, meant};
use super::yaml::{Content, Entry, Node, Part, plain, utf8};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_json::Value;
use std::fmt;

/// Reads any file of ours that is YAML; a refusal says where, what, and what was expected there, of all that is wrong.
pub fn from_yaml<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Faults> {
    let mut node = Node::parse(utf8(bytes)?)?;
    let mut faults = Vec::new();
    match read(&mut node, "", &mut faults) {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(Faults::in_order(faults)),
    }
}

/// Reads a value, as far as it can be read; `key` is where it stands in its file.
pub(super) fn read<T: DeserializeOwned>(node: &mut Node, key: &str, faults: &mut Vec<Fault>) -> Option<T> {
    read_by(|node| T::deserialize(node), node, key, faults)
}

/// Reads a value by somebody who can. They stop at the first that is wrong, so that is taken out and the rest is read
/// again, until all has been told.
pub(super) fn read_by<T>(
    reader: impl Fn(&Node) -> Result<T, Refusal>,
    node: &mut Node,
    key: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    loop {
        let refusal = match reader(node) {
            Ok(value) => return Some(value),
            Err(refusal) => refusal,
        };
        let path: Vec<Part> = refusal.path().cloned().collect();
        let refused = node.at(&path)?;
        let follows = refusal.follows_from_another(refused);
        let last = path.is_empty() || std::mem::replace(&mut refused.gone, true);
        if !follows {
            faults.push(refusal.settle(node.place, key));
        }
        if last {
            return None;
        }
    }
}

/// A refusal on its way up, which learns its place and key from those it passes.
#[derive(Debug)]
pub(super) struct Refusal {
    place: Option<Place>,
    /// Parts of the key, the innermost first.
    path: Vec<Part>,
    /// A key that this is about, which has not been passed.
    about: Option<Part>,
    /// A key that is missing.
    missing: Option<&'static str>,
    message: String,
}

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self {
            place: None,
            path: Vec::new(),
            about: None,
            missing: None,
            message: message.into(),
        }
    }

    fn within(mut self, place: Place, part: Part) -> Self {
        self.place.get_or_insert(place);
        self.path.push(part);
        self
    }

    /// The way to what is refused.
    fn path(&self) -> impl Iterator<Item = &Part> {
        self.path.iter().rev().chain(&self.about)
    }

    /// Whether it would not have come about without one that was told: a part of what is refused is gone already.
    fn follows_from_another(&self, refused: &Node) -> bool {
        match self.missing {
            Some(key) => refused.find(key).is_some(),
            None => refused.parts().into_iter().any(|part| part.gone),
        }
    }

    fn settle(self, place: Place, key: &str) -> Fault {
        let mut whole = key.to_owned();
        for part in self.path() {
            match part {
                Part::Item(place) => whole.push_str(&format!("[{place}]")),
                Part::Key(key) if whole.is_empty() => whole.push_str(key),
                Part::Key(key) => whole.push_str(&format!(".{key}")),
            }
        }
        Fault::new(self.place.unwrap_or(place), whole, self.message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let meant = meant(field, expected.iter().copied());
        let known = expected.join(", ");
        Self {
            about: Some(Part::Key(field.to_owned())),
            ..Self::new(format!("unknown key; {meant}known are {known}"))
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            missing: Some(field),
            ..Self::new(format!("the key `{field}` is missing"))
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let meant = meant(variant, expected.iter().copied());
        Self::new(format!(
            "`{variant}` is not known here; {meant}use one of {}",
            expected.join(", ")
        ))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a mapping".to_owned(),
            Unexpected::Unit => "nothing".to_owned(),
            other => other.to_string(),
        };
        Self::new(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

impl Node {
    fn expected(&self, what: &str) -> Refusal {
        Refusal::new(format!("expected {what}, found {}", self.describe()))
    }

    fn text(&self) -> Result<&str, Refusal> {
        match &self.value {
            Content::Scalar { text, .. } => Ok(text),
            _ => Err(self.expected("text")),
        }
    }
}

/// Numbers are read of their text, quoted or not.
macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ident,)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            let text = self.text().unwrap_or_default();
            let number = text.parse().map_err(|_| match text.parse::<i128>() {
                Ok(_) => self.expected(&format!("a whole number from {} to {}", $type::MIN, $type::MAX)),
                Err(_) => self.expected("a whole number"),
            });
            visitor.$visit(number?)
        })+
    };
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.value {
            Content::List(_) => self.deserialize_seq(visitor),
            Content::Map(_) => self.deserialize_map(visitor),
            Content::Scalar { .. } if self.is_null() => visitor.visit_unit(),
            Content::Scalar { text, plain: false } => visitor.visit_borrowed_str(text),
            Content::Scalar { text, plain: true } => match plain(text) {
                Value::Bool(truth) => visitor.visit_bool(truth),
                Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                    (Some(whole), _) => visitor.visit_i64(whole),
                    (None, number) => visitor.visit_f64(number.unwrap_or_default()),
                },
                _ => visitor.visit_borrowed_str(text),
            },
        }
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let number = self.text().ok().and_then(|text| text.parse().ok());
        visitor.visit_f64(number.ok_or_else(|| self.expected("a number"))?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.text() {
            Ok("true") => visitor.visit_bool(true),
            Ok("false") => visitor.visit_bool(false),
            _ => Err(self.expected("true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.is_null() {
            // `digits: #` is a key with a comment behind it: taken for no expectation, it could not fail.
            Err(self.expected("a value (put one that begins with `#` in quotes, or leave the key out)"))
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.is_null() {
            visitor.visit_unit()
        } else {
            Err(self.expected("nothing"))
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.value {
            Content::List(items) => visitor.visit_seq(Items { items, at: 0 }),
            _ => Err(self.expected("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.value {
            Content::Map(entries) => visitor.visit_map(Entries { entries, at: 0 }),
            _ => Err(self.expected("keys and values")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match &self.value {
            Content::Map(entries) => visitor.visit_map(Entries { entries, at: 0 }),
            _ => Err(self.expected(&format!("a mapping with keys of {}", fields.join(", ")))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match &self.value {
            Content::Scalar { text, .. } => visitor.visit_enum(text.as_str().into_deserializer()),
            Content::Map(entries)
                if let [entry] = entries.as_slice()
                    && !entry.node.gone =>
            {
                visitor.visit_enum(Variant(entry))
            }
            _ => Err(self.expected(&format!("one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { i128 u128 bytes byte_buf unit_struct tuple tuple_struct }
}

struct Items<'de> {
    items: &'de [Node],
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let left = self.items.iter().skip(self.at);
        self.at += left.take_while(|node| node.gone).count();
        let Some(node) = self.items.get(self.at) else {
            return Ok(None);
        };
        let part = Part::Item(self.at);
        self.at += 1;
        let value = seed.deserialize(node);
        value
            .map(Some)
            .map_err(|refusal| refusal.within(node.place, part))
    }
}

struct Entries<'de> {
    entries: &'de [Entry],
    at: usize,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let left = self.entries.iter().skip(self.at);
        self.at += left.take_while(|entry| entry.node.gone).count();
        let Some(entry) = self.entries.get(self.at) else {
            return Ok(None);
        };
        let key = seed.deserialize(entry.key.as_str().into_deserializer());
        key.map(Some).map_err(|mut refusal: Refusal| {
            refusal.place.get_or_insert(entry.place);
            refusal.about.get_or_insert_with(|| entry.part());
            refusal
        })
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refusal> {
        let entry = self.entries.get(self.at);
        let entry = entry.ok_or_else(|| Refusal::new("a value without a key"))?;
        self.at += 1;
        let value = seed.deserialize(&entry.node);
        value.map_err(|refusal| refusal.within(entry.node.place, entry.part()))
    }
}

/// A word with something in it: `{ number: "+57…" }`.
struct Variant<'de>(&'de Entry);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refusal> {
        let word = seed.deserialize(self.0.key.as_str().into_deserializer());
        let word = word.map_err(|refusal: Refusal| refusal.within(self.0.place, self.0.part()))?;
        Ok((word, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        Err(Refusal::new("this word stands alone").within(self.0.place, self.0.part()))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        let value = seed.deserialize(&self.0.node);
        value.map_err(|refusal| refusal.within(self.0.node.place, self.0.part()))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.0.node.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.0.node.deserialize_map(visitor)
    }
}
