//! What the dialer knows of projects, trunks and switches, and the ways that lead through them.

use super::{DialerError, SwitchHealth, SwitchSlot};
use crate::flow::Flow;
use crate::model::{Project, ProjectId, SwitchName, Timestamp, Trunk, TrunkId};
use crate::schedule::Slowed;
use crate::switch::WayOut;
use std::collections::HashMap;
use std::sync::Arc;

/// When to try again after a refusal because a switch is down, in seconds.
const SWITCH_RETRY_S: u32 = 5;

/// A project with its flow, read once.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub project: Project,
    /// Its flow, or why it is none.
    pub flow: Result<Arc<Flow>, String>,
}

impl Tenant {
    pub(super) fn new(project: Project) -> Self {
        let flow = Flow::for_project(&project.flow)
            .map(Arc::new)
            .map_err(|errors| errors.to_string());
        Self { project, flow }
    }
}

/// A switch, and whether it is there.
#[derive(Debug, Clone)]
pub(super) struct Station {
    pub slot: SwitchSlot,
    /// Why it is down; `None` while it is up.
    pub down: Option<String>,
    pub since: Timestamp,
}

/// A project's way through a trunk, usable as far as configuration goes.
#[derive(Debug)]
pub(super) struct Route<'a> {
    pub tenant: &'a Tenant,
    pub trunk: &'a Trunk,
    pub station: &'a Station,
}

/// Everything known. Shared with work under way, which keeps what it began with.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub tenants: HashMap<ProjectId, Tenant>,
    pub trunks: HashMap<TrunkId, Trunk>,
    pub stations: HashMap<SwitchName, Station>,
}

impl Book {
    /// The way of a project through its own trunk, or through another.
    pub(super) fn route(&self, project: ProjectId, trunk: Option<TrunkId>) -> Result<Route<'_>, DialerError> {
        let tenant = self.tenants.get(&project).ok_or(DialerError::NotFound {
            what: "project",
            id: project.to_string(),
        })?;
        tenant.flow.as_ref().map_err(|errors| {
            DialerError::Conflict(format!(
                "the flow of project {project} cannot run: {errors}; mend it with a change of the project"
            ))
        })?;
        let id = trunk.or(tenant.project.trunk).ok_or_else(|| {
            DialerError::NoTrunk(format!(
                "project {project} has no trunk; give it one, or name one in the request"
            ))
        })?;
        let trunk = self.trunks.get(&id).ok_or(DialerError::NotFound {
            what: "trunk",
            id: id.to_string(),
        })?;
        if !trunk.enabled {
            return Err(DialerError::NoTrunk(format!(
                "trunk {} is disabled; enable it or choose another",
                trunk.name
            )));
        }
        let station = self.stations.get(&trunk.switch).ok_or_else(|| {
            DialerError::NoTrunk(format!(
                "trunk {} leads through switch {}, which the engine's configuration does not have",
                trunk.name, trunk.switch
            ))
        })?;
        Ok(Route {
            tenant,
            trunk,
            station,
        })
    }

    /// How the switches do, by name; `slowed` says how one is slowed down.
    pub(super) fn switches(&self, slowed: impl Fn(&SwitchName) -> Option<Slowed>) -> Vec<SwitchHealth> {
        let mut all: Vec<_> = self
            .stations
            .iter()
            .map(|(name, station)| SwitchHealth {
                name: name.clone(),
                kind: station.slot.kind,
                down: station.down.clone(),
                since: station.since,
                slowed: slowed(name),
            })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

impl Route<'_> {
    /// Refuses a way through a switch that is down.
    pub(super) fn open(&self) -> Result<(), DialerError> {
        match &self.station.down {
            None => Ok(()),
            Some(reason) => Err(DialerError::SwitchDown {
                switch: self.trunk.switch.clone(),
                reason: reason.clone(),
                retry_after_s: SWITCH_RETRY_S,
            }),
        }
    }
}

impl From<&Trunk> for WayOut {
    fn from(trunk: &Trunk) -> Self {
        Self {
            trunk: trunk.name.clone(),
            prefix: trunk.prefix.clone(),
        }
    }
}
