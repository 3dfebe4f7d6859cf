//! Who gets how much: weighted max-min fairness, computed by filling up, against what the scheduler does.

use super::world::{Campaign, World, campaign_of, open_world, simulate};
use super::*;
use crate::schedule::Level;
use std::collections::{BTreeMap, BTreeSet};

/// The fair rates: all grow by their weight until a level on their way is full.
#[allow(clippy::cast_precision_loss)]
fn fair(world: &World) -> Vec<f64> {
    let levels_of = |of: &Campaign, id| {
        let switch = world.trunks[of.trunk].0;
        [
            Level::Engine,
            Level::Switch(super::switch(switch)),
            Level::Trunk(trunk(of.trunk)),
            Level::Project(project(of.project)),
            Level::Campaign(campaign(id)),
        ]
    };
    let mut left: BTreeMap<Level, f64> = BTreeMap::new();
    for (id, of) in world.campaigns.iter().enumerate() {
        for level in levels_of(of, id) {
            if let Some(cps) = world.limits(&level).cps {
                left.insert(level, cps.per_second());
            }
        }
    }
    let mut rates = vec![0.0; world.campaigns.len()];
    let mut growing: BTreeSet<usize> = (0..world.campaigns.len()).collect();
    while !growing.is_empty() {
        let weight = |level: &Level| {
            let here = growing
                .iter()
                .filter(|id| levels_of(&world.campaigns[**id], **id).contains(level));
            here.fold(0.0, |sum, id| sum + f64::from(world.campaigns[*id].weight))
        };
        let step = left
            .iter()
            .map(|(level, rest)| rest / weight(level))
            .min_by(f64::total_cmp)
            .unwrap();
        let weights: Vec<_> = left
            .keys()
            .cloned()
            .map(|level| (weight(&level), level))
            .collect();
        for id in &growing {
            rates[*id] += step * f64::from(world.campaigns[*id].weight);
        }
        for (weight, level) in weights {
            *left.get_mut(&level).unwrap() -= step * weight;
        }
        let full: Vec<_> = left
            .iter()
            .filter(|(_, rest)| **rest < 1e-6)
            .map(|(level, _)| level.clone())
            .collect();
        growing.retain(|id| {
            !levels_of(&world.campaigns[*id], *id)
                .iter()
                .any(|level| full.contains(level))
        });
        for level in full {
            left.remove(&level);
        }
    }
    rates
}

/// What each campaign got against what is fair, as rates.
#[allow(clippy::cast_precision_loss)]
fn got_and_fair(world: &World) -> Vec<(f64, f64)> {
    let starts = simulate(world);
    let got = |id| starts.iter().filter(|start| start.campaign == id).count() as f64 / world.seconds as f64;
    fair(world)
        .into_iter()
        .enumerate()
        .map(|(id, fair)| (got(id), fair))
        .collect()
}

/// Within a few per cent, and a few starts.
fn check_shares(world: &World) {
    check_within(world, 0.04);
}

/// Where limits cross, slots of two levels have to come together for some lanes and not for others. Of 200 random worlds
/// 198 keep within 1.2 %, and the worst within 3.3 %; rare ones may be worse.
fn check_crossing(world: &World) {
    check_within(world, 0.3);
}

fn check_within(world: &World, part: f64) {
    let all = got_and_fair(world);
    #[allow(clippy::cast_precision_loss)]
    let few = 4.0 / world.seconds as f64;
    for (id, (got, fair)) in all.iter().enumerate() {
        assert!(
            (got - fair).abs() <= part * fair + few,
            "campaign {id} got {got:.2}/s where {fair:.2}/s is fair; all: {all:.2?}"
        );
    }
}

fn through(trunk: usize, weight: u32) -> Campaign {
    Campaign {
        trunk,
        ..campaign_of(None, weight)
    }
}

fn rate(cps: u32) -> Limits {
    limits(Some(f64::from(cps)), None)
}

#[test]
fn weights_are_kept_at_a_full_trunk_beside_a_free_one() {
    check_shares(&World {
        engine: rate(200),
        trunks: vec![(0, rate(10)), (0, Limits::default())],
        campaigns: vec![through(0, 10), through(0, 30), through(1, 10)],
        seconds: 60,
        ..open_world()
    });
}

#[test]
fn weights_are_kept_beside_a_campaign_with_a_small_rate() {
    check_shares(&World {
        engine: rate(50),
        campaigns: vec![
            campaign_of(Some(1.0), 100),
            campaign_of(None, 10),
            campaign_of(None, 20),
        ],
        seconds: 60,
        ..open_world()
    });
}

#[test]
fn who_is_held_up_by_slots_that_do_not_coincide_loses_nothing() {
    check_shares(&World {
        engine: rate(100),
        trunks: vec![(0, rate(80)), (0, rate(80))],
        campaigns: vec![through(0, 10), through(1, 30)],
        seconds: 60,
        ..open_world()
    });
}

#[test]
fn weights_are_kept_at_a_project_across_trunks_and_switches() {
    let of = |trunk, project, weight| Campaign {
        trunk,
        project,
        ..campaign_of(None, weight)
    };
    check_shares(&World {
        engine: rate(300),
        switches: vec![rate(100), Limits::default()],
        trunks: vec![(0, rate(60)), (1, Limits::default())],
        projects: vec![rate(20), Limits::default()],
        campaigns: vec![of(0, 0, 10), of(1, 0, 30), of(0, 1, 20), of(1, 1, 7)],
        seconds: 60,
        ..open_world()
    });
}

#[test]
fn weights_are_kept_under_a_channel_cap() {
    let world = World {
        engine: rate(500),
        trunks: vec![(0, limits(None, Some(20))), (0, Limits::default())],
        campaigns: vec![through(0, 10), through(0, 30), through(1, 10)],
        call_ms: 400..600,
        seconds: 60,
        ..open_world()
    };
    let starts = simulate(&world);
    let got = |id| starts.iter().filter(|start| start.campaign == id).count();
    let (first, second) = (got(0), got(1));
    assert!(first + second > 2_200, "{first} and {second}");
    assert!((first * 3).abs_diff(second) <= second / 25, "{first} to {second}");
}

fn any_rate() -> impl Strategy<Value = Limits> {
    proptest::option::of(1..60_u32).prop_map(|cps| limits(cps.map(f64::from), None))
}

#[test]
fn who_needs_slots_of_two_full_levels_gets_them() {
    let of = |trunk, project, weight| Campaign {
        trunk,
        project,
        ..campaign_of(None, weight)
    };
    check_crossing(&World {
        engine: rate(100),
        trunks: vec![(0, rate(40)), (0, Limits::default())],
        projects: vec![rate(3), Limits::default()],
        campaigns: vec![of(0, 1, 30), of(0, 0, 20), of(1, 0, 10)],
        seconds: 60,
        ..open_world()
    });
}

#[test]
fn who_seldom_needs_slots_of_two_full_levels_gets_them_from_those_who_often_do() {
    let of = |cps, trunk, project| Campaign {
        trunk,
        project,
        ..campaign_of(cps, 1)
    };
    check_crossing(&World {
        engine: rate(100),
        trunks: vec![(0, Limits::default()), (0, rate(37))],
        projects: vec![Limits::default(), rate(44)],
        campaigns: vec![of(None, 1, 0), of(None, 0, 1), of(Some(1.0), 1, 1)],
        late_us: 500,
        seconds: 60,
        seed: 22_540_190_741,
        ..open_world()
    });
}

type AnyCampaign = (Limits, u32, usize, usize);

fn world(
    engine: u32,
    parts: (Vec<Limits>, Vec<(usize, Limits)>, Vec<Limits>),
    campaigns: Vec<AnyCampaign>,
) -> World {
    let (switches, trunks, projects) = parts;
    let campaign = |(limits, weight, trunk, project)| Campaign {
        limits,
        weight,
        trunk,
        project,
    };
    World {
        engine: rate(engine),
        switches,
        trunks,
        projects,
        campaigns: campaigns.into_iter().map(campaign).collect(),
        late_us: 500,
        seconds: 60,
        ..open_world()
    }
}

prop_compose! {
    fn any_parts()(
        switches in proptest::collection::vec(any_rate(), 2),
        trunks in proptest::collection::vec((0..2_usize, any_rate()), 3),
        projects in proptest::collection::vec(any_rate(), 2),
    ) -> (Vec<Limits>, Vec<(usize, Limits)>, Vec<Limits>) {
        (switches, trunks, projects)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shares_are_fair_whatever_the_bottleneck(
        engine in 20..120_u32,
        parts in any_parts(),
        campaigns in proptest::collection::vec((any_rate(), 1..100_u32, 0..3_usize, Just(0_usize)), 2..9),
        seed in any::<u64>(),
    ) {
        check_shares(&World { seed, ..world(engine, parts, campaigns) });
    }

    #[test]
    fn shares_are_fair_where_limits_cross(
        engine in 20..120_u32,
        parts in any_parts(),
        campaigns in proptest::collection::vec((any_rate(), 1..100_u32, 0..3_usize, 0..2_usize), 2..9),
        seed in any::<u64>(),
    ) {
        check_crossing(&World { seed, ..world(engine, parts, campaigns) });
    }
}
