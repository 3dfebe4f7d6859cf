//! Which rules were in force when.
//!
//! A change is written down in the transaction that makes it, and reaches the dialers a moment later, on every engine within
//! a second. So around a change both the old and the new rules count as in force, for an [`ALLOWANCE`].

use crate::model::{ProjectId, Rules, RulesChange, Scope, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// How long before and after a change both are in force.
pub const ALLOWANCE: Duration = Duration::from_secs(5);

/// The changes, by whose they are, in their order.
#[derive(Debug, Default)]
pub struct History {
    changes: HashMap<Scope, Vec<(Timestamp, Rules)>>,
}

impl FromIterator<RulesChange> for History {
    fn from_iter<T: IntoIterator<Item = RulesChange>>(changes: T) -> Self {
        let mut history = Self::default();
        for change in changes {
            let of_scope = history.changes.entry(change.scope).or_default();
            of_scope.push((change.at, change.rules));
        }
        for of_scope in history.changes.values_mut() {
            // A clock that went back wrote a later change with an earlier time; those of one time keep their order.
            of_scope.sort_by_key(|(at, _)| *at);
        }
        history
    }
}

impl History {
    /// All rules that one scope ever had.
    pub fn of(&self, scope: &Scope) -> impl Iterator<Item = &Rules> {
        self.changes
            .get(scope)
            .into_iter()
            .flatten()
            .map(|(_, rules)| rules)
    }

    /// The projects that ever had caps on the calls to a number.
    pub fn capped_projects(&self) -> Vec<ProjectId> {
        let capped = |(scope, changes): (&Scope, &Vec<(Timestamp, Rules)>)| match scope {
            Scope::Project(id) if changes.iter().any(|(_, rules)| !rules.number_caps.is_empty()) => Some(*id),
            _ => None,
        };
        let mut projects: Vec<_> = self.changes.iter().filter_map(capped).collect();
        projects.sort_unstable();
        projects
    }

    /// All rules of one scope that were in force at some time from `from` to `to`, both included, with the allowance; `None`
    /// when nothing was written down yet at `to`.
    pub fn between<'h>(
        &'h self,
        scope: &Scope,
        from: Timestamp,
        to: Timestamp,
    ) -> Option<impl Iterator<Item = &'h Rules> + Clone + use<'h>> {
        let changes = self.changes.get(scope)?;
        let until = changes.partition_point(|(at, _)| *at <= to.plus(ALLOWANCE));
        let since = changes.partition_point(|(at, _)| at.plus(ALLOWANCE) <= from);
        // The one before those is in force at the beginning.
        let some = &changes[since.saturating_sub(1)..until];
        (!some.is_empty()).then(|| some.iter().map(|(_, rules)| rules))
    }
}
