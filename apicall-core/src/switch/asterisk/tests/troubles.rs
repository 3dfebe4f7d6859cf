//! Broken connections and crashes: nobody is forgotten, nobody is called twice.

use super::super::OriginateBy;
use super::super::token;
use super::super::tracker::{Order, Tracker};
use super::peers::{Bench, answer, bench, bench_by, session};
use crate::model::{CallId, LegCommand, LegReply, Outcome, TransferTarget};
use crate::switch::{Command, Leg, News, Sign};
use crate::wire::ami::{Block, Decoder, Message};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

#[allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
fn now() -> Instant {
    Instant::now()
}

fn block(text: &str) -> Block {
    let mut decoder = Decoder::default();
    decoder.feed(format!("{}\r\n\r\n", text.replace('\n', "\r\n")).as_bytes());
    match decoder.poll().unwrap().item.unwrap() {
        Message::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn listed(call: impl std::fmt::Display, state: u8) -> Block {
    block(&format!(
        "Event: CoreShowChannel\nUniqueid: {call}\nChannelState: {state}"
    ))
}

fn gone(call: impl std::fmt::Display) -> Block {
    block(&format!("Event: Hangup\nUniqueid: {call}\nCause: 16"))
}

#[test]
fn an_answer_that_nobody_saw_is_told_from_the_list() {
    let (mut tracker, call) = (Tracker::default(), CallId::draw());
    tracker.originated(call, None);
    tracker.begin_list();
    tracker.list(&listed(call, 6));
    assert_eq!(tracker.end_list(), [call]);
    assert_eq!(tracker.told(), [(call, Sign::Answered)]);
    tracker.event(&gone(call), now());
    assert!(matches!(
        &tracker.told()[..],
        [(
            _,
            Sign::Ended {
                outcome: Outcome::Answered,
                ..
            }
        )]
    ));
}

#[test]
fn a_call_that_ends_before_it_is_adopted_ends_when_it_is() {
    let (mut tracker, call) = (Tracker::default(), CallId::draw());
    tracker.begin_list();
    tracker.list(&listed(call, 6));
    assert_eq!(tracker.end_list(), [call]);
    tracker.event(&gone(call), now());
    assert!(tracker.told().is_empty(), "nobody follows it yet");
    tracker.adopt(call);
    assert!(matches!(
        &tracker.told()[..],
        [(
            _,
            Sign::Ended {
                outcome: Outcome::Answered,
                ..
            }
        )]
    ));
}

#[test]
fn a_call_that_ends_while_the_list_comes_in_is_not_live() {
    for hangup_first in [true, false] {
        let (mut tracker, call) = (Tracker::default(), CallId::draw());
        tracker.begin_list();
        let mut order = [listed(call, 5), gone(call)];
        order[..].rotate_left(usize::from(hangup_first));
        for event in order {
            match event.name() {
                "Hangup" => tracker.event(&event, now()),
                _ => tracker.list(&event),
            }
        }
        assert_eq!(tracker.end_list(), [], "hangup first: {hangup_first}");
    }
}

#[test]
fn a_hang_up_waits_for_the_channel_of_a_call_file() {
    let (mut tracker, call, now) = (Tracker::default(), CallId::draw(), now());
    tracker.originated(call, Some(now + Duration::from_secs(30)));
    tracker.unwanted(call);
    assert_eq!(tracker.orders(), [Order::Withdraw(call)]);
    let ringing = format!(
        "Event: DialState\nDestUniqueid: 1795223523.70\nDestAccountCode: {call}\nDialStatus: RINGING"
    );
    tracker.event(&block(&ringing), now);
    assert_eq!(tracker.orders(), [Order::Withdraw(call), Order::HangUp(call)]);
    assert_eq!(tracker.channel(call), "1795223523.70");
}

#[tokio::test]
async fn a_hang_up_asked_for_while_the_switch_is_down_is_made_good() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = bench.originate();
    peer.hear("Originate").await;
    drop(peer);
    assert!(matches!(bench.news().await, News::Down { .. }));
    bench.switch.commands.send(Command::Hangup(call)).unwrap();
    let mut peer = bench.up(&[call]).await;
    let hangup = peer.hear("Hangup").await;
    assert!(
        hangup.text.contains(&format!("Channel: {call}\r\n")),
        "{}",
        hangup.text
    );
}

#[tokio::test]
async fn a_user_who_may_not_list_channels_is_told_so() {
    let mut bench = bench().await;
    let mut peer = bench.logged_in().await;
    let list = peer.hear("CoreShowChannels").await;
    let refusal = format!(
        "Response: Error\r\nActionID: {}\r\nMessage: Permission denied\r\n\r\n",
        list.id
    );
    peer.say(&refusal).await;
    let News::Down { reason } = bench.news().await else {
        panic!()
    };
    assert!(
        reason.contains("Permission denied") && reason.contains("reporting"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_connection_that_leaves_an_action_unanswered_is_given_up() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    bench.originate();
    peer.hear("Originate").await;
    // Events still come, so it is not silent.
    let chatter = async {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        loop {
            peer.say("Event: PeerStatus\r\nPrivilege: system,all\r\n\r\n")
                .await;
            beat.tick().await;
        }
    };
    let reason = tokio::select! {
        news = bench.news() => match news {
            News::Down { reason } => reason,
            other => panic!("{other:?}"),
        },
        () = chatter => unreachable!(),
    };
    assert!(reason.contains("unanswered"), "{reason}");
}

/// A leg, and Asterisk's side of it.
async fn leg(bench: &mut Bench) -> (Box<dyn Leg>, BufReader<TcpStream>) {
    let call = CallId::draw();
    let stream = session(bench, &format!("call/{call}/{}", token::of(b"key", call)), None).await;
    loop {
        if let News::Leg { leg, .. } = bench.news().await {
            return (leg, stream);
        }
    }
}

fn set_variable() -> LegCommand {
    LegCommand::SetVariable {
        name: "X".into(),
        value: "1".into(),
    }
}

/// A dead channel would still run Dial and ring the other side.
#[tokio::test]
async fn nobody_is_called_for_a_caller_who_left_while_the_flow_was_thinking() {
    let mut bench = bench().await;
    let (mut leg, mut stream) = leg(&mut bench).await;
    let asterisk = answer(&mut stream, "SET VARIABLE", "200 result=1\nHANGUP");
    let (reply, ()) = tokio::join!(leg.execute(set_variable()), asterisk);
    assert_eq!(reply, LegReply::Done);
    let transfer = LegCommand::Transfer {
        target: TransferTarget::Extension("500@agents".into()),
        caller_id: None,
        ring_timeout: Duration::from_secs(20),
        max_talk: Duration::from_secs(60),
    };
    assert_eq!(leg.execute(transfer).await, LegReply::Gone);
    drop(leg);
    let mut more = String::new();
    let _ = stream.read_line(&mut more).await;
    assert_eq!(more, "", "nothing was asked of the dead channel");
}

/// A flow that waits for somebody else's answer hears of the hang-up, and of a connection that breaks.
#[tokio::test]
async fn a_caller_who_leaves_is_noticed_between_two_commands() {
    let mut bench = bench().await;
    for hang_up in [true, false] {
        let (mut leg, mut stream) = leg(&mut bench).await;
        let asterisk = answer(&mut stream, "SET VARIABLE", "200 result=1");
        let (reply, ()) = tokio::join!(leg.execute(set_variable()), asterisk);
        assert_eq!(reply, LegReply::Done);
        tokio::select! {
            biased;
            () = leg.gone() => panic!("the caller is there"),
            () = std::future::ready(()) => {}
        }
        if hang_up {
            stream.write_all(b"HANGUP\n").await.unwrap();
        } else {
            drop(stream);
        }
        leg.gone().await;
        assert_eq!(leg.execute(set_variable()).await, LegReply::Gone);
        assert_eq!(leg.saw_end(), hang_up);
    }
}

/// Else the reply to the first would be taken for the second's.
#[tokio::test]
async fn a_command_that_was_given_up_ends_the_session() {
    let mut bench = bench().await;
    let (mut leg, mut stream) = leg(&mut bench).await;
    let mut line = String::new();
    tokio::select! {
        biased;
        reply = leg.execute(set_variable()) => panic!("{reply:?} without an answer"),
        read = stream.read_line(&mut line) => assert!(read.unwrap() > 0),
    }
    assert_eq!(leg.execute(set_variable()).await, LegReply::Gone);
}

struct Spool {
    bench: Bench,
    home: tempfile::TempDir,
}

async fn spool() -> Spool {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("outgoing");
    std::fs::create_dir(&dir).unwrap();
    let bench = bench_by(OriginateBy::Spool { dir }).await;
    Spool { bench, home }
}

impl Spool {
    async fn until(&self, call: CallId, there: bool) {
        let file = self.home.path().join("outgoing").join(format!("{call}.call"));
        let looks = async {
            while file.exists() != there {
                tokio::task::yield_now().await;
            }
        };
        let looked = tokio::time::timeout(Duration::from_secs(10), looks).await;
        assert!(looked.is_ok(), "the file of {call}: there should be {there}");
    }

    fn staged(&self) -> usize {
        std::fs::read_dir(Path::new(self.home.path()).join("apicall-staging"))
            .unwrap()
            .count()
    }
}

#[tokio::test]
async fn a_call_file_is_gone_as_soon_as_its_channel_is_seen() {
    let mut spool = spool().await;
    let mut peer = spool.bench.up(&[]).await;
    let call = spool.bench.originate();
    spool.until(call, true).await;
    assert_eq!(spool.staged(), 0);
    peer.say(&format!(
        "Event: DialState\r\nDestUniqueid: 1.2\r\nDestAccountCode: {call}\r\nDialStatus: RINGING\r\n\r\n"
    ))
    .await;
    spool.until(call, false).await;
    peer.say("Event: Hangup\r\nUniqueid: 1.2\r\nCause: 16\r\n\r\n")
        .await;
    assert_eq!(spool.bench.ended().await, (call, Outcome::NoAnswer));
}

#[tokio::test]
async fn the_file_of_a_call_that_is_forgotten_is_withdrawn_even_while_the_switch_is_down() {
    let mut spool = spool().await;
    let peer = spool.bench.up(&[]).await;
    let call = spool.bench.originate();
    spool.until(call, true).await;
    drop(peer);
    assert!(matches!(spool.bench.news().await, News::Down { .. }));
    spool.bench.switch.commands.send(Command::Forget(call)).unwrap();
    spool.until(call, false).await;
}

#[tokio::test]
async fn a_silent_connection_is_given_up() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    peer.hear("Ping").await;
    let News::Down { reason } = bench.news().await else {
        panic!()
    };
    assert!(reason.contains("half open"), "{reason}");
}
