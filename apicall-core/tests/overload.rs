//! A campaign that wants several times what a switch can do, through the dialer, the real adapter and the emulated switch.
#![cfg(feature = "engine")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pbx;

use apicall_core::dialer::{Dialer, DialerSettings, NoWebhooks, Order, SwitchHealth, SwitchSlot};
use apicall_core::emulator::{Callees, Emulator, Fault, Rule, Shares, Whom};
use apicall_core::model::{
    Act, Callee, Campaign, CampaignId, CampaignState, Clock, Cps, Deed, Limits, Project, ProjectFlow,
    ProjectId, RetryPolicy, SimpleFlow, Timestamp, Trunk, TrunkId, Variables,
};
use apicall_core::schedule::Level;
use apicall_core::store::{Access, NewContact, Store};
use apicall_core::switch::freeswitch::Timing;
use pbx::{NAME, Pbx, SECRET};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What the campaign wants, and what the switch can do, in calls a second.
const WANTED: u32 = 100;
const STRENGTH: u32 = 20;
/// More than is dialed while a test lasts.
const CONTACTS: u32 = 9_000;
const BEGIN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

struct Bench {
    emulator: Emulator,
    dialer: Dialer,
    _dir: TempDir,
    _end: DropGuard,
}

/// A campaign that has begun, on a switch of that strength.
async fn bench(pbx: Pbx, governed: bool) -> Bench {
    let shutdown = CancellationToken::new();
    let emulator = pbx.emulate(everybody(), &shutdown).await;
    emulator.inflict(Fault::Strength(Cps::whole(STRENGTH).unwrap()));
    let (sender, heard) = unbounded_channel();
    let switch = pbx
        .drive(emulator.address(), SECRET, timing(), sender, &shutdown)
        .await;
    let dir = tempfile::tempdir().unwrap();
    let location = format!("sqlite://{}", dir.path().join("apicall.db").display());
    let location = location.parse().unwrap();
    let store = Store::open(&location, Access::Engine).await.unwrap();
    let campaign = fill(&store).await;
    let slot = SwitchSlot {
        switch,
        kind: "emulator",
        limits: Limits::default(),
        // The cap would hide what the governor does.
        max_unanswered: 5_000,
        governed,
    };
    let limits = Limits {
        cps: Some(Cps::whole(WANTED).unwrap()),
        channels: None,
    };
    let settings = DialerSettings::new(limits);
    let webhooks = Arc::new(NoWebhooks);
    let dialer = Dialer::start(settings, store, vec![slot], heard, webhooks, Clock::anchor());
    let dialer = dialer.await.unwrap();
    dialer.order(campaign, Order::Start).await.unwrap();
    Bench {
        emulator,
        dialer,
        _dir: dir,
        _end: shutdown.drop_guard(),
    }
}

/// Everybody answers at once and hangs up after half a second.
fn everybody() -> Callees {
    let callee = Callee {
        ring_ms: 10,
        acts: vec![Act {
            upon: None,
            after_ms: 500,
            deed: Deed::HangUp,
        }],
        ..Callee::default()
    };
    Callees::new(vec![Rule {
        whom: Whom::Anybody,
        shares: Shares::one(callee),
    }])
}

fn timing() -> Timing {
    Timing {
        reply: Duration::from_secs(15),
        login: Duration::from_secs(2),
        backoff_least: Duration::from_millis(50),
        backoff_most: Duration::from_millis(200),
        ..Timing::default()
    }
}

async fn fill(store: &Store) -> CampaignId {
    store.create_trunk(trunk).await.unwrap();
    let project = store.create_project(None, project).await.unwrap().id;
    let campaign = store
        .create_campaign(move |id| campaign(id, project))
        .await
        .unwrap()
        .id;
    let import = store.begin_import(campaign).await.unwrap();
    for batch in 0..CONTACTS / 1_000 {
        let rows = (batch * 1_000..(batch + 1) * 1_000).map(contact).collect();
        store.add_contacts(import, rows).await.unwrap();
    }
    store.commit_import(import).await.unwrap();
    campaign
}

fn contact(n: u32) -> NewContact {
    NewContact {
        line: u64::from(n) + 1,
        number: format!("+573{n:09}").parse().unwrap(),
        variables: Variables::default(),
    }
}

fn trunk(id: TrunkId) -> Trunk {
    Trunk {
        id,
        name: "carrier".parse().unwrap(),
        switch: NAME.parse().unwrap(),
        prefix: String::new(),
        limits: Limits::default(),
        caller_id_format: apicall_core::model::CallerIdFormat::AsIs,
        enabled: true,
        breaker: false,
        created_at: BEGIN,
    }
}

fn project(id: ProjectId) -> Project {
    Project {
        id,
        name: "one".to_owned(),
        country: "CO".parse().unwrap(),
        timezone: "America/Bogota".into(),
        hours: None,
        number_caps: Default::default(),
        caller_id: None,
        caller_ids: None,
        trunk: TrunkId::try_from(1).ok(),
        trunks: Default::default(),
        flow: ProjectFlow::Simple(SimpleFlow {
            audio: "prueba".parse().unwrap(),
            expected_digit: "1".parse().unwrap(),
            overflow_number: None,
            amd: None,
            machine_message: None,
        }),
        retry: RetryPolicy::default(),
        limits: Limits::default(),
        ring_timeout_s: 30,
        max_call_s: 600,
        created_at: BEGIN,
    }
}

fn campaign(id: CampaignId, project: ProjectId) -> Campaign {
    Campaign {
        id,
        project,
        name: "overload".to_owned(),
        state: CampaignState::Created,
        limits: Limits::default(),
        weight: 10,
        hours: None,
        starts_at: None,
        ends_at: None,
        created_at: BEGIN,
        started_at: None,
        ended_at: None,
    }
}

impl Bench {
    async fn switch(&self) -> SwitchHealth {
        self.dialer.load().await.unwrap().switches.remove(0)
    }

    /// Waits until the switch is up.
    async fn await_up(&self) {
        while self.switch().await.down.is_some() {
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn starts_last_second(&self) -> u32 {
        let load = self.dialer.load().await.unwrap();
        let engine = load.levels.iter().find(|load| load.level == Level::Engine);
        engine.unwrap().starts_last_second
    }

    /// What is dialed in a second, over so many; the switch stays there.
    async fn rate(&self, seconds: u32) -> f64 {
        let mut started = 0;
        for _ in 0..seconds {
            sleep(Duration::from_secs(1)).await;
            started += self.starts_last_second().await;
            assert_eq!(self.switch().await.down, None);
        }
        f64::from(started) / f64::from(seconds)
    }

    /// Waits until so much is dialed in a second, on the average of four.
    async fn await_rate(&self, least: f64, within: Duration) {
        let begin = Instant::now();
        loop {
            let rate = self.rate(4).await;
            if rate >= least {
                return;
            }
            let slowed = self.switch().await.slowed;
            assert!(begin.elapsed() < within, "{rate}/s after {within:?}: {slowed:?}");
        }
    }
}

#[tokio::test]
async fn a_governed_asterisk_is_used_near_its_capacity_and_followed() {
    is_used_near_its_capacity_and_followed(Pbx::Asterisk).await;
}

#[tokio::test]
async fn a_governed_freeswitch_is_used_near_its_capacity_and_followed() {
    is_used_near_its_capacity_and_followed(Pbx::FreeSwitch).await;
}

async fn is_used_near_its_capacity_and_followed(pbx: Pbx) {
    let bench = bench(pbx, true).await;
    bench.await_up().await;
    // The first moments show what it can do.
    bench.rate(10).await;
    let slowed = bench.switch().await.slowed.unwrap();
    assert!(slowed.percent < 40, "{slowed:?}");
    assert!(slowed.why.to_string().contains("to react"), "{slowed:?}");
    let settled = bench.rate(12).await;
    let strength = f64::from(STRENGTH);
    assert!(
        (0.7 * strength..1.2 * strength).contains(&settled),
        "{settled}/s on a switch for {strength}/s"
    );
    bench
        .emulator
        .inflict(Fault::Strength(Cps::whole(3 * STRENGTH).unwrap()));
    bench
        .await_rate(0.7 * 3.0 * strength, Duration::from_secs(60))
        .await;
}

#[tokio::test]
async fn without_a_governor_the_same_asterisk_collapses_and_stays_so_until_it_is_started_again() {
    collapses_and_stays_so_until_it_is_started_again(Pbx::Asterisk).await;
}

#[tokio::test]
async fn without_a_governor_the_same_freeswitch_collapses_and_stays_so_until_it_is_started_again() {
    collapses_and_stays_so_until_it_is_started_again(Pbx::FreeSwitch).await;
}

async fn collapses_and_stays_so_until_it_is_started_again(pbx: Pbx) {
    let bench = bench(pbx, false).await;
    bench.await_up().await;
    while bench.switch().await.down.is_none() {
        sleep(Duration::from_millis(100)).await;
    }
    bench
        .emulator
        .inflict(Fault::Strength(Cps::whole(10_000).unwrap()));
    sleep(Duration::from_secs(3)).await;
    assert!(
        bench.switch().await.down.is_some(),
        "it does not come back by itself"
    );
    bench.emulator.inflict(Fault::Crash(Duration::from_millis(100)));
    bench.await_up().await;
}
