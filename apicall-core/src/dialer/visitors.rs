//! Channels that a switch's dialplan hands over: they get a record and a flow, and go back to their dialplan.

use super::deadline::Due;
use super::live::Live;
use super::owner::Owner;
use super::requests::blank;
use super::stored::{Stored, written};
use crate::model::{Call, CallId, CallState, Cause, Origin, Outcome, SwitchName, TrunkId, TrunkName};
use crate::schedule::Path;
use crate::store::StoreError;
use crate::switch::{Visitor, WayOut};
use std::time::Instant;

impl Owner {
    /// Takes in a visitor: first its record, then its flow. One that cannot be served goes on in its dialplan.
    pub(super) fn visit(&mut self, switch: &SwitchName, mut visitor: Visitor, now: Instant) {
        let Some(tenant) = self.book.tenants.get(&visitor.project) else {
            tracing::warn!(project = %visitor.project, %switch, "the dialplan asks for a project that does not exist");
            return;
        };
        if self.drain.is_some() {
            return;
        }
        let at = self.clock.timestamp(now);
        let named = visitor.trunk.as_ref().map(|name| self.trunk_named(name.as_str()));
        let trunk = named.unwrap_or_else(|| tenant.project.ways_out().first().map(|way| way.trunk));
        if let Some(way) = self.visitors_way(trunk, visitor.trunk.take(), visitor.prefix.take()) {
            visitor.leg.leave_by(way);
        }
        let call = Call {
            number: visitor.number,
            switch: Some(switch.clone()),
            trunk,
            caller_id: tenant.project.caller_id.clone(),
            state: CallState::Up,
            answered_at: Some(at),
            ..blank(Origin::Dialplan, visitor.project, at)
        };
        let id = call.id;
        match self.records.journal().place(call.clone()) {
            Ok(reply) => {
                self.calls.insert(id, Live::new(call, Due::Leg));
                self.wait_for(id, Due::Leg, now);
                self.visitors.insert(id, visitor.leg);
                self.follow_up(async move { Stored::Visited(id, written(reply).await) });
            }
            Err(error) => tracing::error!(%error, "a visitor's record cannot be written"),
        }
    }

    /// A visitor's record is on disk, or was refused.
    pub(super) fn visited(&mut self, id: CallId, result: Result<(), StoreError>, now: Instant) {
        let leg = self.visitors.remove(&id);
        if let Err(error) = result {
            tracing::error!(%error, "a visitor's record cannot be written");
            self.forget(id);
            return;
        }
        let Some(leg) = leg else { return };
        if let Some(path) = self.calls.get(&id).and_then(|live| path(&live.call)) {
            self.scheduler.adopt(id, &path, true);
        }
        self.drive(id, leg, now);
        if self.calls.get(&id).is_some_and(|live| live.flow.is_none()) {
            self.finish(
                id,
                Outcome::Answered,
                Cause::text("its project has no flow that can run"),
                now,
            );
        }
    }

    /// How a visitor's transfers leave: by what its dialplan says, and else as its trunk has it.
    fn visitors_way(
        &self,
        trunk: Option<TrunkId>,
        name: Option<TrunkName>,
        prefix: Option<String>,
    ) -> Option<WayOut> {
        let ours = trunk.and_then(|trunk| self.book.trunks.get(&trunk));
        let unknown = name.map(|trunk| WayOut {
            trunk,
            prefix: String::new(),
        });
        let mut way = ours.map(WayOut::from).or(unknown)?;
        way.prefix = prefix.unwrap_or(way.prefix);
        Some(way)
    }

    fn trunk_named(&self, name: &str) -> Option<TrunkId> {
        let of_name = self
            .book
            .trunks
            .values()
            .find(|trunk| trunk.name.as_str() == name);
        of_name.map(|trunk| trunk.id)
    }
}

/// The levels that a call counts at.
pub(super) fn path(call: &Call) -> Option<Path> {
    Some(Path {
        project: call.project,
        trunk: call.trunk,
        switch: call.switch.clone()?,
        campaign: call.campaign,
    })
}
