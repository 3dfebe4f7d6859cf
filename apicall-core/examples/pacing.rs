//! How exact the starts are, through the dialer itself: its owner, its scheduler and its store, with a switch that only
//! notes when an originate reaches it. Every call is a contact of a running campaign, on disk before it starts.
//!
//!     cargo run --release -p apicall-core --example pacing -- [SECONDS] [CPS …]
//!
//! Prints for each rate the largest sliding second, the share of the rate that was reached, the distances of starts, and
//! how many of them came back to back: within a tenth of the interval, or 100 us. Deliberately absent: a verdict;
//! `docs/pacing.md` says what was measured where.
#![allow(clippy::print_stdout, reason = "an example's output is its purpose")]

use apicall_core::dialer::{Dialer, DialerSettings, NoWebhooks, Order, SwitchSlot};
use apicall_core::model::{
    Campaign, CampaignId, CampaignState, Cause, Clock, Cps, Limits, Outcome, Project, ProjectFlow, ProjectId,
    RetryPolicy, SimpleFlow, Timestamp, Trunk, TrunkId, Variables,
};
use apicall_core::store::{Access, Location, NewContact, Store};
use apicall_core::switch::{Command, Event, News, Sign, Switch};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const RATES: [u32; 7] = [1, 10, 50, 100, 500, 1_000, 2_000];
/// A call lasts this long, rings included.
const CALL: Duration = Duration::from_millis(200);
/// Rows of one import batch.
const BATCH: u32 = 1_000;

// One thread, as the engine has for all that dials.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcomes<()> {
    let numbers: Result<Vec<u32>, _> = std::env::args().skip(1).map(|text| text.parse()).collect();
    let numbers = numbers?;
    let seconds = numbers.first().copied().unwrap_or(20);
    let rates = if numbers.len() > 1 {
        numbers[1..].to_vec()
    } else {
        RATES.to_vec()
    };
    println!("  CPS  largest second  reached %  gap p50 us     p99 us     max us  back to back %");
    for cps in rates {
        // A slow rate needs more time for a share that says something.
        let starts = measure(cps, if cps < 10 { seconds * 3 } else { seconds }).await?;
        report(cps, &starts);
    }
    Ok(())
}

/// Dials at a rate for some seconds; when each originate reached the switch.
async fn measure(cps: u32, seconds: u32) -> Outcomes<Vec<Instant>> {
    let dir = std::env::temp_dir().join(format!("apicall-pacing-{}-{cps}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let location: Location = format!("sqlite://{}/apicall.db", dir.display()).parse()?;
    let store = open(location).await?;
    let campaign = fill(&store, cps * (seconds + 2)).await?;
    let (sender, commands) = mpsc::unbounded_channel();
    let (events, heard) = mpsc::unbounded_channel();
    let slot = SwitchSlot {
        switch: Switch {
            name: "pbx1".parse()?,
            commands: sender,
        },
        kind: "emulator",
        limits: Limits::default(),
        max_unanswered: 100_000,
        governed: true,
    };
    let limits = Limits {
        cps: Some(Cps::whole(cps)?),
        channels: None,
    };
    let dialer = Dialer::start(
        DialerSettings::new(limits),
        store.clone(),
        vec![slot],
        heard,
        Arc::new(NoWebhooks),
        Clock::anchor(),
    )
    .await?;
    let switch = tokio::spawn(play_switch(commands, events, Duration::from_secs(seconds.into())));
    dialer.order(campaign, Order::Start).await?;
    let starts = switch.await??;
    dialer.drain(Duration::from_secs(5)).await;
    drop(store);
    std::fs::remove_dir_all(&dir)?;
    Ok(starts)
}

/// Opens the store, whose writer has a thread of its own, as in the engine.
async fn open(location: Location) -> Outcomes<Store> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (opened, opening) = oneshot::channel();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let _ = opened.send(Store::open(&location, Access::Engine).await);
            std::future::pending::<()>().await;
        });
    });
    Ok(opening.await??)
}

/// Notes originates from the first on for so long, and ends each call as busy after a while.
async fn play_switch(
    mut commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<Event>,
    time: Duration,
) -> Outcomes<Vec<Instant>> {
    let name: apicall_core::model::SwitchName = "pbx1".parse()?;
    let say = |news| {
        let event = Event {
            switch: name.clone(),
            news,
        };
        events.send(event).map_err(|_| "the dialer is gone")
    };
    say(News::Up { live: Vec::new() })?;
    let (mut starts, mut calls) = (Vec::new(), std::collections::VecDeque::new());
    loop {
        let next_end = calls.front().map_or(Instant::now() + time, |(at, _)| *at);
        tokio::select! {
            biased;
            command = commands.recv() => {
                let Some(command) = command else { return Ok(starts) };
                if let Command::Originate(originate) = command {
                    let now = Instant::now();
                    let over = starts.first().is_some_and(|first| now >= *first + time);
                    if over && calls.is_empty() {
                        return Ok(starts);
                    }
                    if !over {
                        starts.push(now);
                    }
                    calls.push_back((now + CALL, originate.call));
                }
            }
            () = tokio::time::sleep_until(next_end) => {
                let Some((_, call)) = calls.pop_front() else { return Ok(starts) };
                say(News::Call { call, sign: Sign::Ended { outcome: Outcome::Busy, cause: Cause::default() } })?;
                if starts.first().is_some_and(|first| Instant::now() >= *first + time + 2 * CALL) {
                    return Ok(starts);
                }
            }
        }
    }
}

/// A trunk, a project, and a campaign with so many contacts.
async fn fill(store: &Store, contacts: u32) -> Outcomes<CampaignId> {
    store.create_trunk(trunk).await?;
    let project = store.create_project(None, project).await?.id;
    let campaign = store.create_campaign(move |id| campaign(id, project)).await?.id;
    let import = store.begin_import(campaign).await?;
    for batch in 0..=contacts / BATCH {
        let rows: Outcomes<Vec<_>> = (batch * BATCH..(batch + 1) * BATCH).map(contact).collect();
        store.add_contacts(import, rows?).await?;
    }
    store.commit_import(import).await?;
    Ok(campaign)
}

fn contact(n: u32) -> Outcomes<NewContact> {
    let number = format!("+573{n:09}").parse()?;
    Ok(NewContact {
        line: u64::from(n) + 1,
        number,
        variables: Variables::default(),
    })
}

fn trunk(id: TrunkId) -> Trunk {
    Trunk {
        id,
        name: "carrier".parse().expect("carrier is a name"),
        switch: "pbx1".parse().expect("pbx1 is a name"),
        prefix: String::new(),
        limits: Limits::default(),
        caller_id_format: apicall_core::model::CallerIdFormat::AsIs,
        enabled: true,
        breaker: false,
        created_at: NOW,
    }
}

fn project(id: ProjectId) -> Project {
    Project {
        id,
        name: format!("project {id}"),
        country: "CO".parse().expect("CO is a country"),
        timezone: "America/Bogota".into(),
        hours: None,
        number_caps: Default::default(),
        caller_id: None,
        caller_ids: None,
        trunk: TrunkId::try_from(1).ok(),
        trunks: Default::default(),
        flow: ProjectFlow::Simple(SimpleFlow {
            audio: "prueba".parse().expect("prueba is a sound"),
            expected_digit: "1".parse().expect("1 is a digit"),
            overflow_number: None,
            amd: None,
            machine_message: None,
        }),
        retry: RetryPolicy::default(),
        limits: Limits::default(),
        ring_timeout_s: 30,
        max_call_s: 600,
        created_at: NOW,
    }
}

fn campaign(id: CampaignId, project: ProjectId) -> Campaign {
    Campaign {
        id,
        project,
        name: "pacing".to_owned(),
        state: CampaignState::Created,
        limits: Limits::default(),
        weight: 10,
        hours: None,
        starts_at: None,
        ends_at: None,
        created_at: NOW,
        started_at: None,
        ended_at: None,
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers to look at")]
fn report(cps: u32, starts: &[Instant]) {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
        println!("{cps:>5}  nothing started");
        return;
    };
    let mut gaps: Vec<_> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let close = Duration::from_secs(1) / cps / 10;
    let close = close
        .max(Duration::from_micros(100))
        .min(Duration::from_secs(1) / cps / 4);
    let close = gaps.iter().filter(|gap| **gap < close).count();
    let at = |percent: usize| {
        gaps.get(gaps.len() * percent / 100)
            .or(gaps.last())
            .map_or(0, Duration::as_micros)
    };
    let reached = gaps.len() as f64 / (*last - *first).as_secs_f64() / f64::from(cps) * 100.0;
    println!(
        "{cps:>5}  {:>14}  {reached:>9.2}  {:>10}  {:>9}  {:>9}  {:>14.2}",
        largest_second(starts),
        at(50),
        at(99),
        at(100),
        close as f64 / gaps.len().max(1) as f64 * 100.0
    );
}

fn largest_second(starts: &[Instant]) -> usize {
    let mut from = 0;
    let within = |(at, start): (usize, &Instant)| {
        while starts[from] + Duration::from_secs(1) <= *start {
            from += 1;
        }
        at - from + 1
    };
    starts.iter().enumerate().map(within).max().unwrap_or(0)
}
