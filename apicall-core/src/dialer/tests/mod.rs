//! The dialer with a real store and a switch that the test plays.

mod hours;
mod lists;
mod numbers;
mod races;
mod trunks;
mod unseen;
mod visitors;
mod webhooks;

use super::deadline::Due;
use super::*;
use crate::model::{
    Call, CallId, CallState, CampaignId, CampaignState, Cause, Clock, LegCommand, LegReply, Limits, Outcome,
    ProjectId, TransferReport, TransferStatus,
};
use crate::store::tests::{NOW, campaign, file_in, import, project, trunk};
use crate::store::{Access, CallQuery, Store};
use crate::switch::{Command, Event, GoneFuture, Leg, LegFuture, News, Sign, Switch, WayOut};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

struct Bench {
    dialer: Dialer,
    store: Store,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<Event>,
    campaign: CampaignId,
    project: ProjectId,
    dir: TempDir,
    webhooks: webhooks::Played,
}

async fn bench(contacts: u64) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    store.create_trunk(trunk).await.unwrap();
    let project = store.create_project(None, project).await.unwrap().id;
    let campaign = store
        .create_campaign(move |id| campaign(id, project, "one"))
        .await
        .unwrap()
        .id;
    import(&store, campaign, 0..contacts).await;
    start(dir, store, project, campaign).await
}

async fn open(dir: &TempDir) -> Store {
    Store::open(&file_in(dir), Access::Engine).await.unwrap()
}

async fn start(dir: TempDir, store: Store, project: ProjectId, campaign: CampaignId) -> Bench {
    start_at(dir, store, project, campaign, Clock::anchor()).await
}

async fn start_at(
    dir: TempDir,
    store: Store,
    project: ProjectId,
    campaign: CampaignId,
    clock: Clock,
) -> Bench {
    let (sender, commands) = mpsc::unbounded_channel();
    let (events, heard) = mpsc::unbounded_channel();
    let switch = Switch {
        name: "pbx1".parse().unwrap(),
        commands: sender,
    };
    let slot = SwitchSlot {
        switch,
        kind: "asterisk",
        limits: Limits::default(),
        max_unanswered: 100,
        governed: true,
    };
    let settings = DialerSettings {
        limits: Limits::default(),
        hold_after_start: Duration::ZERO,
        limits_span_engines: false,
    };
    let webhooks = webhooks::Played::default();
    let served = webhooks.clone();
    let webhooks = Arc::new(webhooks);
    let dialer = Dialer::start(settings, store.clone(), vec![slot], heard, webhooks, clock)
        .await
        .unwrap();
    Bench {
        dialer,
        store,
        commands,
        events,
        campaign,
        project,
        dir,
        webhooks: served,
    }
}

impl Bench {
    fn say(&self, news: News) {
        self.events
            .send(Event {
                switch: "pbx1".parse().unwrap(),
                news,
            })
            .unwrap();
    }

    /// Changes the project, and lets the dialer know.
    async fn change_project(&self, change: impl Fn(&mut crate::model::Project) + Send + Sync + 'static) {
        let changing = self.store.update_project(self.project, NOW, change);
        changing.await.unwrap();
        self.dialer.refresh(Changed::Project(self.project)).await.unwrap();
    }

    fn up(&self, live: &[CallId]) {
        self.say(News::Up { live: live.to_vec() });
    }

    fn sign(&self, call: CallId, sign: Sign) {
        self.say(News::Call { call, sign });
    }

    fn end(&self, call: CallId, outcome: Outcome) {
        self.sign(
            call,
            Sign::Ended {
                outcome,
                cause: Cause::default(),
            },
        );
    }

    async fn command(&mut self) -> Command {
        let waited = tokio::time::timeout(Duration::from_secs(10), self.commands.recv()).await;
        waited
            .expect("a command within ten seconds")
            .expect("the dialer lives")
    }

    async fn originated(&mut self) -> CallId {
        match self.command().await {
            Command::Originate(originate) => originate.call,
            other => panic!("{other:?}"),
        }
    }

    /// The record once it is in a state, looked up as often as anything is written.
    async fn record(&self, call: CallId, state: CallState) -> Call {
        let look = async {
            loop {
                let record = self.store.call(call).await.unwrap().unwrap();
                if record.state == state {
                    return record;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), look)
            .await
            .expect("the state is reached")
    }

    async fn state_of_campaign(&self, state: CampaignState) {
        let look = async {
            while self.store.campaign(self.campaign).await.unwrap().unwrap().state != state {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), look)
            .await
            .expect("the campaign gets there");
    }
}

/// A leg that answers from a list, and says gone after it.
#[derive(Debug)]
struct Scripted(VecDeque<LegReply>);

impl Leg for Scripted {
    fn leave_by(&mut self, _way: WayOut) {}

    fn execute(&mut self, command: LegCommand) -> LegFuture<'_> {
        let reply = match command {
            LegCommand::Hangup => LegReply::Gone,
            _ => self.0.pop_front().unwrap_or(LegReply::Gone),
        };
        Box::pin(async move { reply })
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(std::future::pending())
    }
}

fn leg(replies: impl IntoIterator<Item = LegReply>) -> Box<dyn Leg> {
    Box::new(Scripted(replies.into_iter().collect()))
}

#[tokio::test]
async fn a_campaign_is_dialed_driven_and_accounted_for() {
    let mut bench = bench(2).await;
    bench.up(&[]);
    let order = bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    assert_eq!(order.state, CampaignState::Running);
    let (first, second) = (bench.originated().await, bench.originated().await);
    assert_ne!(first, second);
    let on_disk = bench
        .store
        .call(first)
        .await
        .unwrap()
        .expect("on disk before it left");
    assert!(matches!(on_disk.state, CallState::Queued | CallState::Dialing));
    bench.sign(first, Sign::Ringing);
    bench.record(first, CallState::Ringing).await;
    bench.sign(first, Sign::Answered);
    let keys = [LegReply::Gathered("1".parse().unwrap()), LegReply::Played(None)];
    bench.say(News::Leg {
        call: first,
        leg: leg(keys),
    });
    bench.end(first, Outcome::Answered);
    let record = bench.record(first, CallState::Ended).await;
    assert_eq!(
        (record.outcome, record.digits.as_str()),
        (Some(Outcome::Answered), "1")
    );
    assert_eq!(record.result.unwrap().as_str(), "completed");
    bench.end(second, Outcome::InvalidNumber);
    bench.end(second, Outcome::Busy);
    let record = bench.record(second, CallState::Ended).await;
    assert_eq!(
        record.outcome,
        Some(Outcome::InvalidNumber),
        "the first end is the end"
    );
    bench.state_of_campaign(CampaignState::Finished).await;
}

#[tokio::test]
async fn nothing_is_dialed_while_the_switch_is_down_and_a_single_call_is_refused() {
    let bench = bench(1).await;
    let number = "+573001234567".parse().unwrap();
    let refused = bench
        .dialer
        .place(bench.project, number, None, Default::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, DialerError::SwitchDown { .. }), "{refused}");
}

#[tokio::test]
async fn a_single_call_is_durable_and_can_be_hung_up() {
    let mut bench = bench(0).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let number: crate::model::PhoneNumber = "+573001234567".parse().unwrap();
    let call = bench
        .dialer
        .place(bench.project, number, None, Default::default())
        .await
        .unwrap();
    assert!(bench.store.call(call.id).await.unwrap().is_some());
    assert_eq!(bench.originated().await, call.id);
    bench.dialer.hangup(call.id).await.unwrap();
    assert_eq!(bench.command().await, Command::Hangup(call.id));
    bench.end(call.id, Outcome::NoAnswer);
    assert_eq!(
        bench.record(call.id, CallState::Ended).await.outcome,
        Some(Outcome::Cancelled)
    );
    let again = bench.dialer.hangup(call.id).await.unwrap();
    assert_eq!(
        again.outcome,
        Some(Outcome::Cancelled),
        "hanging up an ended call is no error"
    );
}

#[tokio::test]
async fn a_transfer_counts_as_a_channel_and_is_recorded() {
    let mut bench = bench(0).await;
    bench
        .change_project(|project| {
            if let crate::model::ProjectFlow::Simple(flow) = &mut project.flow {
                flow.overflow_number = Some("+573007654321".parse().unwrap());
            }
        })
        .await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let number = "+573001234567".parse().unwrap();
    let call = bench
        .dialer
        .place(bench.project, number, None, Default::default())
        .await
        .unwrap()
        .id;
    bench.originated().await;
    bench.sign(call, Sign::Answered);
    let report = TransferReport {
        target: "+573007654321".into(),
        status: TransferStatus::Answered,
        total_ms: 9_000,
        talked_ms: 5_000,
        cause: Cause::default(),
    };
    let replies = [
        LegReply::Gathered("1".parse().unwrap()),
        LegReply::Played(None),
        LegReply::Transferred(report.clone()),
    ];
    bench.say(News::Leg {
        call,
        leg: leg(replies),
    });
    bench.end(call, Outcome::Answered);
    let record = bench.record(call, CallState::Ended).await;
    assert_eq!(
        (record.result.unwrap().as_str(), record.transfer),
        ("transferred", Some(report))
    );
    assert_eq!(bench.dialer.load().await.unwrap().levels[0].live, 0);
}

#[tokio::test]
async fn after_a_crash_the_switch_is_asked_who_lives() {
    let mut bench = bench(3).await;
    bench.up(&[]);
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let (lives, gone, up) = (
        bench.originated().await,
        bench.originated().await,
        bench.originated().await,
    );
    bench.sign(up, Sign::Answered);
    for call in [lives, gone] {
        bench.record(call, CallState::Dialing).await;
    }
    bench.record(up, CallState::Up).await;
    // The engine is gone without a word; another one starts on what is on disk.
    let Bench {
        dialer,
        store,
        dir,
        project,
        campaign,
        ..
    } = bench;
    drop((dialer, store));
    let mut store = None;
    while store.is_none() {
        store = Store::open(&file_in(&dir), Access::Engine).await.ok();
        tokio::task::yield_now().await;
    }
    let mut bench = start(dir, store.unwrap(), project, campaign).await;
    bench.up(&[lives, up]);
    let mut adopted = vec![];
    let mut hung_up = vec![];
    while adopted.len() < 2 || hung_up.is_empty() {
        match bench.command().await {
            Command::Adopt(call) => adopted.push(call),
            Command::Hangup(call) => hung_up.push(call),
            Command::Forget(call) => assert_eq!(call, gone),
            Command::Originate(_) => panic!("nobody is called twice"),
        }
    }
    assert_eq!(hung_up, [up], "answered in an earlier run: its flow is lost");
    assert_eq!(
        bench.record(gone, CallState::Ended).await.outcome,
        Some(Outcome::Lost)
    );
    bench.end(lives, Outcome::Busy);
    assert_eq!(
        bench.record(lives, CallState::Ended).await.outcome,
        Some(Outcome::Busy)
    );
}

#[tokio::test]
async fn a_drain_gives_back_who_waits_and_waits_for_who_lives() {
    let mut bench = bench(10).await;
    bench
        .store
        .update_campaign(bench.campaign, NOW, |campaign| {
            campaign.limits.channels = Some(1.try_into().unwrap());
        })
        .await
        .unwrap();
    bench.up(&[]);
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let call = bench.originated().await;
    let dialer = bench.dialer.clone();
    let limit = Duration::from_secs(20);
    let draining = tokio::spawn(async move { tokio::join!(dialer.drain(limit), dialer.drain(limit)) });
    loop {
        let refused = bench.dialer.order(bench.campaign, Order::Start).await;
        if matches!(refused, Err(DialerError::Draining)) {
            break;
        }
    }
    bench.end(call, Outcome::Busy);
    assert_eq!(
        draining.await.unwrap(),
        (true, true),
        "who asks again is told too"
    );
    let calls = bench
        .store
        .calls(&CallQuery::default(), None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(calls.len(), 1, "calls that never left are not calls");
    let (_, contacts) = bench.store.campaign_progress(bench.campaign).await.unwrap();
    assert_eq!(contacts, 10);
}

#[tokio::test]
async fn orders_that_make_no_sense_say_what_to_do() {
    let bench = bench(0).await;
    let refused = bench
        .dialer
        .order(bench.campaign, Order::Resume)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("start it instead"), "{refused}");
    let refused = bench
        .dialer
        .order(bench.campaign, Order::Start)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("import contacts first"), "{refused}");
}

/// `docs/CALL_LIFE.md` says what the code does.
#[test]
fn the_page_on_the_life_of_a_call_is_right() {
    let page = include_str!("../../../../docs/CALL_LIFE.md");
    for from in CallState::ALL {
        let to: Vec<_> = CallState::ALL
            .iter()
            .filter(|to| from.may_become(**to))
            .map(|to| to.as_str())
            .collect();
        let row = format!("| {from} | {} |", to.join(", ")).replace("|  |", "| |");
        assert!(page.contains(&row), "the page lacks: {row}");
    }
    let mut project = project(1.try_into().unwrap());
    (project.ring_timeout_s, project.max_call_s) = (30, 3_600);
    let dues = [
        ("slot", Due::Slot),
        ("answer", Due::Answer),
        ("leg", Due::Leg),
        ("flow", Due::Flow),
        ("gone", Due::Gone),
        ("last word", Due::LastWord),
        ("switch", Due::Switch),
    ];
    for (name, due) in dues {
        let row = format!("| {name} | {} |", due.limit(Some(&project)).as_secs());
        assert!(page.contains(&row), "the page lacks: {row}");
    }
}
