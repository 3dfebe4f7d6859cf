//! Channel variables, in FreeSWITCH's order: one that is set anew goes to the end.

use crate::wire::esl::Event;

const PREFIX: &str = "variable_";

/// Variables by the names they have as an event's headers.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    /// Whether a variable may have that name: it becomes a header's.
    pub(super) fn is_name(name: &str) -> bool {
        !name.is_empty() && Event::default().with(name, "").is_ok()
    }

    /// Sets one whose name is good.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.unset(name);
        self.0.push((format!("{PREFIX}{name}"), value.into()));
    }

    pub(super) fn unset(&mut self, name: &str) {
        if let Some(place) = self.place(name) {
            self.0.remove(place);
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.place(name).map(|place| self.0[place].1.as_str())
    }

    /// As headers.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn place(&self, name: &str) -> Option<usize> {
        let named = |(header, _): &(String, String)| header.strip_prefix(PREFIX) == Some(name);
        self.0.iter().position(named)
    }
}
