//! Any valid flow against any replies: it ends, it never panics, it exits once, and nothing is asked after the exit.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use apicall_core::flow::{Flow, Next, Run};
use apicall_core::model::{
    AmdVerdict, Cause, Digit, Digits, FlowResult, GreetingEnd, LegCommand, LegReply, Recording,
    TimelineEvent, TransferReport, TransferStatus, Variables, WebhookReply,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn target() -> impl Strategy<Value = Value> {
    prop_oneof![3 => select(&NAMES[..]).prop_map(Value::from), 1 => Just(Value::Null)]
}

fn cases(keys: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(keys, 1..=keys.len()).prop_flat_map(|keys| {
        let count = keys.len();
        prop::collection::vec(select(&NAMES[..]), count)
            .prop_map(move |names| keys.iter().copied().zip(names).collect::<Value>())
    })
}

/// A step of any kind; keys with `null` are left away.
fn step() -> impl Strategy<Value = Value> {
    let variable = select(&["digits", "answered_by", "city", "x"][..]);
    let kind = prop_oneof![
        target().prop_map(|n| json!({"do": "answer", "next": n})),
        (target(), target(), target())
            .prop_map(|(h, m, u)| json!({"do": "detect", "human": h, "machine": m, "unsure": u})),
        (target(), cases(&["1", "*"]), target()).prop_map(
            |(n, on, t)| json!({"do": "leave_message", "sounds": ["m"], "on": on, "next": n, "too_long": t})
        ),
        (target(), cases(&["1", "2", "*"]))
            .prop_map(|(n, on)| json!({"do": "play", "sounds": ["x", "y"], "on": on, "next": n})),
        (
            cases(&["1", "2", "12", "*"]),
            target(),
            target(),
            1..=10_u8,
            target()
        )
            .prop_map(|(on, silent, wrong, tries, any)| {
                json!({"do": "gather", "sounds": ["x"], "max_digits": 2, "on": on, "tries": tries, "any": any,
                       "retry_sounds": ["no"], "save_as": "x", "no_input": silent, "wrong": wrong})
            }),
        (variable, cases(&["1", "human", "", "-"]), target())
            .prop_map(|(name, on, n)| json!({"do": "branch", "variable": name, "on": on, "otherwise": n})),
        (
            cases(&["answered", "busy", "cancelled"]),
            select(&["{x}", "+573001112233"][..])
        )
            .prop_map(|(on, to)| json!({"do": "transfer", "to": {"number": to}, "on": on})),
        target().prop_map(|n| json!({"do": "record", "name": "{city}{x}", "max_length_s": 5, "next": n})),
        (select(&["{x}{city}", "+573001112233", "{"][..]), target())
            .prop_map(|(value, n)| json!({"do": "set", "variable": "x", "value": value, "next": n})),
        (
            cases(&["200", "404", "4xx", "5xx"]),
            target(),
            select(&["/a", "/b/c", ""][..])
        )
            .prop_map(|(on, n, at)| {
                json!({"do": "webhook", "url": "https://crm.example/{x}?c={city}", "body": {"x": "{digits}"},
                   "save": {"x": at}, "on": on, "next": n})
            }),
        Just(json!({"do": "hangup", "result": "bye"})),
    ];
    (kind, target()).prop_map(|(mut step, failed)| {
        let keys = step.as_object_mut().unwrap();
        if !matches!(keys["do"].as_str(), Some("branch" | "hangup")) {
            keys.insert("failed".into(), failed);
        }
        keys.retain(|_, value| !value.is_null());
        step
    })
}

fn definition() -> impl Strategy<Value = Value> {
    prop::collection::vec(step(), NAMES.len()).prop_map(|steps| {
        let steps: Value = NAMES.into_iter().zip(steps).collect();
        json!({"start": "a", "steps": steps})
    })
}

/// Drops what nothing leads to, until the definition is accepted.
fn repaired(mut definition: Value) -> Flow {
    loop {
        let errors = match Flow::parse(&definition) {
            Ok(flow) => return flow,
            Err(errors) => errors,
        };
        for error in &errors.0 {
            assert!(error.message.starts_with("nothing leads here"), "{errors}");
            let name = &error.path[1];
            definition["steps"].as_object_mut().unwrap().remove(name);
        }
    }
}

fn reply() -> impl Strategy<Value = LegReply> {
    let key = select(&['1', '2', '*', '9'][..]).prop_map(|key| Digit::try_from(key).unwrap());
    let keys = "[0-9*#]{0,5}".prop_map(|keys| keys.parse::<Digits>().unwrap());
    let status = select(TransferStatus::ALL);
    prop_oneof![
        8 => Just(LegReply::Done),
        4 => select(AmdVerdict::ALL).prop_map(|v| LegReply::Detected(v, "why".into())),
        8 => select(GreetingEnd::ALL).prop_map(LegReply::HeardOut),
        8 => prop::option::of(key).prop_map(LegReply::Played),
        8 => keys.prop_map(LegReply::Gathered),
        4 => status.prop_map(|status| LegReply::Transferred(TransferReport {
            target: "x".into(), status, total_ms: 1, talked_ms: 1, cause: Cause::default() })),
        4 => Just(LegReply::Recorded(Recording {
            name: "x".parse().unwrap(), length: Duration::MAX, stopped_by: None })),
        2 => Just(LegReply::Failed("no".into())),
        1 => Just(LegReply::Gone),
    ]
}

fn answer() -> impl Strategy<Value = WebhookReply> {
    let body = select(
        &[
            "{\"a\":1}",
            "{\"a\":\"\\n\"}",
            "{\"b\":{\"c\":\"busy\"}}",
            "<html>",
            "",
        ][..],
    );
    prop_oneof![
        12 => (select(&[200_u16, 204, 302, 404, 418, 500][..]), body).prop_map(|(status, body)| {
            WebhookReply::Answered { status, body: body.into() }
        }),
        4 => Just(WebhookReply::Failed("no".into())),
        1 => Just(WebhookReply::CallerLeft),
    ]
}

/// Whether a leg could give this reply to this command.
fn fits(command: &LegCommand, reply: &LegReply) -> bool {
    matches!(
        (command, reply),
        (
            LegCommand::Answer | LegCommand::SetVariable { .. } | LegCommand::Hangup,
            LegReply::Done
        ) | (LegCommand::Detect(_), LegReply::Detected(..))
            | (LegCommand::HearOut { .. }, LegReply::HeardOut(_))
            | (LegCommand::Play { .. }, LegReply::Played(_))
            | (LegCommand::Gather { .. }, LegReply::Gathered(_))
            | (LegCommand::Transfer { .. }, LegReply::Transferred(_))
            | (LegCommand::Record { .. }, LegReply::Recorded(_))
            | (_, LegReply::Failed(_) | LegReply::Gone)
    )
}

/// A walk takes at most 1,000 steps, and a step asks at most ten times.
const MOST_COMMANDS: usize = 10_000;

/// Tells the exits that the timeline names, each with the step it leaves.
fn taken(events: &[TimelineEvent]) -> Vec<(String, String)> {
    let (mut taken, mut at) = (Vec::new(), None);
    for event in events {
        let by = match event {
            TimelineEvent::Step { by, .. } => {
                assert_eq!(
                    by.is_none(),
                    at.is_none(),
                    "only the start is led to by nothing: {event:?}"
                );
                by
            }
            TimelineEvent::Result { by, .. } => by,
            _ => continue,
        };
        taken.extend(by.clone().map(|exit| (at.clone().unwrap(), exit)));
        if let TimelineEvent::Step { step, .. } = event {
            at = Some(step.clone());
        }
    }
    taken
}

fn check(flow: Flow, replies: Vec<LegReply>, answers: Vec<WebhookReply>, fitting_only: bool) {
    let exits = flow.exits();
    let mut run = Run::new(Arc::new(flow), &Variables::default());
    let mut commands = 0;
    let mut offered = replies.iter().cycle();
    let mut answers = answers.iter().cycle();
    let result = loop {
        let command = match run.advance() {
            Next::Exit(result) => break result,
            Next::Do(command) => command,
            Next::Send(_) => {
                run.handle_webhook(answers.next().unwrap().clone(), Duration::from_secs(1));
                continue;
            }
        };
        commands += 1;
        assert!(commands <= MOST_COMMANDS, "still asking: {command:?}");
        let mut round = offered.by_ref().take(replies.len());
        let reply = round.find(|reply| !fitting_only || fits(&command, reply));
        run.handle(reply.unwrap_or(&LegReply::Gone).clone());
    };
    let events = run.drain_events();
    for reply in replies {
        run.handle(reply);
        assert_eq!(run.advance(), Next::Exit(result.clone()));
    }
    assert_eq!(run.drain_events(), []);
    judge(&run, &events, &result);
    for exit in taken(&events) {
        assert!(exits.contains(&exit), "{exit:?} is not among {exits:?}");
    }
}

fn judge(run: &Run, events: &[TimelineEvent], result: &FlowResult) {
    let exits = events
        .iter()
        .filter(|event| matches!(event, TimelineEvent::Result { .. }))
        .count();
    assert_eq!(exits, 1);
    let report = run.report();
    assert_eq!(report.result.as_ref(), Some(result));
    let connected = events.iter().any(|event| {
        matches!(event, TimelineEvent::TransferEnded(report) if report.status == TransferStatus::Answered)
    });
    assert!(
        connected || *result != FlowResult::TRANSFERRED,
        "transferred, but nobody was connected"
    );
    let message = |event: &TimelineEvent| matches!(event, TimelineEvent::HeardOut { end } if *end != GreetingEnd::TooLong);
    assert!(
        events.iter().any(message) || *result != FlowResult::VOICEMAIL_LEFT,
        "a message was left before any greeting was over"
    );
    let pressed: String = events
        .iter()
        .filter_map(|event| match event {
            TimelineEvent::Digits { digits } => Some(digits.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(report.digits.as_str(), pressed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_always_ends(
        definition in definition(),
        replies in prop::collection::vec(reply(), 1..40),
        answers in prop::collection::vec(answer(), 1..20),
        fitting_only in any::<bool>(),
    ) {
        check(repaired(definition), replies, answers, fitting_only);
    }

    #[test]
    fn a_definition_survives_being_written_and_read(definition in definition()) {
        let flow = repaired(definition);
        prop_assert_eq!(Flow::parse(&flow.to_json()).unwrap(), flow);
    }

    #[test]
    fn any_json_is_accepted_or_refused_with_reasons(
        definition in definition(),
        path in prop::collection::vec(0..8_usize, 1..4),
        junk in select(vec![json!(null), json!(-1), json!("{"), json!([]), json!({}), json!(1e300), json!("\u{0}é")]),
    ) {
        let mut definition = definition;
        let mut place = &mut definition;
        for at in path {
            if place.as_object().is_none_or(|map| map.is_empty()) {
                break;
            }
            let map = place.as_object_mut().unwrap();
            let at = at % map.len();
            place = map.values_mut().nth(at).unwrap();
        }
        *place = junk;
        if let Err(errors) = Flow::parse(&definition) {
            prop_assert!(!errors.0.is_empty());
        }
    }
}
