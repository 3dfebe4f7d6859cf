//! Whole lives of calls: claimed, attempted, ended, each step on disk before the next.

use super::stock::{self, NOW};
use super::{Measured, cpu_with};
use apicall_core::model::{
    Call, CallState, CampaignId, Cause, Moment, Outcome, ProjectId, TimelineEvent, TrunkId,
};
use apicall_core::store::{Access, Claim, ContactFate, Full, Gate, Journal, Location, Reply, Shows, Store};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Calls of a measurement.
const CALLS: u64 = 240_000;
/// Contacts claimed at once.
const CLAIM: u32 = 500;
/// Claims whose calls live at once, over all engines.
const AT_ONCE: usize = 16;
const PACED_CPS: u64 = 1_000;
const PACED_S: u64 = 10;
/// A call of the paced lives is over after this.
const LIFE: Duration = Duration::from_millis(500);

/// What calls need.
#[derive(Debug, Clone, Copy)]
struct Way {
    campaign: CampaignId,
    project: ProjectId,
    trunk: TrunkId,
}

/// As many as can be, by an engine at each place, each with contacts of its own; `calls` of them, or the usual number.
pub(super) async fn flat_out(places: &[Location], calls: u64, server: Option<u32>) -> Measured {
    let each = (if calls == 0 { CALLS } else { calls }) / places.len() as u64;
    let mut engines = Vec::new();
    for (n, place) in places.iter().enumerate() {
        let store = Store::open_as(place, Access::Engine, &format!("e{n}"))
            .await
            .unwrap();
        let known = store.projects().await.unwrap().pop();
        let (project, trunk) = match known {
            Some(project) => (project.id, project.trunk.unwrap()),
            None => stock::project(&store).await,
        };
        let campaign = stock::campaign(&store, project, &format!("lives {n}"), each).await;
        engines.push((
            store,
            Way {
                campaign,
                project,
                trunk,
            },
        ));
    }
    let (cpu, began) = (cpu_with(server), Instant::now());
    let mut running = JoinSet::new();
    for (store, way) in &engines {
        let at_once = (AT_ONCE / places.len()).max(2);
        running.spawn(engine(store.journal(), *way, at_once));
    }
    let (mut took_ms, mut count) = (Vec::new(), 0);
    while let Some(engine) = running.join_next().await {
        let (calls, mut steps) = engine.unwrap();
        count += calls;
        took_ms.append(&mut steps);
    }
    let measured = Measured {
        count: count as f64,
        seconds: began.elapsed().as_secs_f64(),
        cpu: cpu_with(server) - cpu,
        took_ms,
    };
    assert_eq!(count, each * places.len() as u64, "every contact was called");
    for (store, way) in engines {
        let (done, all) = store.campaign_progress(way.campaign).await.unwrap();
        assert_eq!((done, all), (each, each), "every call is over");
        store.close().await.unwrap();
    }
    measured
}

/// Claims until nobody is left; how many calls, and how long each step took.
async fn engine(journal: Journal, way: Way, at_once: usize) -> (u64, Vec<f64>) {
    let (mut living, mut calls, mut took) = (JoinSet::new(), 0, Vec::new());
    loop {
        let began = Instant::now();
        let claimed = handed(|| journal.claim(claim(way, CLAIM))).await;
        let claimed = claimed.await.unwrap().unwrap().calls;
        if claimed.is_empty() {
            break;
        }
        took.push(ms(began));
        calls += claimed.len() as u64;
        living.spawn(lives(journal.clone(), claimed));
        while living.len() >= at_once {
            took.extend(living.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(steps) = living.join_next().await {
        took.extend(steps.unwrap());
    }
    (calls, took)
}

/// The lives of calls that were claimed together.
async fn lives(journal: Journal, calls: Vec<Call>) -> [f64; 2] {
    let began = Instant::now();
    let mut replies = Vec::with_capacity(calls.len());
    for call in &calls {
        replies.push(handed(|| journal.save(dialing(call), vec![moment(CallState::Dialing)])).await);
    }
    written(replies).await;
    let attempted = ms(began);
    let began = Instant::now();
    let mut replies = Vec::with_capacity(calls.len());
    for call in &calls {
        let (call, moments) = over(call);
        replies.push(handed(|| journal.finish(call.clone(), moments.clone(), Some(ContactFate::Done))).await);
    }
    written(replies).await;
    [attempted, ms(began)]
}

/// Lives at a steady rate.
pub(super) struct Paced {
    pub lives: Measured,
    pub transactions_a_second: f64,
}

/// The dialer's own pace: a thousand calls a second, each written when it happens.
pub(super) async fn paced(place: &Location) -> Paced {
    let store = Store::open(place, Access::Engine).await.unwrap();
    let project = store.projects().await.unwrap().pop().unwrap();
    let campaign = stock::campaign(&store, project.id, "paced", PACED_CPS * PACED_S).await;
    let way = Way {
        campaign,
        project: project.id,
        trunk: project.trunk.unwrap(),
    };
    let (journal, transactions) = (store.journal(), store.transactions());
    let (cpu, began) = (cpu_with(None), Instant::now());
    let (mut living, mut waiting) = (JoinSet::new(), Vec::new());
    let mut beat = tokio::time::interval(Duration::from_millis(1_000 / PACED_CPS));
    for _ in 0..PACED_CPS * PACED_S {
        beat.tick().await;
        if waiting.is_empty() {
            waiting = journal
                .claim(claim(way, CLAIM))
                .unwrap()
                .await
                .unwrap()
                .unwrap()
                .calls;
        }
        let call = waiting.pop().expect("there are contacts enough");
        living.spawn(life(journal.clone(), call));
    }
    let mut took_ms = Vec::new();
    while let Some(steps) = living.join_next().await {
        took_ms.extend(steps.unwrap());
    }
    let seconds = began.elapsed().as_secs_f64();
    let written = store.transactions() - transactions;
    store.close().await.unwrap();
    Paced {
        lives: Measured {
            count: (PACED_CPS * PACED_S) as f64,
            seconds,
            cpu: cpu_with(None) - cpu,
            took_ms,
        },
        transactions_a_second: written as f64 / seconds,
    }
}

async fn life(journal: Journal, call: Call) -> [f64; 2] {
    let began = Instant::now();
    let reply = journal
        .save(dialing(&call), vec![moment(CallState::Dialing)])
        .unwrap();
    reply.await.unwrap().unwrap();
    let attempted = ms(began);
    tokio::time::sleep(LIFE).await;
    let (call, moments) = over(&call);
    let began = Instant::now();
    let reply = journal.finish(call, moments, Some(ContactFate::Done)).unwrap();
    reply.await.unwrap().unwrap();
    [attempted, ms(began)]
}

fn claim(way: Way, limit: u32) -> Claim {
    Claim {
        campaign: way.campaign,
        project: way.project,
        trunk: way.trunk,
        switch: "pbx1".parse().unwrap(),
        again: None,
        shows: Shows::Always(None),
        limit,
        now: NOW,
        gate: Gate::open(),
    }
}

fn dialing(call: &Call) -> Call {
    Call {
        state: CallState::Dialing,
        dialed_at: Some(NOW),
        ..call.clone()
    }
}

fn over(call: &Call) -> (Call, Vec<Moment>) {
    let outcome = Outcome::ALL[call.contact.map_or(0, |contact| contact.get() as usize) % Outcome::ALL.len()];
    let cause = Cause::text("NORMAL_CLEARING");
    let over = Call {
        state: CallState::Ended,
        dialed_at: Some(NOW),
        answered_at: Some(NOW),
        ended_at: Some(NOW),
        outcome: Some(outcome),
        cause: cause.clone(),
        ..call.clone()
    };
    let end = Moment {
        at: NOW,
        event: TimelineEvent::Ended { outcome, cause },
    };
    (over, vec![moment(CallState::Up), end])
}

fn moment(state: CallState) -> Moment {
    Moment {
        at: NOW,
        event: TimelineEvent::State { state },
    }
}

/// Hands something over, and tries again while the queue is full.
async fn handed<T>(hand_over: impl Fn() -> Result<Reply<T>, Full>) -> Reply<T> {
    loop {
        match hand_over() {
            Ok(reply) => return reply,
            Err(Full) => tokio::task::yield_now().await,
        }
    }
}

async fn written(replies: Vec<Reply<()>>) {
    for reply in replies {
        reply.await.unwrap().unwrap();
    }
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}
