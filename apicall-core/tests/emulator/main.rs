//! The real adapters against the emulated PBXs, over sockets: what they make of callees and of faults.
#![cfg(feature = "engine")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bench;
#[path = "../pbx/mod.rs"]
mod pbx;
mod visitors;

use apicall_core::emulator::{EventFault, Fault, asterisk as emulated_asterisk};
use apicall_core::model::{
    AmdSettings, AmdVerdict, DigitSet, GreetingEnd, LegCommand, LegReply, Outcome, TransferStatus,
    TransferTarget,
};
use apicall_core::switch::freeswitch::Timing;
use apicall_core::switch::{Command, News, Sign};
use bench::{Bench, quick};
use pbx::{Pbx, SECRET};
use serde_json::{Value, json};
use std::time::Duration;

const BOTH: [Pbx; 2] = [Pbx::Asterisk, Pbx::FreeSwitch];

fn play(sound: &str) -> LegCommand {
    LegCommand::Play {
        sounds: vec![sound.parse().unwrap()],
        interrupt: DigitSet::TELEPHONE,
    }
}

#[tokio::test]
async fn a_refusal_is_the_outcome_that_the_adapter_makes_of_asterisks() {
    let mut bench = Bench::up().await;
    for (response, outcome, sip) in [
        ("busy", Outcome::Busy, Some(486)),
        ("unavailable", Outcome::Unreachable, Some(480)),
        ("unknown_number", Outcome::InvalidNumber, Some(404)),
        ("congestion", Outcome::Congestion, Some(503)),
        ("decline", Outcome::Rejected, Some(603)),
        ("sip:488", Outcome::Failed, Some(488)),
        ("sip:410", Outcome::InvalidNumber, Some(410)),
        ("swallowed", Outcome::Unreachable, Some(480)),
        ("no_answer", Outcome::Unreachable, Some(480)),
    ] {
        let call = bench.call("+573001234567", &json!({ "response": response }), &Value::Null);
        assert_eq!(bench.ended(call).await, (outcome, sip), "{response}");
    }
    let rings = json!({ "ring_ms": 10, "response": "no_answer" });
    let call = bench.call("+573001234567", &rings, &Value::Null);
    assert_eq!(bench.ended(call).await, (Outcome::NoAnswer, Some(480)));
}

#[tokio::test]
async fn a_call_is_listened_to_played_to_and_transferred() {
    for pbx in BOTH {
        listened_to_played_to_and_transferred(Bench::up_as(pbx).await).await;
    }
}

async fn listened_to_played_to_and_transferred(mut bench: Bench) {
    let callee =
        json!({ "ring_ms": 10, "says": "human", "do": [{ "upon": "menu", "after_ms": 100, "press": "5" }] });
    let second = json!({ "ring_ms": 50, "do": [{ "after_ms": 300, "hang_up": true }] });
    let call = bench.call("+573001234567", &callee, &second);
    let mut leg = bench.leg().await;
    let heard = leg.execute(LegCommand::Detect(AmdSettings::default())).await;
    assert_eq!(
        heard,
        LegReply::Detected(AmdVerdict::Human, "HUMAN-1000-1000".to_owned())
    );
    assert_eq!(
        leg.execute(play("menu")).await,
        LegReply::Played("5".parse().ok())
    );
    let transfer = LegCommand::Transfer {
        target: TransferTarget::Number("+573009999999".parse().unwrap()),
        caller_id: None,
        ring_timeout: Duration::from_secs(5),
        max_talk: Duration::from_secs(60),
    };
    let LegReply::Transferred(report) = leg.execute(transfer).await else {
        panic!("no transfer");
    };
    assert_eq!(report.status, TransferStatus::Answered);
    assert!((250..2_000).contains(&report.talked_ms), "{report:?}");
    assert_eq!(leg.execute(LegCommand::Hangup).await, LegReply::Gone);
    assert_eq!(bench.ended(call).await.0, Outcome::Answered);
}

#[tokio::test]
async fn a_greeting_is_heard_out() {
    for (pbx, end) in BOTH.into_iter().zip([GreetingEnd::Silence, GreetingEnd::Beep]) {
        let mut bench = Bench::up_as(pbx).await;
        let call = bench.call("+573001234567", &json!({ "says": "voicemail" }), &Value::Null);
        let mut leg = bench.leg().await;
        let hear_out = |silence_ms, within_s| LegCommand::HearOut {
            silence: Duration::from_millis(silence_ms),
            within: Duration::from_secs(within_s),
        };
        let given_up = LegReply::HeardOut(GreetingEnd::TooLong);
        assert_eq!(leg.execute(hear_out(2_000, 1)).await, given_up, "{pbx:?}");
        assert_eq!(
            leg.execute(hear_out(1_000, 30)).await,
            LegReply::HeardOut(end),
            "{pbx:?}"
        );
        assert_eq!(leg.execute(play("menu")).await, LegReply::Played(None), "{pbx:?}");
        assert_eq!(leg.execute(LegCommand::Hangup).await, LegReply::Gone);
        assert_eq!(bench.ended(call).await.0, Outcome::Answered);
        // Who hangs up meanwhile is gone.
        let leaver = json!({ "says": "voicemail", "do": [{ "after_ms": 900, "hang_up": true }] });
        let call = bench.call("+573001234567", &leaver, &Value::Null);
        let mut leg = bench.leg().await;
        assert_eq!(leg.execute(hear_out(2_000, 30)).await, LegReply::Gone, "{pbx:?}");
        assert_eq!(bench.ended(call).await.0, Outcome::Answered);
    }
}

#[tokio::test]
async fn a_transfer_fails_as_the_other_side_refuses() {
    let mut bench = Bench::up().await;
    for (response, status, q850) in [
        ("busy", TransferStatus::Busy, Some(17)),
        ("unavailable", TransferStatus::NoAnswer, Some(19)),
        ("congestion", TransferStatus::Congestion, Some(34)),
        ("unknown_number", TransferStatus::Unavailable, Some(1)),
        ("no_answer", TransferStatus::NoAnswer, None),
    ] {
        let call = bench.call("+573001234567", &json!({}), &json!({ "response": response }));
        let mut leg = bench.leg().await;
        let transfer = LegCommand::Transfer {
            target: TransferTarget::Extension("100@sales".to_owned()),
            caller_id: None,
            ring_timeout: Duration::from_secs(1),
            max_talk: Duration::from_secs(60),
        };
        let LegReply::Transferred(report) = leg.execute(transfer).await else {
            panic!("no transfer");
        };
        assert_eq!((report.status, report.cause.q850), (status, q850), "{response}");
        drop(leg);
        assert_eq!(bench.ended(call).await.0, Outcome::Answered);
    }
}

#[tokio::test]
async fn a_call_can_be_hung_up_before_and_after_its_answer() {
    for pbx in BOTH {
        hung_up_before_and_after(Bench::up_as(pbx).await).await;
    }
}

async fn hung_up_before_and_after(mut bench: Bench) {
    let rings = json!({ "ring_ms": 10, "response": "no_answer" });
    let call = bench.call("+573001234567", &rings, &Value::Null);
    while !matches!(
        bench.news().await,
        News::Call {
            sign: Sign::Ringing,
            ..
        }
    ) {}
    bench.send(Command::Hangup(call));
    assert_eq!(bench.ended(call).await.0, Outcome::NoAnswer);
    let call = bench.call("+573001234567", &json!({}), &Value::Null);
    let mut leg = bench.leg().await;
    bench.send(Command::Hangup(call));
    // Told while it plays, or before.
    assert_eq!(leg.execute(play("menu")).await, LegReply::Gone);
    drop(leg);
    assert_eq!(bench.ended(call).await.0, Outcome::Answered);
}

#[tokio::test]
async fn a_wrong_secret_is_told() {
    let mut bench = Bench::connecting(Pbx::Asterisk, "wrong", Duration::from_secs(10)).await;
    let reason = bench.down().await;
    assert!(reason.contains("Authentication failed"), "{reason}");
    let mut bench = Bench::connecting(Pbx::FreeSwitch, "wrong", Duration::from_secs(10)).await;
    let reason = bench.down().await;
    assert!(reason.contains("login refused: -ERR invalid"), "{reason}");
}

/// Whatever the manager's user lacks, the operator is told what to give it.
#[tokio::test]
async fn a_missing_permission_is_told_by_its_name() {
    let permitting = async |read: &str, write: &str, login: Duration| {
        let mut config = emulated_asterisk::Config::new("apicall", "secret".to_owned().into());
        (config.read, config.write) = (read.parse().unwrap(), write.parse().unwrap());
        let timing = Timing {
            login,
            ..quick(Duration::from_secs(10))
        };
        Bench::asterisk(config, "secret", timing).await
    };
    let patient = Duration::from_secs(10);
    let mut deaf = permitting("none", "all", Duration::from_millis(300)).await;
    let reason = deaf.down().await;
    assert!(reason.contains("read permission `system`"), "{reason}");
    let mut blind = permitting("all", "originate,call", patient).await;
    let reason = blind.down().await;
    assert!(reason.contains("write permission `system,reporting`"), "{reason}");
    for (write, remedy) in [
        (
            "call,system,reporting",
            "give the user write permission `originate`",
        ),
        (
            "originate,call,reporting",
            "give the user write permission `system`",
        ),
    ] {
        let mut bench = permitting("call,system", write, patient).await;
        assert_eq!(bench.live().await, [], "{write}");
        let call = bench.call("+573001234567", &json!({}), &Value::Null);
        let (outcome, cause) = bench.end(call).await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(cause.text.as_ref().unwrap().contains(remedy), "{cause:?}");
    }
    let mut enough = permitting("call,system", "originate,call,system,reporting", patient).await;
    assert_eq!(enough.live().await, []);
    let call = enough.call("+573001234567", &json!({ "response": "busy" }), &Value::Null);
    assert_eq!(enough.ended(call).await.0, Outcome::Busy);
}

#[tokio::test]
async fn who_may_not_connect_is_told() {
    for (pbx, told) in [
        (Pbx::Asterisk, "Authentication failed"),
        (Pbx::FreeSwitch, "apply-inbound-acl"),
    ] {
        // A refusal takes its time.
        let mut bench = Bench::connecting(pbx, SECRET, Duration::from_secs(10)).await;
        bench.live().await;
        bench.emulator.inflict(Fault::TurnAway);
        bench.emulator.inflict(Fault::Cut);
        while !bench.down().await.contains(told) {}
        bench.emulator.inflict(Fault::Mend);
        assert_eq!(bench.live().await, []);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again_and_its_calls_are_found() {
    for (pbx, fault, reason) in [
        (Pbx::Asterisk, Fault::Cut, "connection lost"),
        (Pbx::Asterisk, Fault::Close, "closed the connection"),
        (Pbx::Asterisk, Fault::HalfOpen, "half open"),
        (
            Pbx::Asterisk,
            Fault::Stall(Duration::from_millis(1_500)),
            "half open",
        ),
        (Pbx::FreeSwitch, Fault::Cut, "connection lost"),
        (
            Pbx::FreeSwitch,
            Fault::Close,
            "ended the connection: The system is being shut down",
        ),
        (Pbx::FreeSwitch, Fault::HalfOpen, "half open"),
        (
            Pbx::FreeSwitch,
            Fault::Stall(Duration::from_millis(1_500)),
            "half open",
        ),
        (Pbx::FreeSwitch, Fault::Garbage, "something unreadable"),
    ] {
        let mut bench = Bench::up_as(pbx).await;
        let call = bench.call("+573001234567", &json!({}), &Value::Null);
        let leg = bench.leg().await;
        bench.emulator.inflict(fault);
        let said = bench.down().await;
        assert!(said.contains(reason), "{fault}: {said}");
        assert_eq!(bench.live().await, [call], "{fault}");
        drop(leg);
        assert_eq!(bench.ended(call).await.0, Outcome::Answered, "{fault}");
    }
}

#[tokio::test]
async fn garbage_and_unruly_events_do_no_harm() {
    for fault in [
        Fault::Garbage,
        Fault::Events(EventFault::Late(Duration::from_millis(700))),
        Fault::Events(EventFault::Double(1.0)),
        Fault::Events(EventFault::Shuffle(0.5)),
    ] {
        let mut bench = Bench::up().await;
        bench.emulator.inflict(fault);
        for response in ["busy", "congestion"] {
            let call = bench.call("+573001234567", &json!({ "response": response }), &Value::Null);
            let outcome = bench.ended(call).await.0;
            assert!(
                matches!(outcome, Outcome::Busy | Outcome::Congestion),
                "{fault}: {outcome}"
            );
        }
    }
}

#[tokio::test]
async fn after_a_crash_no_call_is_left_and_new_ones_are_placed() {
    let times = [Duration::from_millis(200), Duration::ZERO];
    for (pbx, time) in BOTH.into_iter().flat_map(|pbx| times.map(|time| (pbx, time))) {
        let fault = Fault::Crash(time);
        let mut bench = Bench::up_as(pbx).await;
        bench.call("+573001234567", &json!({}), &Value::Null);
        let mut leg = bench.leg().await;
        bench.emulator.inflict(fault);
        assert_eq!(leg.execute(play("menu")).await, LegReply::Gone);
        bench.down().await;
        assert_eq!(bench.live().await, []);
        let call = bench.call("+573001234567", &json!({ "response": "busy" }), &Value::Null);
        assert_eq!(bench.ended(call).await.0, Outcome::Busy);
    }
}

#[tokio::test]
async fn a_stop_lets_the_last_call_end() {
    let mut bench = Bench::up().await;
    let call = bench.call("+573001234567", &json!({}), &Value::Null);
    let mut leg = bench.leg().await;
    bench.emulator.inflict(Fault::Stop(Duration::from_millis(100)));
    let refused = bench.call("+573001234567", &json!({}), &Value::Null);
    assert_eq!(bench.ended(refused).await.0, Outcome::Failed);
    assert_eq!(leg.execute(play("en_breve")).await, LegReply::Played(None));
    leg.execute(LegCommand::Hangup).await;
    assert_eq!(bench.ended(call).await.0, Outcome::Answered);
    bench.down().await;
    assert_eq!(bench.live().await, []);
}

#[tokio::test]
async fn a_slow_agi_is_only_slow() {
    let mut bench = Bench::up().await;
    bench.emulator.inflict(Fault::LegSlow(Duration::from_millis(300)));
    let call = bench.call("+573001234567", &json!({}), &Value::Null);
    let mut leg = bench.leg().await;
    let began = tokio::time::Instant::now();
    assert_eq!(leg.execute(LegCommand::Answer).await, LegReply::Done);
    assert!(began.elapsed() >= Duration::from_millis(300));
    bench.emulator.inflict(Fault::Mend);
    leg.execute(LegCommand::Hangup).await;
    assert_eq!(bench.ended(call).await.0, Outcome::Answered);
}

#[tokio::test]
async fn freeswitch_ends_the_calls_of_an_engine_that_is_gone() {
    let timing = Timing {
        settle: Duration::from_millis(20),
        lease: Duration::from_secs(2),
        ..Timing::default()
    };
    let mut bench = Bench::with(Pbx::FreeSwitch, SECRET, timing).await;
    bench.live().await;
    let call = bench.call("+573001234567", &json!({}), &Value::Null);
    let leg = bench.leg().await;
    // As long as it is there the call lives, for longer than a lease.
    let longer = tokio::time::timeout(timing.lease * 2, bench.ended(call)).await;
    assert!(longer.is_err(), "{longer:?}");
    // Gone without a word: nobody asks for the call's end.
    let mut bench = bench.taken_over(timing).await;
    assert_eq!(bench.live().await, [call]);
    drop(leg);
    let gone = async {
        loop {
            bench = bench.taken_over(timing).await;
            if bench.live().await.is_empty() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone)
        .await
        .expect("the call ends by itself");
}
