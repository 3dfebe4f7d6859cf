//! Flows walked with scripted and with random replies.

mod message;
mod schema;
mod webhook;

use super::*;
use crate::model::{
    AmdSettings, AmdVerdict, AnsweredBy, FlowResult, LegCommand, LegReply, SimpleFlow, TimelineEvent,
    TransferReport, TransferStatus, Variables,
};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

fn simple(amd: bool, overflow: bool) -> Flow {
    Flow::simple(&SimpleFlow {
        audio: "prueba".parse().unwrap(),
        expected_digit: "1".parse().unwrap(),
        overflow_number: overflow.then(|| "+573001234567".parse().unwrap()),
        amd: amd.then(AmdSettings::default),
        machine_message: None,
    })
}

/// Walks with these replies; the commands asked for, and what came of it.
fn walk(flow: &Flow, replies: Vec<LegReply>) -> (Vec<LegCommand>, Report) {
    let mut run = Run::new(Arc::new(flow.clone()), &Variables::default());
    let (mut commands, mut replies) = (vec![], replies.into_iter());
    while let Next::Do(command) = run.advance() {
        commands.push(command);
        run.handle(replies.next().expect("the walk asks no more than scripted"));
    }
    assert_eq!(
        replies.next(),
        None,
        "the walk ended early: {:?}",
        run.drain_events()
    );
    (commands, run.report())
}

fn keys(keys: &str) -> LegReply {
    LegReply::Gathered(keys.parse().unwrap())
}

fn transfer(status: TransferStatus) -> LegReply {
    LegReply::Transferred(TransferReport {
        target: "+573001234567".into(),
        status,
        total_ms: 5_000,
        talked_ms: 3_000,
        cause: Default::default(),
    })
}

#[test]
fn the_simple_flow_comes_to_each_of_its_results() {
    use LegReply::{Failed, Gone, Played};
    let cases = [
        (
            vec![keys("1"), Played(None), transfer(TransferStatus::Answered)],
            "transferred",
            "1",
        ),
        (
            vec![keys("1"), Played(None), transfer(TransferStatus::Busy)],
            "transfer_failed",
            "1",
        ),
        (
            vec![keys("1"), Played(None), transfer(TransferStatus::Cancelled)],
            "hung_up",
            "1",
        ),
        (vec![keys("1"), Played(None), Gone], "hung_up", "1"),
        (
            vec![
                keys("2"),
                keys("1"),
                Played(None),
                transfer(TransferStatus::Answered),
            ],
            "transferred",
            "21",
        ),
        (vec![keys("2"), keys("3")], "wrong_input", "23"),
        (vec![keys("2"), keys("")], "wrong_input", "2"),
        (vec![keys(""), keys("")], "no_input", ""),
        (vec![Gone], "hung_up", ""),
        (vec![Failed("no such sound".into())], "error", ""),
    ];
    for (replies, result, digits) in cases {
        let (_, report) = walk(&simple(false, true), replies);
        assert_eq!(report.result.unwrap().as_str(), result);
        assert_eq!(report.digits.as_str(), digits);
        assert_eq!(report.answered_by, AnsweredBy::Unknown);
    }
}

#[test]
fn every_exit_is_named_as_the_definition_names_it() {
    let definition = json!({ "start": "up", "steps": {
        "up": { "do": "answer", "next": "listen" },
        "listen": { "do": "detect", "human": "ask" },
        "ask": { "do": "gather", "max_digits": 1, "on": { "1": "by" } },
        "by": { "do": "branch", "variable": "x", "on": { "": "note" }, "otherwise": "note" },
        "note": { "do": "set", "variable": "x", "value": "{digits}", "next": "tell" },
        "tell": { "do": "play", "sounds": ["a"], "on": { "*": "keep" } },
        "keep": { "do": "record", "name": "r", "max_length_s": 5, "next": "call" },
        "call": { "do": "transfer", "to": { "number": "+573001234567" }, "on": { "busy": "bye" } },
        "bye": { "do": "hangup", "result": "done" } } });
    let flow = Flow::parse(&definition).unwrap();
    let exits: Vec<String> = flow
        .exits()
        .into_iter()
        .map(|(step, exit)| format!("{step}.{exit}"))
        .collect();
    let expected = "ask.on.1 ask.wrong ask.no_input ask.failed by.on. by.otherwise bye.result \
        call.on.answered call.on.busy call.on.no_answer call.on.congestion call.on.unavailable call.on.cancelled call.failed \
        keep.next keep.failed listen.human listen.machine listen.failed note.next note.failed \
        tell.on.* tell.next tell.failed up.next up.failed";
    assert_eq!(exits.join(" "), expected);
}

/// The exits that a walk with these replies tells.
fn told(flow: &Flow, replies: Vec<LegReply>) -> String {
    let mut run = Run::new(Arc::new(flow.clone()), &Variables::default());
    for reply in replies {
        assert!(matches!(run.advance(), Next::Do(_)));
        run.handle(reply);
    }
    assert!(matches!(run.advance(), Next::Exit(_)));
    let by = |event| match event {
        TimelineEvent::Step { step, by, .. } => Some(format!("{}>{step}", by.unwrap_or_default())),
        TimelineEvent::Result { result, by } => Some(format!("{}={result}", by.unwrap_or_default())),
        _ => None,
    };
    let told: Vec<_> = run.drain_events().into_iter().filter_map(by).collect();
    told.join(" ")
}

#[test]
fn the_timeline_tells_which_exits_were_taken() {
    use LegReply::{Detected, Failed, Gone, Played};
    let flow = simple(true, true);
    let machine = Detected(AmdVerdict::Machine, String::new());
    assert_eq!(told(&flow, vec![machine]), ">listen machine=machine");
    let unsure = Detected(AmdVerdict::Unsure, String::new());
    let busy = vec![
        unsure.clone(),
        keys("2"),
        keys("1"),
        Played(None),
        transfer(TransferStatus::Busy),
    ];
    assert_eq!(
        told(&flow, busy),
        ">listen unsure>ask on.1>soon next>connect on.busy=transfer_failed"
    );
    assert_eq!(
        told(&flow, vec![unsure, keys("2"), keys("")]),
        ">listen unsure>ask wrong=wrong_input"
    );
    assert_eq!(told(&flow, vec![Failed("no".into())]), ">listen failed=error");
    // A caller who leaves takes no exit.
    assert_eq!(told(&flow, vec![Gone]), ">listen =hung_up");
    assert_eq!(
        told(&simple(false, false), vec![keys("1"), Played(None)]),
        ">ask on.1>soon next=completed"
    );
    let doubt = json!({ "start": "a", "steps": { "a": { "do": "detect" } } });
    let doubt = Flow::parse(&doubt).unwrap();
    let unsure = Detected(AmdVerdict::Unsure, String::new());
    assert_eq!(told(&doubt, vec![unsure]), ">a human=completed");
    let named = json!({ "start": "a", "steps": { "a": { "do": "hangup", "result": "done" } } });
    assert_eq!(told(&Flow::parse(&named).unwrap(), vec![]), ">a result=done");
}

#[test]
fn without_an_overflow_number_the_digit_is_the_end() {
    let (_, report) = walk(&simple(false, false), vec![keys("1"), LegReply::Played(None)]);
    assert_eq!(report.result, Some(FlowResult::COMPLETED));
}

#[test]
fn a_machine_ends_the_simple_flow() {
    let detected = |verdict| LegReply::Detected(verdict, "LONGGREETING-1500-1500".into());
    let (_, report) = walk(&simple(true, true), vec![detected(AmdVerdict::Machine)]);
    assert_eq!(
        (report.result, report.answered_by),
        (Some(FlowResult::MACHINE), AnsweredBy::Machine)
    );
    for (verdict, by) in [
        (AmdVerdict::Human, AnsweredBy::Human),
        (AmdVerdict::Unsure, AnsweredBy::Unknown),
    ] {
        let (_, report) = walk(&simple(true, true), vec![detected(verdict), keys(""), keys("")]);
        assert_eq!(
            (report.result, report.answered_by),
            (Some(FlowResult::NO_INPUT), by)
        );
    }
}

#[test]
fn the_second_try_says_why_first() {
    let (commands, _) = walk(&simple(false, true), vec![keys("2"), keys("2")]);
    let prompts: Vec<Vec<_>> = commands
        .iter()
        .map(|command| match command {
            LegCommand::Gather { prompt, .. } => prompt.iter().map(|sound| sound.as_str()).collect(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(prompts, [vec!["prueba"], vec!["opcion_invalida", "prueba"]]);
}

#[test]
fn the_simple_flow_is_a_flow_like_any() {
    for flow in [simple(false, false), simple(true, true)] {
        assert_eq!(Flow::parse(&flow.to_json()).unwrap(), flow);
    }
    let mut sounds: Vec<_> = simple(true, true)
        .sounds()
        .into_iter()
        .map(|s| s.to_string())
        .collect();
    sounds.sort();
    assert_eq!(sounds, ["en_breve", "opcion_invalida", "prueba"]);
}

#[test]
fn every_fault_is_told_with_its_place() {
    let definition = json!({
        "start": "menu", "nonsense": 1,
        "steps": {
            "menu": { "do": "gather", "max_digits": 1, "tries": 0, "on": { "1": "sale", "12": "menu" } },
            "odd": { "do": "play", "sounds": ["a"], "loudness": 3 },
            "call": { "do": "transfer", "to": { "number": "12" }, "ring_timeout_s": 3 },
            "what": { "do": "dance" },
        }
    });
    let errors = Flow::parse(&definition).unwrap_err();
    let paths: Vec<_> = errors.0.iter().map(FlowError::place).collect();
    for path in [
        "nonsense",
        "steps.menu.on.1",
        "steps.menu.tries",
        "steps.menu.on.12",
        "steps.odd",
        "steps.what",
        "steps.call.to.number",
        "steps.call.ring_timeout_s",
    ] {
        assert!(
            paths.iter().any(|known| known == path),
            "{path} is not among {paths:?}"
        );
    }
    let text = errors.to_string();
    assert!(
        text.contains("there is no step `sale`; steps are call, menu, odd, what"),
        "{text}"
    );
    assert!(text.contains("unknown field `loudness`"), "{text}");
}

#[test]
fn a_large_definition_full_of_faults_gets_a_short_answer() {
    let step = |n: u32| {
        (
            format!("s{n}"),
            json!({ "do": "play", "sounds": ["a"], "next": "nowhere" }),
        )
    };
    let steps: serde_json::Value = (0..5_000).map(step).collect();
    let errors = Flow::parse(&json!({ "start": "s0", "steps": steps })).unwrap_err();
    assert_eq!(errors.0.len(), 100);
    let text = errors.to_string();
    assert!(text.contains(" and 4980 more"), "{text}");
    assert!(text.len() < 100_000, "{}", text.len());
}

#[test]
fn steps_that_nothing_leads_to_are_refused() {
    let definition = json!({ "start": "a", "steps": {
        "a": { "do": "hangup", "result": "completed" }, "b": { "do": "hangup", "result": "error" } } });
    assert_eq!(Flow::parse(&definition).unwrap_err().0[0].place(), "steps.b");
}

#[test]
fn the_example_of_the_docs_walks() {
    let docs = include_str!("../../../../docs/flows.md");
    let example = docs.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let flow = Flow::parse(&serde_json::from_str(example).unwrap()).unwrap();
    let mut variables = Variables::default();
    variables.set("agent", "+573001234567").unwrap();
    let mut run = Run::new(Arc::new(flow), &variables);
    let replies = [
        LegReply::Detected(AmdVerdict::Human, "HUMAN".into()),
        keys("2"),
        LegReply::Done,
        LegReply::Played(None),
    ];
    for reply in replies {
        assert!(matches!(run.advance(), Next::Do(_)));
        run.handle(reply);
    }
    let Next::Do(LegCommand::Transfer { target, .. }) = run.advance() else {
        panic!("{:?}", run.drain_events())
    };
    assert_eq!(format!("{target:?}"), "Number(+…67)");
    run.handle(transfer(TransferStatus::Answered));
    assert_eq!(run.advance(), Next::Exit(FlowResult::TRANSFERRED));
}

#[test]
fn an_endless_loop_ends() {
    let definition = json!({ "start": "a", "steps": {
        "a": { "do": "branch", "variable": "x", "on": {}, "otherwise": "b" },
        "b": { "do": "branch", "variable": "x", "on": {}, "otherwise": "a" } } });
    let (commands, report) = walk(&Flow::parse(&definition).unwrap(), vec![]);
    assert_eq!((commands.len(), report.result), (0, Some(FlowResult::ERROR)));
}

#[test]
fn transferred_cannot_be_given_by_hand() {
    let definition = json!({ "start": "a", "steps": { "a": { "do": "hangup", "result": "transferred" } } });
    assert_eq!(
        Flow::parse(&definition).unwrap_err().0[0].place(),
        "steps.a.result"
    );
}

#[test]
fn a_value_stays_within_the_name_of_its_recording() {
    let definition = json!({ "start": "r", "steps": {
        "r": { "do": "record", "name": "surveys/{who}", "max_length_s": 5 } } });
    let mut variables = Variables::default();
    variables.set("who", "../José Paz").unwrap();
    let flow = Arc::new(Flow::parse(&definition).unwrap());
    let Next::Do(LegCommand::Record { name, .. }) = Run::new(flow, &variables).advance() else {
        panic!("no recording")
    };
    assert_eq!(name.as_str(), "surveys/___Jos__Paz");
}

#[test]
fn silence_is_an_input_too() {
    let definition = json!({ "start": "a", "steps": {
        "a": { "do": "gather", "max_digits": 1, "any": "b" },
        "b": { "do": "gather", "max_digits": 1, "no_input": "c", "any": "c" },
        "c": { "do": "branch", "variable": "digits", "on": { "1": "old" }, "otherwise": "none" },
        "old": { "do": "hangup", "result": "old" }, "none": { "do": "hangup", "result": "none" } } });
    let flow = Flow::parse(&definition).unwrap();
    let (_, report) = walk(&flow, vec![keys("1"), keys("")]);
    assert_eq!(report.result.unwrap().as_str(), "none");
}

#[test]
fn beside_any_no_input_is_wrong() {
    let definition = |wrong: &str| {
        json!({ "start": "a", "steps": {
            "a": { "do": "gather", "max_digits": 1, "any": "b", "wrong": wrong },
            "b": { "do": "hangup", "result": "done" }, "c": { "do": "hangup", "result": "never" } } })
    };
    let errors = Flow::parse(&definition("d")).unwrap_err().to_string();
    assert!(
        errors.starts_with("steps.a.wrong: there is no step `d`"),
        "{errors}"
    );
    let exits = Flow::parse(&definition("c")).unwrap().exits();
    let exits: Vec<_> = exits
        .iter()
        .map(|(step, exit)| format!("{step}.{exit}"))
        .collect();
    assert_eq!(exits, ["a.any", "a.no_input", "a.failed", "b.result"]);
}

#[test]
fn a_loop_over_a_failing_transfer_stops() {
    let definition = json!({ "start": "t", "steps": {
        "t": { "do": "transfer", "to": { "number": "+573001234567" }, "on": { "unavailable": "t" } } } });
    let flow = Flow::parse(&definition).unwrap();
    let (commands, report) = walk(&flow, vec![transfer(TransferStatus::Unavailable); 10]);
    assert_eq!((commands.len(), report.result), (10, Some(FlowResult::ERROR)));
}

fn any_reply() -> impl Strategy<Value = LegReply> {
    prop_oneof![
        Just(LegReply::Done),
        Just(LegReply::Played(None)),
        Just(LegReply::Played(Some("1".parse().unwrap()))),
        "[0-9*#]{0,3}".prop_map(|text| keys(&text)),
        Just(LegReply::Detected(AmdVerdict::Human, String::new())),
        Just(LegReply::Detected(AmdVerdict::Machine, String::new())),
        Just(transfer(TransferStatus::Answered)),
        Just(transfer(TransferStatus::NoAnswer)),
        Just(LegReply::Failed("x".into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_walk_ends_once(amd in any::<bool>(), overflow in any::<bool>(), replies in proptest::collection::vec(any_reply(), 20)) {
        let mut run = Run::new(Arc::new(simple(amd, overflow)), &Variables::default());
        let mut commands = 0;
        let result = loop {
            match run.advance() {
                Next::Do(_) => run.handle(replies[commands].clone()),
                Next::Send(request) => panic!("the simple flow sends nothing: {request:?}"),
                Next::Exit(result) => break result,
            }
            commands += 1;
            prop_assert!(commands < 10);
        };
        prop_assert_eq!(run.advance(), Next::Exit(result.clone()));
        run.handle(LegReply::Done);
        prop_assert_eq!(run.report().result, Some(result.clone()));
        let transferred = run.report().transfer.is_some_and(|t| t.status == TransferStatus::Answered);
        prop_assert_eq!(result == FlowResult::TRANSFERRED, transferred);
    }
}
