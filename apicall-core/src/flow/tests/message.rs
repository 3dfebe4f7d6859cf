//! Messages that are left on machines.

use super::*;
use crate::model::{Contradiction, GreetingEnd};

fn leaving() -> Flow {
    Flow::simple(&SimpleFlow {
        audio: "prueba".parse().unwrap(),
        expected_digit: "1".parse().unwrap(),
        overflow_number: Some("+573001234567".parse().unwrap()),
        amd: Some(AmdSettings::default()),
        machine_message: Some("call_back".parse().unwrap()),
    })
}

fn machine() -> LegReply {
    LegReply::Detected(AmdVerdict::Machine, "LONGGREETING-1500-1500".into())
}

#[test]
fn the_simple_flow_leaves_a_machine_its_message() {
    use LegReply::{Gone, HeardOut, Played};
    let key = Played("1".parse().ok());
    let connected = transfer(TransferStatus::Answered);
    for (replies, exits) in [
        (
            vec![HeardOut(GreetingEnd::Silence), Played(None)],
            ">listen machine>leave next=voicemail_left",
        ),
        (
            vec![HeardOut(GreetingEnd::Beep), Played(None)],
            ">listen machine>leave next=voicemail_left",
        ),
        (
            vec![HeardOut(GreetingEnd::TooLong)],
            ">listen machine>leave too_long=machine",
        ),
        // A person was taken for a machine.
        (
            vec![HeardOut(GreetingEnd::Silence), key, Played(None), connected],
            ">listen machine>leave on.1>soon next>connect on.answered=transferred",
        ),
        (
            vec![HeardOut(GreetingEnd::Beep), Gone],
            ">listen machine>leave =hung_up",
        ),
        (vec![Gone], ">listen machine>leave =hung_up"),
    ] {
        let replies = [vec![machine()], replies].concat();
        assert_eq!(told(&leaving(), replies.clone()), exits, "{replies:?}");
    }
    let flow = leaving();
    assert_eq!(Flow::parse(&flow.to_json()).unwrap(), flow);
    let prompts = flow
        .sounds()
        .into_iter()
        .map(|sound| sound.as_str())
        .collect::<Vec<_>>();
    assert_eq!(prompts, ["call_back", "en_breve", "opcion_invalida", "prueba"]);
}

#[test]
fn a_greeting_is_heard_out_as_the_step_says_and_the_message_follows() {
    let definition = json!({ "start": "leave", "steps": {
        "leave": { "do": "leave_message", "sounds": ["a", "b"], "silence_ms": 700, "within_s": 9, "on": { "5": "bye" },
                   "next": "bye" },
        "bye": { "do": "play", "sounds": ["c"] } } });
    let flow = Flow::parse(&definition).unwrap();
    let replies = vec![
        LegReply::HeardOut(GreetingEnd::Beep),
        LegReply::Played(None),
        LegReply::Gone,
    ];
    let (commands, report) = walk(&flow, replies);
    assert_eq!(
        commands[0],
        LegCommand::HearOut {
            silence: std::time::Duration::from_millis(700),
            within: std::time::Duration::from_secs(9),
        }
    );
    assert_eq!(
        commands[1],
        LegCommand::Play {
            sounds: vec!["a".parse().unwrap(), "b".parse().unwrap()],
            interrupt: "5".parse().unwrap(),
        }
    );
    // It was left, whoever hangs up afterwards.
    assert_eq!(report.result, Some(FlowResult::VOICEMAIL_LEFT));
}

#[test]
fn voicemail_left_is_earned_and_a_message_needs_detection() {
    let by_hand = json!({ "start": "a", "steps": { "a": { "do": "hangup", "result": "voicemail_left" } } });
    assert_eq!(Flow::parse(&by_hand).unwrap_err().0[0].place(), "steps.a.result");
    let deaf = json!({ "simple": { "audio": "a", "expected_digit": "1", "machine_message": "m" } });
    let errors = Flow::for_project(&serde_json::from_value(deaf).unwrap()).unwrap_err();
    assert_eq!(errors.0[0].place(), "machine_message");
    assert!(errors.to_string().contains("set `amd`"), "{errors}");
}

#[test]
fn what_speaks_against_a_verdict_is_told() {
    use LegReply::{Gone, HeardOut, Played};
    let human = || LegReply::Detected(AmdVerdict::Human, "HUMAN-1000-1000".into());
    let unsure = || LegReply::Detected(AmdVerdict::Unsure, "TOOLONG-5000".into());
    let key = || Played("1".parse().ok());
    let over = || HeardOut(GreetingEnd::Silence);
    for (replies, contradiction) in [
        // A machine presses no key, and hears itself out.
        (
            vec![machine(), over(), key(), Gone],
            Some(Contradiction::MachinePressed),
        ),
        (vec![machine(), Gone], Some(Contradiction::MachineHungUp)),
        (vec![machine(), over(), Gone], None),
        (vec![machine(), over(), Played(None)], None),
        (vec![machine(), HeardOut(GreetingEnd::TooLong)], None),
        // A person does something.
        (
            vec![human(), keys(""), keys("")],
            Some(Contradiction::HumanSilent),
        ),
        (vec![human(), keys(""), Gone], None),
        (vec![human(), Gone], None),
        (vec![human(), keys(""), keys("2")], None),
        (vec![human(), keys("1"), Gone], None),
        // Nothing was said.
        (vec![unsure(), keys(""), keys("")], None),
        (vec![unsure(), keys("1"), Gone], None),
    ] {
        let (_, report) = walk(&leaving(), replies.clone());
        assert_eq!(report.contradiction, contradiction, "{replies:?}");
    }
}

#[test]
fn a_key_at_a_later_prompt_takes_silence_back() {
    let definition = json!({ "start": "listen", "steps": {
        "listen": { "do": "detect", "human": "first" },
        "first": { "do": "gather", "max_digits": 1, "no_input": "second", "any": "second" },
        "second": { "do": "gather", "max_digits": 1, "any": "bye" },
        "bye": { "do": "hangup", "result": "done" } } });
    let flow = Flow::parse(&definition).unwrap();
    let human = || LegReply::Detected(AmdVerdict::Human, String::new());
    let (_, late) = walk(&flow, vec![human(), keys(""), keys("5")]);
    let (_, early) = walk(&flow, vec![human(), keys("5"), keys("")]);
    let (_, never) = walk(&flow, vec![human(), keys(""), keys("")]);
    assert_eq!((late.contradiction, early.contradiction), (None, None));
    assert_eq!(never.contradiction, Some(Contradiction::HumanSilent));
}
