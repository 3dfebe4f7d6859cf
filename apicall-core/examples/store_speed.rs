//! How fast the store is on this machine, its writer syncing every commit: imports, whole lives of calls, both at once,
//! and what an operator reads from a campaign of that size.
//!
//!     cargo run --release -p apicall-core --example store_speed -- [CONTACTS] [CALLS] [DIR | URL]
//!
//! Deliberately absent: a verdict. `docs/store.md` says what was measured where.
#![allow(clippy::print_stdout, reason = "an example's output is its purpose")]

use apicall_core::model::{
    Call, CallId, CallState, Campaign, CampaignId, CampaignState, Cause, Limits, Moment, Outcome, Project,
    ProjectFlow, ProjectId, RetryPolicy, SimpleFlow, TimelineEvent, Timestamp, Trunk, TrunkId, Variables,
};
use apicall_core::store::{
    Access, CallQuery, Claim, ContactFate, Full, Journal, NewContact, Reply, Store, StoreError,
};
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Lives in progress at once.
const AT_ONCE: usize = 1_000;
/// Rows of one import batch, as the engine's.
const BATCH: u64 = 1_000;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[tokio::main]
async fn main() -> Outcomes<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(Ok(default), |text| text.parse());
    let (contacts, calls) = (number(200_000)?, number(20_000)?);
    let dir = arguments.next().unwrap_or_else(|| ".".to_owned());
    let file = (!dir.contains("://"))
        .then(|| tempfile::tempdir_in(&dir))
        .transpose()?;
    let location = match &file {
        Some(dir) => format!("sqlite://{}", dir.path().join("apicall.db").display()).parse()?,
        None => dir.parse()?,
    };
    let store = Store::open(&location, Access::Engine).await?;
    let campaign = furnish(&store).await?;

    import(&store, campaign, 0..contacts, "import").await?;
    lives(&store, campaign, calls.min(contacts / 2), "lives").await?;
    let (imported, lived) = tokio::join!(
        import(&store, campaign, contacts..2 * contacts, "import, beside lives"),
        lives(
            &store,
            campaign,
            calls.min(contacts / 2),
            "lives, beside an import"
        ),
    );
    imported.and(lived)?;
    reads(&store, campaign).await?;
    timed("delete the campaign", store.delete_campaign(campaign)).await?;
    store.close().await?;
    Ok(())
}

async fn furnish(store: &Store) -> Outcomes<CampaignId> {
    let (name, switch) = ("carrier".parse()?, "pbx1".parse()?);
    let trunk = Trunk {
        id: TrunkId::try_from(1)?,
        name,
        switch,
        prefix: String::new(),
        limits: Limits::default(),
        enabled: true,
        created_at: NOW,
    };
    let trunk = store
        .create_trunk(move |id| Trunk { id, ..trunk.clone() })
        .await?;
    let project = project(trunk.id)?;
    let project = store
        .create_project(None, move |id| Project {
            id,
            ..project.clone()
        })
        .await?;
    let campaign = move |id| Campaign {
        id,
        project: project.id,
        name: "measured".to_owned(),
        state: CampaignState::Created,
        limits: Limits::default(),
        weight: 10,
        created_at: NOW,
        started_at: None,
        ended_at: None,
    };
    Ok(store.create_campaign(campaign).await?.id)
}

fn project(trunk: TrunkId) -> Outcomes<Project> {
    Ok(Project {
        id: ProjectId::try_from(1)?,
        name: "measured".to_owned(),
        country: "CO".parse()?,
        timezone: "America/Bogota".to_owned(),
        caller_id: None,
        trunk: Some(trunk),
        flow: ProjectFlow::Simple(SimpleFlow {
            audio: "prueba".parse()?,
            expected_digit: "1".parse()?,
            overflow_number: None,
            amd: None,
        }),
        retry: RetryPolicy::default(),
        limits: Limits::default(),
        ring_timeout_s: 30,
        max_call_s: 600,
        created_at: NOW,
    })
}

async fn import(
    store: &Store,
    campaign: CampaignId,
    numbers: std::ops::Range<u64>,
    title: &str,
) -> Outcomes<()> {
    let (began, rows) = (Instant::now(), numbers.end - numbers.start);
    let import = store.begin_import(campaign).await?;
    let mut slowest = Duration::ZERO;
    for first in numbers.clone().step_by(usize::try_from(BATCH)?) {
        let batch: Outcomes<Vec<_>> = (first..numbers.end.min(first + BATCH)).map(contact).collect();
        let batch = batch?;
        let handed = Instant::now();
        store.add_contacts(import, batch).await?;
        slowest = slowest.max(handed.elapsed());
    }
    let staged = began.elapsed();
    store.commit_import(import).await?;
    let rate = rate(rows, began.elapsed());
    println!(
        "{title}: {rows} rows, {rate} rows/s; staged in {staged:.1?}, whole in {:.1?}, slowest batch {slowest:.1?}",
        began.elapsed()
    );
    Ok(())
}

fn contact(n: u64) -> Outcomes<NewContact> {
    let mut variables = Variables::default();
    variables.set("name", &format!("Customer {n}"))?;
    variables.set("balance", &format!("{}.50", n % 9_999))?;
    // A list is in no order: the index of numbers must not look better than it is.
    let number = format!(
        "+573{:09}",
        n.wrapping_mul(2_654_435_761) % 1_000_000_007 % 1_000_000_000
    );
    Ok(NewContact {
        line: n + 1,
        number: number.parse()?,
        variables,
    })
}

/// Claims contacts and takes their calls through `dialing`, `up` and `ended`, each step waiting for the one before.
async fn lives(store: &Store, campaign: CampaignId, calls: u64, title: &str) -> Outcomes<()> {
    let (journal, began) = (store.journal(), Instant::now());
    let (mut living, mut slowness, mut claimed) = (JoinSet::new(), Vec::new(), 0);
    while claimed < calls {
        let reply = handed(|| journal.claim(claim(campaign))).await;
        let batch = reply.await??.calls;
        if batch.is_empty() {
            break;
        }
        claimed += batch.len() as u64;
        for call in batch {
            living.spawn(live(journal.clone(), call));
        }
        while living.len() > AT_ONCE {
            slowness.extend(living.join_next().await.transpose()?.transpose()?);
        }
    }
    while let Some(life) = living.join_next().await {
        slowness.push(life??);
    }
    slowness.sort();
    let (rate, p99) = (rate(claimed, began.elapsed()), slowness.len() * 99 / 100);
    println!(
        "{title}: {claimed} calls, {rate} calls/s; a step is on disk after {:.1?} at the median, {:.1?} at p99",
        slowness.get(slowness.len() / 2).copied().unwrap_or_default(),
        slowness.get(p99).copied().unwrap_or_default()
    );
    Ok(())
}

fn claim(campaign: CampaignId) -> Claim {
    Claim {
        campaign,
        project: ProjectId::try_from(1).expect("1 is an id"),
        trunk: TrunkId::try_from(1).expect("1 is an id"),
        switch: "pbx1".parse().expect("pbx1 is a name"),
        caller_id: None,
        limit: 200,
        now: NOW,
    }
}

/// One life; returns how long its slowest step took to be on disk.
async fn live(journal: Journal, mut call: Call) -> Outcomes<Duration> {
    let began = Instant::now();
    (call.state, call.dialed_at) = (CallState::Dialing, Some(NOW));
    handed(|| journal.save(call.clone(), vec![state(CallState::Dialing)]))
        .await
        .await??;
    let first = began.elapsed();
    (call.state, call.answered_at) = (CallState::Up, Some(NOW));
    handed(|| journal.save(call.clone(), vec![state(CallState::Up)]))
        .await
        .await??;
    let second = began.elapsed() - first;
    (call.state, call.ended_at) = (CallState::Ended, Some(NOW));
    call.outcome = Some(Outcome::ALL[usize::try_from(call.attempt)? % Outcome::ALL.len()]);
    let ended = Moment {
        at: NOW,
        event: TimelineEvent::Ended {
            outcome: Outcome::Answered,
            cause: Cause::text("NORMAL_CLEARING"),
        },
    };
    handed(|| journal.finish(call.clone(), vec![ended.clone()], Some(ContactFate::Done)))
        .await
        .await??;
    Ok(first.max(second).max(began.elapsed() - first - second))
}

fn state(state: CallState) -> Moment {
    Moment {
        at: NOW,
        event: TimelineEvent::State { state },
    }
}

/// Hands a job over, and tries again while the queue is full.
async fn handed<T>(hand_over: impl Fn() -> Result<Reply<T>, Full>) -> Reply<T> {
    loop {
        match hand_over() {
            Ok(reply) => return reply,
            Err(Full) => tokio::task::yield_now().await,
        }
    }
}

async fn reads(store: &Store, campaign: CampaignId) -> Outcomes<()> {
    timed("campaign_progress", store.campaign_progress(campaign)).await?;
    timed("campaign_totals", store.campaign_totals(campaign)).await?;
    timed("totals of all calls", store.totals(NOW, None)).await?;
    timed("open_calls", store.open_calls()).await?;
    let page =
        |query: CallQuery| async move { store.calls(&query, None, 100).await.map(|page| page.items.len()) };
    timed("calls, newest 100", page(CallQuery::default())).await?;
    let (live, lost) = (Some(CallState::Up), Some(Outcome::Lost));
    timed(
        "calls that are up (none is)",
        page(CallQuery {
            state: live,
            ..CallQuery::default()
        }),
    )
    .await?;
    timed(
        "calls lost (none is)",
        page(CallQuery {
            outcome: lost,
            ..CallQuery::default()
        }),
    )
    .await?;
    let result = Some("no_input".parse()?);
    timed(
        "calls with a result (none has)",
        page(CallQuery {
            result,
            ..CallQuery::default()
        }),
    )
    .await?;
    let to = Some(NOW);
    timed(
        "calls made before (none was)",
        page(CallQuery {
            to,
            ..CallQuery::default()
        }),
    )
    .await?;
    timed("contacts, first 100", store.contacts(campaign, None, None, 100)).await?;
    let missing = store.call(CallId::draw());
    timed("one call", missing).await?;
    Ok(())
}

async fn timed<T>(title: &str, read: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let began = Instant::now();
    let read = read.await;
    println!("{title}: {:.1?}", began.elapsed());
    read
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rate to look at"
)]
fn rate(count: u64, took: Duration) -> u64 {
    (count as f64 / took.as_secs_f64()) as u64
}
