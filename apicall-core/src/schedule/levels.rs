//! All levels, each in a place of its own, so that a lane finds its own without looking them up.

use super::gauge::Gauge;
use super::level::{Level, Path};
use std::collections::HashMap;
use std::ops::{Index, IndexMut};
use std::time::Instant;

/// The place of a level. It stays as long as anything uses the level.
pub(super) type Place = u32;
/// What stands for a level that a way does not have.
const NOWHERE: Place = Place::MAX;

/// The places that a lane or a call passes: engine, switch, trunk, project, campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way([Place; 5]);

/// How many of a way's levels may be shared with other lanes: all but the campaign.
const SHARED: usize = 4;

impl Way {
    /// Every level.
    pub(super) fn all(self) -> impl Iterator<Item = Place> + use<> {
        self.0.into_iter().filter(|place| *place != NOWHERE)
    }

    /// The switch.
    pub(super) fn switch(self) -> Place {
        self.0[1]
    }

    /// The levels that others may pass too.
    pub(super) fn shared(&self) -> impl Iterator<Item = Place> {
        self.0[..SHARED].iter().copied().filter(|place| *place != NOWHERE)
    }
}

/// The levels.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Levels {
    places: HashMap<Level, Place>,
    gauges: Vec<Gauge>,
    free: Vec<Place>,
}

impl Levels {
    /// The engine's place.
    pub(super) const ENGINE: Place = 0;

    pub(super) fn new() -> Self {
        Self {
            places: HashMap::from([(Level::Engine, Self::ENGINE)]),
            gauges: vec![Gauge::default()],
            free: Vec::new(),
        }
    }

    /// A level's gauge; one that nobody knows yet lets nobody through.
    pub(super) fn gauge(&mut self, level: Level) -> &mut Gauge {
        let place = self.place(level);
        &mut self[place]
    }

    /// A level's gauge, when there is one.
    pub(super) fn find(&mut self, level: &Level) -> Option<&mut Gauge> {
        let place = self.places.get(level).copied()?;
        Some(&mut self[place])
    }

    /// The channels in use at a level.
    pub(super) fn live(&self, level: &Level) -> u32 {
        self.places.get(level).map_or(0, |place| self[*place].live)
    }

    /// The way of a call.
    pub(super) fn way(&mut self, path: &Path) -> Way {
        let trunk = path.trunk.map(|trunk| self.place(Level::Trunk(trunk)));
        let campaign = path
            .campaign
            .map(|campaign| self.place(Level::Campaign(campaign)));
        Way([
            Self::ENGINE,
            self.place(Level::Switch(path.switch.clone())),
            trunk.unwrap_or(NOWHERE),
            self.place(Level::Project(path.project)),
            campaign.unwrap_or(NOWHERE),
        ])
    }

    /// How many places there are.
    pub(super) fn count(&self) -> usize {
        self.gauges.len()
    }

    /// All levels with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Level, &Gauge, Place)> {
        self.places
            .iter()
            .map(|(level, place)| (level, &self[*place], *place))
    }

    /// Forgets levels that cannot matter any more.
    pub(super) fn tidy(&mut self, now: Instant) {
        let gauges = &mut self.gauges;
        let free = &mut self.free;
        self.places.retain(|_, place| {
            let gauge = &mut gauges[*place as usize];
            let forgotten = gauge.is_forgotten(now);
            if forgotten {
                *gauge = Gauge::default();
                free.push(*place);
            }
            !forgotten
        });
    }

    fn place(&mut self, level: Level) -> Place {
        let (gauges, free) = (&mut self.gauges, &mut self.free);
        *self.places.entry(level).or_insert_with(|| {
            free.pop().unwrap_or_else(|| {
                gauges.push(Gauge::default());
                Place::try_from(gauges.len() - 1).expect("fewer levels than four thousand million")
            })
        })
    }
}

impl Index<Place> for Levels {
    type Output = Gauge;
    fn index(&self, place: Place) -> &Gauge {
        &self.gauges[place as usize]
    }
}

impl IndexMut<Place> for Levels {
    fn index_mut(&mut self, place: Place) -> &mut Gauge {
        &mut self.gauges[place as usize]
    }
}
