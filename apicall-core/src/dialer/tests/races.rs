//! Things that happen in the same moment, twice, or in the wrong order.

use super::*;
use crate::model::{Moment, PhoneNumber, TimelineEvent};
use crate::store::NewContact;

/// A leg that never answers, and tells of every command it gets.
#[derive(Debug)]
struct Silent(mpsc::UnboundedSender<LegCommand>);

impl Leg for Silent {
    fn leave_by(&mut self, _way: WayOut) {}

    fn execute(&mut self, command: LegCommand) -> LegFuture<'_> {
        let _ = self.0.send(command);
        Box::pin(std::future::pending())
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(std::future::pending())
    }
}

impl Bench {
    /// A single call that is ringing somewhere.
    async fn place(&mut self) -> CallId {
        let number: PhoneNumber = "+573001234567".parse().unwrap();
        let placed = self.dialer.place(self.project, number, None, Default::default());
        placed.await.unwrap().id
    }

    async fn change_trunk(&self, change: impl Fn(&mut crate::model::Trunk) + Send + Sync + 'static) {
        let trunk = 1.try_into().unwrap();
        self.store.update_trunk(trunk, NOW, change).await.unwrap();
        self.dialer.refresh(Changed::Trunk(trunk)).await.unwrap();
    }

    /// Answers a call with a leg whose flow waits for ever; its commands.
    fn answer(&self, call: CallId) -> mpsc::UnboundedReceiver<LegCommand> {
        let (told, commands) = mpsc::unbounded_channel();
        self.sign(call, Sign::Answered);
        self.say(News::Leg {
            call,
            leg: Box::new(Silent(told)),
        });
        commands
    }
}

#[tokio::test]
async fn a_campaign_does_not_finish_while_contacts_are_on_their_way() {
    let mut bench = bench(1).await;
    bench.up(&[]);
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let first = bench.originated().await;
    let import = bench.store.begin_import(bench.campaign).await.unwrap();
    let contact = NewContact {
        line: 1,
        number: "+573009999999".parse().unwrap(),
        variables: Default::default(),
    };
    bench.store.add_contacts(import, vec![contact]).await.unwrap();
    bench.end(first, Outcome::InvalidNumber);
    bench.record(first, CallState::Ended).await;
    let still = bench.store.finish_campaign(
        bench.campaign,
        bench
            .store
            .campaign(bench.campaign)
            .await
            .unwrap()
            .unwrap()
            .created_at,
    );
    assert_eq!(
        still.await.unwrap().state,
        CampaignState::Running,
        "a contact is staged"
    );
    bench.store.commit_import(import).await.unwrap();
    bench
        .dialer
        .refresh(Changed::Campaign(bench.campaign))
        .await
        .unwrap();
    let second = bench.originated().await;
    bench.end(second, Outcome::InvalidNumber);
    bench.state_of_campaign(CampaignState::Finished).await;
}

#[tokio::test]
async fn the_first_end_is_the_end_while_the_flow_still_runs() {
    let mut bench = bench(0).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let call = bench.place().await;
    bench.originated().await;
    let mut commands = bench.answer(call);
    commands.recv().await.expect("the flow runs");
    for text in ["the first", "the second"] {
        let (outcome, cause) = (Outcome::Answered, Cause::text(text));
        bench.sign(call, Sign::Ended { outcome, cause });
    }
    bench.dialer.hangup(call).await.unwrap();
    let record = bench.record(call, CallState::Ended).await;
    assert_eq!(
        (record.outcome, record.cause),
        (Some(Outcome::Answered), Cause::text("the first"))
    );
}

#[tokio::test]
async fn a_call_that_is_answered_while_it_is_hung_up_runs_no_flow() {
    let mut bench = bench(0).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let call = bench.place().await;
    bench.originated().await;
    bench.dialer.hangup(call).await.unwrap();
    assert_eq!(bench.command().await, Command::Hangup(call));
    let mut commands = bench.answer(call);
    assert_eq!(commands.recv().await, None, "the leg is let go");
    bench.end(call, Outcome::Answered);
    let record = bench.record(call, CallState::Ended).await;
    assert_eq!((record.outcome, record.result), (Some(Outcome::Answered), None));
}

#[tokio::test]
async fn a_contact_given_back_comes_again() {
    let mut bench = bench(1).await;
    bench
        .change_trunk(|trunk| trunk.limits.channels = Some(1.try_into().unwrap()))
        .await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let in_the_way = bench.place().await;
    bench.originated().await;
    let mut commands = bench.answer(in_the_way);
    commands.recv().await.expect("the flow runs");
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let waits = async {
        while bench.dialer.load().await.unwrap().levels[0].waiting == 0 {
            tokio::task::yield_now().await;
        }
    };
    waits.await;
    // Ten minutes without a free channel: the contact is given back, the call in the way hung up.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(605)).await;
    tokio::time::resume();
    assert_eq!(bench.command().await, Command::Hangup(in_the_way));
    bench.end(in_the_way, Outcome::Answered);
    let again = bench.originated().await;
    assert_eq!(bench.store.call(again).await.unwrap().unwrap().attempt, 1);
}

#[tokio::test]
async fn who_waits_for_a_trunk_that_moves_does_not_leave_the_old_way() {
    let mut bench = bench(0).await;
    bench
        .change_trunk(|trunk| trunk.limits.channels = Some(1.try_into().unwrap()))
        .await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    bench.place().await;
    let waiting = bench.place().await;
    bench.originated().await;
    bench
        .change_trunk(|trunk| trunk.switch = "pbx2".parse().unwrap())
        .await;
    let record = bench.record(waiting, CallState::Ended).await;
    assert_eq!(record.outcome, Some(Outcome::Cancelled));
    let why = record.cause.text.unwrap();
    assert!(why.contains("leads elsewhere"), "{why}");
}

#[tokio::test]
async fn a_transfer_takes_part_in_the_rates_of_its_trunk() {
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
    let call = bench.place().await;
    bench.originated().await;
    bench.sign(call, Sign::Answered);
    bench.say(News::Leg {
        call,
        leg: leg([LegReply::Gathered("1".parse().unwrap()), LegReply::Played(None)]),
    });
    bench.record(call, CallState::Up).await;
    let seen = async {
        loop {
            let load = bench.dialer.load().await.unwrap();
            let starts: Vec<_> = load.levels.iter().map(|level| level.starts_last_second).collect();
            if starts.iter().all(|starts| *starts == 2) {
                return starts.len();
            }
            tokio::task::yield_now().await;
        }
    };
    let levels = tokio::time::timeout(Duration::from_millis(900), seen).await;
    assert_eq!(levels, Ok(4), "engine, switch, trunk and project");
}

/// The states that a timeline tells, and where its flow began.
fn told(timeline: &[Moment]) -> Vec<String> {
    let word = |moment: &Moment| match &moment.event {
        TimelineEvent::State { state } => Some(state.to_string()),
        TimelineEvent::Step { .. } => Some("step".to_owned()),
        TimelineEvent::Ended { .. } => Some("ended".to_owned()),
        _ => None,
    };
    timeline.iter().filter_map(word).collect()
}

impl Bench {
    /// A call whose leg is there before any word of the switch, and whose flow runs.
    async fn overtaken(&mut self) -> CallId {
        let call = self.place().await;
        self.originated().await;
        let (tell, mut commands) = mpsc::unbounded_channel();
        let leg = Box::new(Silent(tell));
        self.say(News::Leg { call, leg });
        commands.recv().await.expect("the flow does not wait");
        call
    }

    async fn tells(&self, call: CallId, story: &[&str]) {
        let heard = async {
            while told(&self.store.timeline(call).await.unwrap()) != story {
                tokio::task::yield_now().await;
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(10), heard).await;
        assert!(told.is_ok(), "{story:?}: {:?}", self.store.timeline(call).await);
    }
}

#[tokio::test]
async fn a_ringing_that_the_leg_overtakes_is_told_before_the_answer() {
    let mut bench = bench(0).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let call = bench.overtaken().await;
    bench.record(call, CallState::Up).await;
    let so_far = bench.store.timeline(call).await.unwrap();
    assert_eq!(
        told(&so_far),
        ["queued", "dialing"],
        "it may have rung before that"
    );
    bench.sign(call, Sign::Ringing);
    bench.sign(call, Sign::Answered);
    let story = ["queued", "dialing", "ringing", "up", "step"];
    bench.tells(call, &story).await;
    bench.dialer.hangup(call).await.unwrap();
    bench.end(call, Outcome::Answered);
    let record = bench.record(call, CallState::Ended).await;
    assert_eq!(
        record.ringing_at, record.answered_at,
        "the latest it can have been"
    );
    let timeline = bench.store.timeline(call).await.unwrap();
    assert_eq!(told(&timeline)[..5], story);
    assert!(timeline.is_sorted_by_key(|moment| moment.at), "{timeline:?}");
}

#[tokio::test]
async fn an_answer_without_the_word_of_the_switch_is_told_all_the_same() {
    let mut bench = bench(0).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let (ended, cut_off) = (bench.overtaken().await, bench.overtaken().await);
    bench.dialer.hangup(ended).await.unwrap();
    bench.end(ended, Outcome::Answered);
    bench
        .tells(ended, &["queued", "dialing", "up", "step", "ended"])
        .await;
    let reason = "the connection is cut".to_owned();
    bench.say(News::Down { reason });
    bench.tells(cut_off, &["queued", "dialing", "up", "step"]).await;
}
