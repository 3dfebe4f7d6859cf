//! Legs, driven against the scripted FreeSWITCH.

use super::peers::{Bench, Peer, bench, impatient_bench, originate, way};
use crate::model::{
    CallId, DigitSet, LegCommand, LegReply, Outcome, SoundName, TransferStatus, TransferTarget,
};
use crate::switch::{Command, Leg, Sign};
use crate::wire::esl::Message;
use std::time::Duration;

/// An application that runs: its name, its argument, its id.
struct Running(String, String, String);

impl Peer {
    /// The next application to be run on the channel.
    async fn runs(&mut self, call: CallId) -> Running {
        let request = self.commands.hear().await;
        assert_eq!(request.line, format!("sendmsg {call}"));
        self.commands.reply("+OK").await;
        let header = |name| request.headers.find(name).unwrap_or_default().to_owned();
        assert_eq!(
            (&*header("call-command"), &*header("event-lock")),
            ("execute", "true")
        );
        Running(
            header("execute-app-name"),
            header("execute-app-arg"),
            header("Event-UUID"),
        )
    }

    async fn ends(&mut self, call: CallId, running: &Running, headers: &[(&str, &str)]) {
        let own = [
            ("Application", running.0.as_str()),
            ("Application-UUID", &running.2),
        ];
        let all: Vec<_> = own.into_iter().chain(headers.iter().copied()).collect();
        self.tell(call, "CHANNEL_EXECUTE_COMPLETE", &all).await;
    }

    async fn presses(&mut self, call: CallId, keys: &str) {
        for key in keys.chars() {
            self.tell(call, "DTMF", &[("DTMF-Digit", &key.to_string())]).await;
        }
    }

    async fn is_told_to_break(&mut self, call: CallId) {
        assert_eq!(self.commands.hear().await.line, format!("api uuid_break {call}"));
        self.commands.say(&Message::Response("+OK\n".to_owned())).await;
    }
}

async fn up() -> (Bench, Peer, CallId, Box<dyn Leg>) {
    up_on(bench().await).await
}

async fn up_on(mut bench: Bench) -> (Bench, Peer, CallId, Box<dyn Leg>) {
    let mut peer = bench.up(&[]).await;
    let (call, leg) = bench.answered(&mut peer).await;
    (bench, peer, call, leg)
}

fn sounds(names: &[&str]) -> Vec<SoundName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn play(names: &[&str], interrupt: &str) -> LegCommand {
    let (sounds, interrupt) = (sounds(names), interrupt.parse().unwrap());
    LegCommand::Play { sounds, interrupt }
}

fn gather(prompt: &[&str], max_digits: u32) -> LegCommand {
    LegCommand::Gather {
        prompt: sounds(prompt),
        max_digits,
        terminators: "#".parse().unwrap(),
        first_timeout: Duration::from_millis(300),
        next_timeout: Duration::from_millis(300),
    }
}

const PLAYED: (&str, &str) = ("Application-Response", "FILE PLAYED");

#[tokio::test]
async fn sounds_are_played_in_order() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        for path in ["/srv/sounds/one.wav", "/srv/sounds/es/two.wav"] {
            let running = peer.runs(call).await;
            assert_eq!((running.0.as_str(), running.1.as_str()), ("playback", path));
            peer.ends(call, &running, &[PLAYED]).await;
        }
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["one", "es/two"], "")), script);
    assert_eq!(reply, LegReply::Played(None));
    assert_eq!(leg.execute(LegCommand::Answer).await, LegReply::Done);
}

#[tokio::test]
async fn a_missing_sound_is_told_from_a_hang_up() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let missing = async {
        let running = peer.runs(call).await;
        peer.ends(call, &running, &[("Application-Response", "FILE NOT FOUND")])
            .await;
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["none"], "")), missing);
    let LegReply::Failed(reason) = reply else {
        panic!("{reply:?}")
    };
    assert!(
        reason.contains("FILE NOT FOUND") && reason.contains("/srv/sounds/none.wav"),
        "{reason}"
    );
    let hang_up = async {
        let running = peer.runs(call).await;
        peer.ends(call, &running, &[PLAYED, ("Hangup-Cause", "NORMAL_CLEARING")])
            .await;
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["one"], "")), hang_up);
    assert_eq!(reply, LegReply::Gone);
}

#[tokio::test]
async fn a_call_that_ends_before_it_is_parked_is_driven_and_gone() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let asked = originate(CallId::draw());
    let call = asked.call;
    bench.order(Command::Originate(Box::new(asked)));
    peer.commands.hear().await;
    peer.tell(call, "CHANNEL_ANSWER", &[]).await;
    assert_eq!(bench.sign().await, (call, Sign::Answered));
    peer.hang_up(call).await;
    let (of, mut leg) = bench.leg().await;
    assert_eq!(of, call);
    assert_eq!(leg.execute(play(&["menu"], "")).await, LegReply::Gone);
    let (_, ended) = bench.sign().await;
    assert!(
        matches!(
            ended,
            Sign::Ended {
                outcome: Outcome::Answered,
                ..
            }
        ),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_channel_that_goes_while_the_flow_thinks_is_gone() {
    let (mut bench, mut peer, call, mut leg) = up().await;
    let hang_up = async {
        peer.presses(call, "1").await;
        peer.hang_up(call).await;
    };
    tokio::join!(leg.gone(), hang_up);
    bench.sign().await;
    assert_eq!(leg.execute(play(&["one"], "")).await, LegReply::Gone);
}

#[tokio::test]
async fn a_key_breaks_a_sound_off_and_others_do_not() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        let running = peer.runs(call).await;
        peer.presses(call, "51").await;
        peer.is_told_to_break(call).await;
        peer.ends(call, &running, &[PLAYED]).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["one", "two"], "12")), script);
    assert_eq!(reply, LegReply::Played(Some("1".parse().unwrap())));
}

#[tokio::test]
async fn a_break_that_came_too_early_is_repeated() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        let running = peer.runs(call).await;
        peer.presses(call, "1").await;
        peer.is_told_to_break(call).await;
        peer.is_told_to_break(call).await;
        peer.ends(call, &running, &[PLAYED]).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["one"], "1")), script);
    assert_eq!(reply, LegReply::Played(Some("1".parse().unwrap())));
}

#[tokio::test]
async fn keys_are_gathered_until_enough_an_end_or_time() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let barge_in = async {
        let running = peer.runs(call).await;
        peer.presses(call, "0").await;
        peer.is_told_to_break(call).await;
        peer.presses(call, "07").await;
        peer.ends(call, &running, &[PLAYED]).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(gather(&["menu"], 3)), barge_in);
    assert_eq!(reply, LegReply::Gathered("007".parse().unwrap()));
    let (reply, ()) = tokio::join!(leg.execute(gather(&[], 5)), peer.presses(call, "12#"));
    assert_eq!(reply, LegReply::Gathered("12".parse().unwrap()));
    let (reply, ()) = tokio::join!(leg.execute(gather(&[], 2)), peer.presses(call, "4"));
    assert_eq!(reply, LegReply::Gathered("4".parse().unwrap()));
    assert_eq!(
        leg.execute(gather(&[], 2)).await,
        LegReply::Gathered("".parse().unwrap())
    );
}

#[tokio::test]
async fn the_caller_is_recorded() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let record = LegCommand::Record {
        name: "calls/1".parse().unwrap(),
        max_length: Duration::from_secs(60),
        silence: Duration::from_secs(5),
        stop_on: DigitSet::TELEPHONE,
        beep: true,
    };
    let script = async {
        let beep = peer.runs(call).await;
        assert_eq!(
            (beep.0.as_str(), beep.1.as_str()),
            ("playback", "tone_stream://%(500,0,1000)")
        );
        peer.ends(call, &beep, &[PLAYED]).await;
        let running = peer.runs(call).await;
        assert_eq!(
            (running.0.as_str(), running.1.as_str()),
            ("record", "/srv/recordings/calls/1.wav 61 200 5")
        );
        peer.presses(call, "#").await;
        peer.is_told_to_break(call).await;
        peer.ends(call, &running, &[("variable_record_ms", "2500")]).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(record.clone()), script);
    let LegReply::Recorded(recording) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(recording.length, Duration::from_millis(2500));
    assert_eq!(recording.stopped_by, Some("#".parse().unwrap()));
    let leaving = async {
        let beep = peer.runs(call).await;
        peer.ends(call, &beep, &[PLAYED]).await;
        let running = peer.runs(call).await;
        let left = [
            ("variable_record_ms", "1200"),
            ("Hangup-Cause", "NORMAL_CLEARING"),
        ];
        peer.ends(call, &running, &left).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(record.clone()), leaving);
    assert!(
        matches!(&reply, LegReply::Recorded(recording) if recording.length.as_millis() == 1_200),
        "{reply:?}"
    );
    let unwritable = async {
        let beep = peer.runs(call).await;
        peer.ends(call, &beep, &[PLAYED]).await;
        let running = peer.runs(call).await;
        peer.ends(
            call,
            &running,
            &[("variable_record_completion_cause", "uri-failure")],
        )
        .await;
    };
    let (reply, ()) = tokio::join!(leg.execute(record), unwritable);
    assert!(
        matches!(&reply, LegReply::Failed(reason) if reason.contains("cannot write")),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_recording_is_stopped_to_the_millisecond() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let record = LegCommand::Record {
        name: "calls/1".parse().unwrap(),
        max_length: Duration::from_millis(50),
        silence: Duration::ZERO,
        stop_on: DigitSet::NONE,
        beep: false,
    };
    let script = async {
        let running = peer.runs(call).await;
        assert_eq!(running.1, "/srv/recordings/calls/1.wav 2");
        peer.is_told_to_break(call).await;
        peer.ends(call, &running, &[("variable_record_ms", "50")]).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(record), script);
    assert!(
        matches!(&reply, LegReply::Recorded(recording) if recording.stopped_by.is_none()),
        "{reply:?}"
    );
}

fn transfer(target: TransferTarget) -> LegCommand {
    LegCommand::Transfer {
        target,
        caller_id: Some("6015550000".parse().unwrap()),
        ring_timeout: Duration::from_secs(20),
        max_talk: Duration::from_secs(600),
    }
}

#[tokio::test]
async fn a_transfer_connects_and_comes_back() {
    let (_bench, mut peer, call, mut leg) = up_on(impatient_bench().await).await;
    leg.leave_by(way());
    let script = async {
        let running = peer.runs(call).await;
        let argument = "{originate_timeout=21,outbound_redirect_fatal=true,execute_on_answer=sched_hangup +600 ALLOTTED_TIMEOUT,\
            origination_caller_id_number=6015550000}sofia/gateway/carrier/9573009876543";
        assert_eq!((running.0.as_str(), running.1.as_str()), ("bridge", argument));
        peer.tell(call, "CHANNEL_BRIDGE", &[]).await;
        peer.events.live().await;
        peer.ends(call, &running, &[("variable_originate_disposition", "SUCCESS")])
            .await;
    };
    let number = TransferTarget::Number("+573009876543".parse().unwrap());
    let (reply, ()) = tokio::join!(leg.execute(transfer(number)), script);
    let LegReply::Transferred(report) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(
        (report.target.as_str(), report.status),
        ("+573009876543", TransferStatus::Answered)
    );
    assert!(
        report.talked_ms >= 150 && report.talked_ms <= report.total_ms,
        "{report:?}"
    );
}

#[tokio::test]
async fn a_transfer_whose_caller_leaves_says_how_far_it_came() {
    for (connected, status) in [
        (true, TransferStatus::Answered),
        (false, TransferStatus::Cancelled),
    ] {
        let (_bench, mut peer, call, mut leg) = up().await;
        let script = async {
            let running = peer.runs(call).await;
            if connected {
                peer.tell(call, "CHANNEL_BRIDGE", &[]).await;
            }
            let left = [
                ("Hangup-Cause", "NORMAL_CLEARING"),
                ("variable_originate_disposition", "SUCCESS"),
            ];
            peer.ends(call, &running, &left).await;
        };
        let extension = TransferTarget::Extension("100@support".to_owned());
        let (reply, ()) = tokio::join!(leg.execute(transfer(extension)), script);
        assert!(
            matches!(&reply, LegReply::Transferred(report) if report.status == status),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn a_transfer_nobody_takes_says_why() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let rows = [
        ("USER_BUSY", TransferStatus::Busy),
        ("NO_ANSWER", TransferStatus::NoAnswer),
        ("NORMAL_TEMPORARY_FAILURE", TransferStatus::Congestion),
        ("UNALLOCATED_NUMBER", TransferStatus::Unavailable),
    ];
    for (disposition, status) in rows {
        let script = async {
            let running = peer.runs(call).await;
            assert!(running.1.ends_with("}loopback/100/support"), "{}", running.1);
            peer.ends(call, &running, &[("variable_originate_disposition", disposition)])
                .await;
        };
        let extension = TransferTarget::Extension("100@support".to_owned());
        let (reply, ()) = tokio::join!(leg.execute(transfer(extension)), script);
        let LegReply::Transferred(report) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!((report.status, report.talked_ms), (status, 0), "{disposition}");
        assert_eq!(report.cause.text, Some(format!("bridge {disposition}")));
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_the_caller_stays() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let number = TransferTarget::Number("+573009876543".parse().unwrap());
    let commands = [
        (transfer(number), "no trunk"),
        (
            transfer(TransferTarget::Extension("1;2@x".to_owned())),
            "extension@context",
        ),
    ];
    for (command, reason) in commands {
        let reply = leg.execute(command).await;
        assert!(
            matches!(&reply, LegReply::Failed(said) if said.contains(reason)),
            "{reply:?}"
        );
    }
    let script = async {
        let running = peer.runs(call).await;
        peer.ends(call, &running, &[PLAYED]).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["one"], "")), script);
    assert_eq!(reply, LegReply::Played(None));
}

#[tokio::test]
async fn variables_are_set_as_they_are() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let set = |name: &str, value: &str| LegCommand::SetVariable {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let rows = [
        (set("name", "O'Neil \\ Ñ"), "apicall_name O\\'Neil \\\\ Ñ"),
        (set("APICALL_NOTE", ""), "APICALL_NOTE"),
    ];
    for (command, expected) in rows {
        let script = async {
            let line = peer.commands.hear().await.line;
            assert_eq!(line, format!("api uuid_setvar {call} {expected}"));
            peer.commands.say(&Message::Response("+OK\n".to_owned())).await;
        };
        let (reply, ()) = tokio::join!(leg.execute(command), script);
        assert_eq!(reply, LegReply::Done);
    }
    let reply = leg.execute(set("name", "a\nb")).await;
    assert!(
        matches!(&reply, LegReply::Failed(reason) if reason.starts_with("name: ")),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_leg_that_is_let_go_is_hung_up() {
    let (_bench, mut peer, call, leg) = up().await;
    drop(leg);
    assert_eq!(peer.commands.hear().await.line, format!("api uuid_kill {call}"));
}

#[tokio::test]
async fn a_hang_up_waits_until_the_channel_is_gone() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        assert_eq!(peer.commands.hear().await.line, format!("api uuid_kill {call}"));
        peer.commands.say(&Message::Response("+OK\n".to_owned())).await;
        peer.hang_up(call).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(LegCommand::Hangup), script);
    assert_eq!(reply, LegReply::Gone);
}

#[tokio::test]
async fn a_command_that_was_given_up_leaves_no_leg_behind() {
    let (_bench, mut peer, call, mut leg) = up().await;
    tokio::select! {
        reply = leg.execute(play(&["one"], "")) => panic!("{reply:?}"),
        running = peer.runs(call) => assert_eq!(running.0, "playback"),
    }
    assert_eq!(leg.execute(play(&["two"], "")).await, LegReply::Gone);
    assert_eq!(peer.commands.hear().await.line, format!("api uuid_kill {call}"));
}

#[tokio::test]
async fn an_application_on_a_channel_that_is_not_there_is_gone() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        peer.commands.hear().await;
        peer.commands
            .reply(&format!("-ERR invalid session id [{call}]"))
            .await;
    };
    let (reply, ()) = tokio::join!(leg.execute(play(&["one"], "")), script);
    assert_eq!(reply, LegReply::Gone);
}
