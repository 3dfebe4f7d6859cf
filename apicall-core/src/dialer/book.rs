//! What the dialer knows of projects, trunks and switches, and the ways that lead through them.

use super::{BreakerHealth, DialerError, SwitchHealth, SwitchSlot};
use crate::flow::Flow;
use crate::model::{Project, ProjectId, ProjectTrunk, SwitchName, Timestamp, Trunk, TrunkId};
use crate::schedule::Slowed;
use crate::schedule::exits::{self, Usable};
use crate::schedule::why::{Way, Ways};
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
    /// Its share among those that are open.
    pub weight: u32,
}

/// Everything known. Shared with work under way, which keeps what it began with.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub tenants: HashMap<ProjectId, Tenant>,
    pub trunks: HashMap<TrunkId, Trunk>,
    pub stations: HashMap<SwitchName, Station>,
    /// Trunks whose breaker has something to say; all others may be used.
    pub trials: HashMap<TrunkId, Usable>,
}

impl Book {
    /// The ways by which a project's calls leave now: at least one. When none can be used, those that could be if all were well.
    pub(super) fn routes(&self, project: ProjectId) -> Result<Vec<Route<'_>>, DialerError> {
        let all = self.tenant(project)?.project.ways_out();
        let through = |one: &ProjectTrunk| self.through(project, one);
        let mut open = exits::open(&all, |trunk| self.usable(trunk));
        if open.is_empty() {
            open = exits::open(&all, |trunk| match through(&ProjectTrunk::only(trunk)) {
                Ok(_) => Usable::Fully,
                Err(_) => Usable::Not,
            });
        }
        // When no trunk would do, what is wrong with the first is told.
        let told = if open.is_empty() {
            &all[..all.len().min(1)]
        } else {
            &open[..]
        };
        if told.is_empty() {
            return Err(DialerError::NoTrunk(format!(
                "project {project} has no trunk; give it one, or name one in the request"
            )));
        }
        told.iter().map(through).collect()
    }

    /// The ways that could be used and are not open: calls leave by them that another failed.
    pub(super) fn reserve(&self, project: ProjectId, open: &[TrunkId]) -> Vec<Route<'_>> {
        let all = self.tenants.get(&project).map(|tenant| tenant.project.ways_out());
        let mut all = all.unwrap_or_default();
        all.retain(|way| !open.contains(&way.trunk) && self.usable(way.trunk) != Usable::Not);
        all.iter()
            .filter_map(|way| self.through(project, way).ok())
            .collect()
    }

    /// The way of one of a project's calls; `random` is any number.
    pub(super) fn pick(&self, project: ProjectId, random: u64) -> Result<Route<'_>, DialerError> {
        let routes = self.routes(project)?;
        let open: Vec<_> = routes
            .iter()
            .map(|route| ProjectTrunk {
                weight: route.weight,
                ..ProjectTrunk::only(route.trunk.id)
            })
            .collect();
        let picked = exits::pick(&open, random);
        let picked = routes.into_iter().find(|route| Some(route.trunk.id) == picked);
        Ok(picked.expect("there is at least one way, and every weight is above zero"))
    }

    /// The way of a project through a trunk, its own or not.
    pub(super) fn route(&self, project: ProjectId, trunk: TrunkId) -> Result<Route<'_>, DialerError> {
        self.through(project, &ProjectTrunk::only(trunk))
    }

    fn tenant(&self, project: ProjectId) -> Result<&Tenant, DialerError> {
        let tenant = self.tenants.get(&project).ok_or(DialerError::NotFound {
            what: "project",
            id: project.to_string(),
        })?;
        tenant.flow.as_ref().map_err(|errors| {
            DialerError::Conflict(format!(
                "the flow of project {project} cannot run: {errors}; mend it with a change of the project"
            ))
        })?;
        Ok(tenant)
    }

    fn through(&self, project: ProjectId, one: &ProjectTrunk) -> Result<Route<'_>, DialerError> {
        let tenant = self.tenant(project)?;
        let trunk = self.trunks.get(&one.trunk).ok_or(DialerError::NotFound {
            what: "trunk",
            id: one.trunk.to_string(),
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
            weight: one.weight,
        })
    }

    /// Whether calls may leave by a trunk: it is enabled, its switch is up, and its breaker lets some through.
    pub(super) fn usable(&self, id: TrunkId) -> Usable {
        let trunk = self.trunks.get(&id).filter(|trunk| trunk.enabled);
        let station = trunk.and_then(|trunk| self.stations.get(&trunk.switch));
        match station.filter(|station| station.down.is_none()) {
            Some(_) => self.trials.get(&id).copied().unwrap_or(Usable::Fully),
            None => Usable::Not,
        }
    }

    /// A project's ways out, and what is wrong with each; `breakers` are those that have something to say.
    pub(super) fn ways(&self, project: ProjectId, breakers: &[BreakerHealth]) -> Ways {
        let all = self.tenants.get(&project).map(|tenant| tenant.project.ways_out());
        let way = |of: ProjectTrunk| {
            let trunk = self.trunks.get(&of.trunk);
            let breaker = breakers.iter().find(|breaker| breaker.trunk == of.trunk);
            let open = match self.through(project, &of).map(|route| &route.station.down) {
                Err(error) => Err(error.to_string()),
                Ok(Some(down)) => Err(format!("its switch is down: {down}")),
                Ok(None) => Ok(breaker.filter(|breaker| breaker.state != "closed")),
            };
            let said = |breaker: &BreakerHealth| format!("its breaker is {}: {}", breaker.state, breaker.why);
            Way {
                of,
                name: trunk.map_or_else(|| of.trunk.to_string(), |trunk| trunk.name.to_string()),
                switch: trunk.map(|trunk| trunk.switch.clone()),
                usable: self.usable(of.trunk),
                tried_at: open.as_ref().ok().and_then(|breaker| breaker.as_ref()?.until),
                trouble: open.map_or_else(Some, |breaker| breaker.map(said)),
            }
        };
        Ways {
            all: all.unwrap_or_default().into_iter().map(way).collect(),
            fault: self.routes(project).err().map(|error| error.to_string()),
        }
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
