//! How long sounds last. An emulated switch has no audio, only its duration.

use std::collections::BTreeMap;
use std::time::Duration;

/// Sounds by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sounds {
    known: BTreeMap<String, Duration>,
    other: Option<Duration>,
}

impl Sounds {
    /// Sounds of their own length, and how long all others last; without that there are no others.
    pub fn new<'a>(known: impl IntoIterator<Item = (&'a str, Duration)>, other: Option<Duration>) -> Self {
        let known = known.into_iter().map(|(name, length)| (name.to_owned(), length));
        Self {
            known: known.collect(),
            other,
        }
    }

    /// Adds one, or gives it another length.
    pub(super) fn add(&mut self, name: String, length: Duration) {
        self.known.insert(name, length);
    }

    /// The length of a sound; `None` when there is no such sound.
    pub fn length(&self, name: &str) -> Option<Duration> {
        self.known.get(name).copied().or(self.other)
    }
}

impl Default for Sounds {
    /// Those of the lab, and two seconds for any other.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let lab = [("prueba", 3), ("opcion_invalida", 1), ("en_breve", 1)];
        Self::new(
            lab.map(|(name, length)| (name, seconds(length))),
            Some(seconds(2)),
        )
    }
}
