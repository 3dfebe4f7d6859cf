//! One engine among others: its portions of the limits that span them, the work of dead ones, and what changed meanwhile.
//!
//! Deliberately absent: how limits are divided (`store`), and everything here when the store has one engine.

use super::deadline::Due;
use super::lists::SOME;
use super::owner::Owner;
use super::stored::Stored;
use crate::model::{
    Campaign, CampaignId, CampaignState, DncEntry, Limits, Project, ProjectId, Trunk, TrunkId,
};
use crate::schedule::{Level, Portioned};
use crate::store::{Ask, Health, Settled, Store, StoreError};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Engines settle with each other this often.
const SETTLE_EVERY: Duration = Duration::from_millis(500);
/// What was given up is free this much later than its window ends: the answer takes a moment to be obeyed.
const MARGIN: Duration = Duration::from_millis(100);

/// The two kinds of limit, in the names of limits in the ledger.
const CPS: &str = "cps";
const CHANNELS: &str = "channels";

/// What an engine knows of its portions.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    /// What is used of each limit, by its name.
    applied: HashMap<String, u32>,
    /// The engine's own limits, when they are of all engines together.
    limits: Option<Limits>,
    /// Changes that were made here. What was read of the store before one of them tells less than is known.
    changes: u64,
    asking: bool,
    next: Option<Instant>,
}

impl Sharing {
    pub(super) fn new(limits: Option<Limits>) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Something was changed here.
    pub(super) fn changed(&mut self) {
        self.changes += 1;
    }

    /// When to settle again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next.filter(|_| !self.asking)
    }
}

/// A limit that spans engines: whose, which, and how much.
struct Shared {
    level: Level,
    limits: Limits,
    wanted: bool,
}

/// Everything that others may have changed.
#[derive(Debug)]
pub(super) struct Catalog {
    trunks: Vec<Trunk>,
    projects: Vec<Project>,
    running: Vec<Campaign>,
    /// What was listed since the last look.
    listed: Vec<DncEntry>,
}

/// What a round of settling brought.
pub(super) struct Round {
    /// How many changes had been made here when it began.
    changes: u64,
    brought: Result<(Settled, Catalog), StoreError>,
}

impl Owner {
    /// Settles with the other engines when it is time.
    pub(super) fn settle(&mut self, now: Instant) {
        if !self.store.is_shared() || self.sharing.asking || self.sharing.next.is_some_and(|next| now < next)
        {
            return;
        }
        self.sharing.next = Some(now + SETTLE_EVERY);
        if self.store.health() != Health::Up {
            return;
        }
        self.sharing.asking = true;
        let (store, asks) = (self.store.clone(), self.asks());
        let (changes, listed) = (self.sharing.changes, self.lists.looked_until());
        self.follow_up(async move {
            let brought = round(&store, asks, listed).await;
            Stored::Settled(Box::new(Round { changes, brought }))
        });
    }

    pub(super) fn settled(&mut self, round: Round, now: Instant) {
        self.sharing.asking = false;
        let (settled, mut catalog) = match round.brought {
            Ok(brought) => brought,
            Err(error) => return tracing::warn!(%error, "cannot settle with the other engines"),
        };
        self.heed_others(std::mem::take(&mut catalog.listed), now);
        if round.changes == self.sharing.changes {
            self.keep_catalog(catalog, now);
        }
        let in_use = self.in_use();
        for portion in settled.portions {
            // Channels in use are in use.
            let least = in_use.get(&portion.resource).copied().unwrap_or(0);
            let applied = portion.target.max(least).min(portion.held);
            self.sharing.applied.insert(portion.resource, applied);
        }
        self.portion_all();
        if !settled.calls.is_empty() {
            tracing::warn!(
                calls = settled.calls.len(),
                "taking over the calls of an engine that died"
            );
        }
        for call in settled.calls {
            self.inherit(call, now);
        }
        for import in settled.imports {
            let store = self.store.clone();
            self.follow_up(async move { Stored::Written(store.abort_import(import).await) });
        }
    }

    /// What is asked for: a portion of every limit that spans engines and that this engine could use.
    fn asks(&self) -> Vec<Ask> {
        self.shared()
            .iter()
            .flat_map(|shared| self.asks_of(shared))
            .collect()
    }

    fn asks_of(&self, shared: &Shared) -> Vec<Ask> {
        let ask = |part: &str, total: u32, window: Duration| {
            let resource = name(&shared.level, part);
            let applied = self.sharing.applied.get(&resource).copied().unwrap_or(0);
            Ask {
                resource,
                total,
                applied,
                wanted: shared.wanted,
                window,
            }
        };
        let cps = shared.limits.cps.map(|cps| {
            let starts = u32::try_from(cps.starts_per_window()).unwrap_or(u32::MAX);
            ask(CPS, starts, cps.window() + MARGIN)
        });
        let channels = shared
            .limits
            .channels
            .map(|channels| ask(CHANNELS, channels.get(), Duration::ZERO));
        cps.into_iter().chain(channels).collect()
    }

    fn shared(&self) -> Vec<Shared> {
        let (trunks, projects) = self.wanted();
        let mut all = Vec::new();
        if let Some(limits) = self.sharing.limits {
            let wanted = !trunks.is_empty();
            all.push(Shared {
                level: Level::Engine,
                limits,
                wanted,
            });
        }
        for trunk in self
            .book
            .trunks
            .values()
            .filter(|trunk| self.book.stations.contains_key(&trunk.switch))
        {
            let (level, wanted) = (Level::Trunk(trunk.id), trunks.contains(&trunk.id));
            all.push(Shared {
                level,
                limits: trunk.limits,
                wanted,
            });
        }
        for tenant in self.book.tenants.values() {
            let (level, wanted) = (
                Level::Project(tenant.project.id),
                projects.contains(&tenant.project.id),
            );
            all.push(Shared {
                level,
                limits: tenant.project.limits,
                wanted,
            });
        }
        for feed in self.feeds.values() {
            let (level, wanted) = (
                Level::Campaign(feed.campaign.id),
                self.is_fed(feed.campaign.project),
            );
            all.push(Shared {
                level,
                limits: feed.campaign.limits,
                wanted,
            });
        }
        all
    }

    /// The trunks and projects that there is work for.
    fn wanted(&self) -> (HashSet<TrunkId>, HashSet<ProjectId>) {
        let feeds = self.feeds.values().map(|feed| feed.campaign.project);
        let fed = feeds.filter(|project| self.is_fed(*project));
        let fed = fed.flat_map(|project| {
            let routes = self.book.routes(project).unwrap_or_default();
            routes.into_iter().map(move |route| (route.trunk.id, project))
        });
        let waiting = self.calls.values().filter(|live| live.due == Due::Slot);
        let waiting = waiting.filter_map(|live| Some((live.call.trunk?, live.call.project)));
        fed.chain(waiting).unzip()
    }

    /// Whether a campaign of this project could be dialed here: its switch is up.
    fn is_fed(&self, project: ProjectId) -> bool {
        self.book
            .routes(project)
            .is_ok_and(|routes| routes.iter().any(|route| route.open().is_ok()))
    }

    /// Channels in use, by the names of their limits.
    fn in_use(&self) -> HashMap<String, u32> {
        let shared = self.shared();
        let live = shared
            .iter()
            .map(|shared| (name(&shared.level, CHANNELS), self.scheduler.live(&shared.level)));
        live.collect()
    }

    /// Holds every limit that spans engines to what is used of it here.
    pub(super) fn portion_all(&mut self) {
        if self.store.is_shared() {
            for shared in self.shared() {
                self.portion(&shared);
            }
        }
    }

    /// The same for the limits of a running campaign.
    pub(super) fn portion_campaign(&mut self, id: CampaignId) {
        let limits = self.feeds.get(&id).map(|feed| feed.campaign.limits);
        if let Some(limits) = limits.filter(|_| self.store.is_shared()) {
            self.portion(&Shared {
                level: Level::Campaign(id),
                limits,
                wanted: true,
            });
        }
    }

    fn portion(&mut self, shared: &Shared) {
        let applied = &self.sharing.applied;
        let part = |kind: &str| applied.get(&name(&shared.level, kind)).copied().unwrap_or(0);
        let portioned = Portioned {
            cps: shared.limits.cps.map(|cps| (cps, part(CPS))),
            channels: shared.limits.channels.map(|_| part(CHANNELS)),
        };
        self.scheduler.set_portion(&shared.level, portioned);
    }

    /// Takes over what others changed.
    fn keep_catalog(&mut self, catalog: Catalog, now: Instant) {
        let changed = self.keep_trunks(catalog.trunks) | self.keep_projects(catalog.projects);
        let running: HashSet<_> = catalog.running.iter().map(|campaign| campaign.id).collect();
        let stopped: Vec<_> = self
            .feeds
            .keys()
            .filter(|id| !running.contains(id))
            .copied()
            .collect();
        for id in stopped {
            self.drop_campaign(id, now);
        }
        if self.drain.is_none() {
            for campaign in catalog.running {
                if self.feeds.get(&campaign.id).map(|feed| &feed.campaign) != Some(&campaign) {
                    self.keep_campaign(campaign, now);
                }
            }
        }
        if changed {
            self.ways_changed(now);
        }
        // Contacts may have come by others, or come back from them.
        for feed in self.feeds.values_mut() {
            feed.look_at.get_or_insert(now);
        }
    }

    /// Whether a trunk changed, came or went.
    fn keep_trunks(&mut self, trunks: Vec<Trunk>) -> bool {
        let mut changed = false;
        let there: HashSet<_> = trunks.iter().map(|trunk| trunk.id).collect();
        let gone: Vec<_> = self
            .book
            .trunks
            .keys()
            .filter(|id| !there.contains(id))
            .copied()
            .collect();
        for id in gone {
            self.drop_trunk(id);
            changed = true;
        }
        for trunk in trunks {
            if self.book.trunks.get(&trunk.id) != Some(&trunk) {
                self.keep_trunk(trunk);
                changed = true;
            }
        }
        changed
    }

    /// Whether a project did.
    fn keep_projects(&mut self, projects: Vec<Project>) -> bool {
        let mut changed = false;
        let there: HashSet<_> = projects.iter().map(|project| project.id).collect();
        let gone: Vec<_> = self
            .book
            .tenants
            .keys()
            .filter(|id| !there.contains(id))
            .copied()
            .collect();
        for id in gone {
            self.drop_project(id);
            changed = true;
        }
        for project in projects {
            if self.book.tenants.get(&project.id).map(|tenant| &tenant.project) != Some(&project) {
                self.keep_project(project);
                changed = true;
            }
        }
        changed
    }
}

/// Reads first: what is settled must not be lost over a read that fails.
async fn round(store: &Store, asks: Vec<Ask>, listed: Option<i64>) -> Result<(Settled, Catalog), StoreError> {
    let catalog = Catalog {
        trunks: store.trunks().await?,
        projects: store.projects().await?,
        running: store.campaigns(None, Some(CampaignState::Running)).await?,
        listed: store.dnc_since(listed, SOME).await?,
    };
    Ok((store.settle(asks).await?, catalog))
}

/// The name of a limit in the ledger.
fn name(level: &Level, part: &str) -> String {
    format!("{}.{part}", text(level))
}

fn text(level: &Level) -> String {
    match level {
        Level::Engine => "engine".to_owned(),
        Level::Switch(name) => format!("switch {name}"),
        Level::Trunk(id) => format!("trunk {id}"),
        Level::Project(id) => format!("project {id}"),
        Level::Campaign(id) => format!("campaign {id}"),
    }
}
