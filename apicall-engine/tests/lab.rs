//! Campaigns on a real Asterisk or FreeSWITCH with SIPp as its carrier: `dev/lab test`, `dev/lab freeswitch`.
//!
//! The carrier's callees behave by the last two digits of the number, see `docs/lab.md`. Sizes come from the environment,
//! so that the same stories run small in CI and large by hand.
#![cfg(feature = "lab")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod driver;
mod lab_harness;
mod service;

use driver::LOOK;
use lab_harness::parity::Sides;
use lab_harness::{Lab, by_number, chosen, most_in_a_second, size};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Digits, outcome, answered_by, result, keys, transfer.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// What a call to each callee comes to, with detection on.
const CALLEES: [Row; 17] = [
    ("01", "answered", "human", "transferred", "1", "answered"),
    ("02", "answered", "human", "transferred", "1", "answered"),
    ("03", "answered", "human", "transferred", "21", "answered"),
    ("04", "answered", "human", "wrong_input", "23", ""),
    ("05", "answered", "human", "no_input", "", ""),
    ("06", "answered", "human", "hung_up", "", ""),
    ("07", "answered", "unknown", "hung_up", "", ""),
    ("08", "answered", "human", "transferred", "1", "answered"),
    ("09", "answered", "machine", "machine", "", ""),
    ("10", "busy", "", "", "", ""),
    ("11", "unreachable", "", "", "", ""),
    ("12", "invalid_number", "", "", "", ""),
    ("13", "congestion", "", "", "", ""),
    ("14", "rejected", "", "", "", ""),
    ("15", "no_answer", "", "", "", ""),
    ("16", "answered", "human", "transferred", "1", "answered"),
    ("17", "answered", "human", "transferred", "1", "answered"),
];

/// Where transfers of the stories go: a callee who talks for three seconds.
const OVERFLOW: &str = "+573009999930";

#[tokio::test]
async fn every_contact_ends_as_its_callee_behaves() {
    for way in Lab::ways() {
        let lab = Lab::start_by(way).await;
        let project = lab.project(json!({ "max_attempts": 1 }), true).await;
        let rounds = size("APICALL_LAB_ROUNDS", 19);
        let callees = chosen("APICALL_LAB_CALLEES", CALLEES.map(|row| row.0));
        let numbers: Vec<_> = (0..rounds)
            .flat_map(|round| {
                callees
                    .iter()
                    .map(move |callee| format!("+57300{round:05}{callee}"))
            })
            .collect();
        let cps = size("APICALL_LAB_CPS", 20);
        let campaign = lab.campaign(project, json!({ "cps": cps }), &numbers).await;
        lab.finish(campaign, Duration::from_secs(120)).await;
        let calls = lab.calls(campaign).await;
        assert_eq!(calls.len(), numbers.len());
        let mut transfers = 0;
        for call in &calls {
            let number = call["number"].as_str().unwrap();
            let row = CALLEES.iter().find(|row| number.ends_with(row.0)).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let seen = [
                text(&call["outcome"]),
                text(&call["answered_by"]),
                text(&call["result"]),
                text(&call["digits"]),
                text(&call["transfer"]["status"]),
            ];
            if seen != [row.1, row.2, row.3, row.4, row.5] {
                let detail = lab.get(&format!("/calls/{}", text(&call["id"]))).await;
                panic!("{way}: {seen:?} instead of {row:?}: {detail}");
            }
            if row.5 == "answered" {
                transfers += 1;
                let talked = call["transfer"]["talked_ms"].as_u64().unwrap();
                assert!(
                    (2_500..4_500).contains(&talked),
                    "the callee talks for 3 s, and the record says {talked} ms"
                );
            }
        }
        for invite in lab
            .invites()
            .iter()
            .filter(|invite| !OVERFLOW.ends_with(&invite.number))
        {
            assert_eq!(invite.caller_id, "5551234", "{way}: whom {} sees", invite.number);
        }
        let invites = by_number(&lab.invites());
        let to_overflow = invites.get(OVERFLOW.trim_start_matches('+')).copied();
        let to_overflow = to_overflow.unwrap_or(0);
        assert_eq!(to_overflow, transfers, "{way}: as many second legs as transfers");
        assert_eq!(
            invites.values().sum::<usize>(),
            calls.len() + transfers,
            "{way}: as many INVITEs as calls"
        );
        lab.assert_no_channel().await;
        lab.stop().await;
    }
}

#[tokio::test]
async fn a_rate_is_kept_exactly() {
    let (count, cps) = (size("APICALL_LAB_CALLS", 300), size("APICALL_LAB_CPS", 30));
    let lab = Lab::start().await;
    // Nothing is played: of what a switch does for a call, only what a rate is about stands between our start and the carrier.
    let wait =
        json!({ "start": "wait", "steps": { "wait": { "do": "gather", "sounds": [], "max_digits": 1 } } });
    let project = lab.flow(wait, 1).await;
    // The first calls of a switch's life load what all others find loaded.
    let first: Vec<_> = (0..cps).map(|n| format!("+57302{n:05}21")).collect();
    let warming = lab.campaign(project, json!({ "cps": cps }), &first).await;
    lab.finish(warming, Duration::from_secs(60)).await;
    let numbers: Vec<_> = (0..count).map(|n| format!("+57301{n:05}21")).collect();
    let campaign = lab.campaign(project, json!({ "cps": cps }), &numbers).await;
    lab.finish(campaign, Duration::from_secs(60 + (count / cps) as u64))
        .await;
    let calls = lab.calls(campaign).await;
    assert_eq!(calls.len(), count);
    assert!(
        calls.iter().all(|call| call["outcome"] == "answered"),
        "no call is lost"
    );
    let mut starts: Vec<i64> = calls
        .iter()
        .map(|call| call["dialed_at"].as_i64().unwrap())
        .collect();
    starts.sort_unstable();
    let most = most_in_a_second(&starts);
    #[allow(clippy::cast_precision_loss)]
    let rate = (count - 1) as f64 * 1_000.0 / (starts[count - 1] - starts[0]) as f64;
    let invites = lab.invites().split_off(cps);
    let carrier: Vec<i64> = invites.iter().map(|invite| invite.at_ms).collect();
    let carrier_most = most_in_a_second(&carrier);
    let arrived: HashMap<&str, i64> = invites
        .iter()
        .map(|invite| (invite.number.trim_start_matches('+'), invite.at_ms))
        .collect();
    let mut ways: Vec<i64> = calls
        .iter()
        .map(|call| {
            let number = call["number"].as_str().unwrap().trim_start_matches('+');
            arrived[number] - call["dialed_at"].as_i64().unwrap()
        })
        .collect();
    ways.sort_unstable();
    println!(
        "from our start to the carrier, in ms: half within {}, 99 % within {}, all within {}",
        ways[count / 2],
        ways[count * 99 / 100],
        ways[count - 1]
    );
    let mut gaps: Vec<i64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    println!(
        "longest gaps between two starts, in ms: {:?}",
        &gaps[..12.min(gaps.len())]
    );
    println!(
        "{count} calls at {cps}/s: {rate:.3}/s, at most {most} in a second; the carrier saw at most {carrier_most}"
    );
    assert!(most <= cps, "{most} starts within a second");
    #[allow(clippy::cast_precision_loss)]
    let least = cps as f64 * 0.995;
    assert!(rate >= least, "{rate} a second");
    assert_eq!(carrier.len(), count, "the carrier counts what the store has");
    lab.audit();
    // Between our start and the carrier's record lies what nobody tells us of: on Asterisk the carrier's own delays, on
    // FreeSWITCH the switch's as well.
    let bunched = match Lab::kind() {
        "asterisk" => 1,
        _ => cps.div_ceil(5),
    };
    assert!(
        carrier_most <= cps + bunched,
        "the carrier saw {carrier_most} within a second"
    );
    lab.assert_no_channel().await;
    lab.stop().await;
}

#[tokio::test]
async fn crashes_lose_nobody_and_call_nobody_too_often() {
    let mut lab = Lab::start().await;
    let delays: BTreeMap<_, _> = ["lost", "failed", "unreachable", "congestion", "no_answer"]
        .map(|key| (key, 1))
        .into();
    let project = lab
        .project(json!({ "max_attempts": 5, "delay_s": delays }), false)
        .await;
    let count = size("APICALL_LAB_CRASH_CALLS", 200);
    // Some stay until somebody hangs up: nobody but the engine does.
    let callee = |n| if n % 4 == 0 { "20" } else { "21" };
    let numbers: Vec<_> = (0..count).map(|n| format!("+57302{n:05}{}", callee(n))).collect();
    let campaign = lab.campaign(project, json!({ "cps": 20 }), &numbers).await;
    lab.some_done(campaign, count / 10).await;
    lab.command(&["kill-switch"]);
    lab.command(&["start-switch"]);
    lab.some_done(campaign, count / 4).await;
    lab.command(&["cut"]);
    lab.some_done(campaign, count / 3).await;
    for part in 1..=10 {
        lab.kill();
        lab.start_again().await;
        lab.some_done(campaign, count / 3 + count * part / 20).await;
    }
    lab.finish(campaign, Duration::from_secs(180)).await;
    let audit = lab.audit();
    let stats = lab.get(&format!("/campaigns/{campaign}/stats")).await;
    assert_eq!(
        stats["by_contact_state"]["done"].as_u64(),
        Some(count as u64),
        "{stats}"
    );
    println!("after the crashes: {stats}\n{audit:#}");
    lab.assert_no_channel().await;
    lab.stop().await;
}

/// The same files tell the same on the switch and on one that is not there.
#[tokio::test]
async fn an_emulated_switch_does_what_the_real_one_does() {
    let sides = Sides::start().await;
    let mut found = Vec::new();
    for file in [
        "callees.yaml",
        "input.yaml",
        "machines.yaml",
        "transfers.yaml",
        "services.yaml",
    ] {
        found.extend(sides.differences(file).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    sides.stop().await;
}

/// Nobody calls the number that a callee or an agent names instead of their own.
#[tokio::test]
async fn a_redirect_is_a_refusal() {
    let sides = Sides::start().await;
    let found = sides.differences("redirects.yaml").await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    let called = [("573000000020".to_owned(), 1), ("573000000024".to_owned(), 2)];
    assert_eq!(by_number(&sides.lab.invites()), called.into());
    sides.stop().await;
}

/// A channel of the operator's own dialplan runs a project's flow, has a record, and goes on there with what the flow set.
#[tokio::test]
async fn the_dialplan_hands_a_channel_over() {
    let lab = Lab::start().await;
    let flow = json!({ "start": "answer", "steps": {
        "answer": { "do": "answer", "next": "ask" },
        "ask": { "do": "gather", "sounds": ["prueba"], "max_digits": 1, "first_timeout_ms": 6000, "any": "keep" },
        "keep": { "do": "set", "variable": "choice", "value": "{digits}" },
    }});
    let project = lab.flow(flow, 1).await;
    lab.visit(project);
    lab.goes_on(project, "with 1").await;
    let call = lab.visitor("ended").await;
    let seen = [&call["outcome"], &call["result"], &call["digits"]];
    assert_eq!(seen, ["answered", "completed", "1"], "{call}");
    assert_eq!(call["project"].as_i64(), Some(project));
    lab.stop().await;
}

/// Whatever becomes of the engine, a channel of the dialplan is not lost with it.
#[tokio::test]
async fn the_dialplan_goes_on_without_an_engine() {
    let mut lab = Lab::start().await;
    let flow = json!({ "start": "answer", "steps": {
        "answer": { "do": "answer", "next": "again" },
        "again": { "do": "play", "sounds": ["prueba", "prueba", "prueba", "prueba", "prueba"], "next": "again" },
    }});
    let project = lab.flow(flow, 1).await;
    let (unknown, unserved) = (project + 1_000, project + 2_000);
    lab.visit(unknown);
    lab.goes_on(unknown, "with").await;
    lab.visit(project);
    lab.visitor("up").await;
    lab.kill();
    lab.goes_on(project, "with").await;
    lab.visit(unserved);
    lab.goes_on(unserved, "with").await;
    lab.start_again().await;
    lab.visitor("ended").await;
    lab.stop().await;
}

mod on_freeswitch {
    use super::*;

    /// What FreeSWITCH would not even try has no channel, and ends all the same.
    #[tokio::test]
    async fn a_refusal_without_a_channel_ends_the_call() {
        let lab = Lab::start().await;
        let flow = json!({ "start": "bye", "steps": { "bye": { "do": "hangup", "result": "completed" } } });
        let project = lab.flow(flow.clone(), 1).await;
        let nowhere = lab.post("/trunks", json!({ "name": "nowhere" })).await["id"].as_i64();
        let by_nowhere = lab.flow(flow, nowhere.unwrap()).await;
        // Somebody else's call, so that one session is one too many.
        lab.command(&["cli", "originate sofia/gateway/carrier/573009999933 &park()"]);
        for (forbid, allow) in [
            ("fsctl pause outbound", "fsctl resume outbound"),
            ("fsctl max_sessions 1", "fsctl max_sessions 5000"),
        ] {
            lab.command(&["cli", forbid]);
            let call = lab.call(project, "+573000000020").await;
            lab.command(&["cli", allow]);
            assert_eq!(call["outcome"], "congestion", "{forbid}: {call}");
            assert_cause(&call, "originate -ERR DESTINATION_OUT_OF_ORDER");
        }
        lab.command(&["cli", "hupall"]);
        let call = lab.call(by_nowhere, "+573000000020").await;
        assert_eq!(call["outcome"], "failed", "{call}");
        assert_cause(&call, "originate -ERR INVALID_GATEWAY");
        let call = lab.call(project, "+573000000020").await;
        assert_eq!(call["outcome"], "answered", "{call}");
        lab.assert_no_channel().await;
        lab.stop().await;
    }

    fn assert_cause(call: &Value, text: &str) {
        let cause = call["cause"]["text"].as_str().unwrap_or_default();
        assert!(cause.contains(text), "{call}");
    }

    /// The engine is killed in the midst of a call, and does not come back for long.
    #[tokio::test]
    async fn an_engine_that_is_gone_leaves_no_call() {
        let mut lab = Lab::start().await;
        let flow = json!({ "start": "wait", "steps": {
            "wait": { "do": "gather", "max_digits": 1, "first_timeout_ms": 60_000, "no_input": "wait" },
        }});
        let project = lab.flow(flow, 1).await;
        let call = json!({ "project": project, "number": "+573000000033" });
        let id = lab.post("/calls", call).await["id"].as_str().unwrap().to_owned();
        let path = format!("/calls/{id}");
        while lab.get(&path).await["state"] != "up" {
            tokio::time::sleep(LOOK).await;
        }
        // Longer than it would live if the engine were not there.
        tokio::time::sleep(Duration::from_secs(70)).await;
        assert_eq!(lab.get(&path).await["state"], "up");
        lab.kill();
        assert_eq!(
            lab.command(&["channels"]).trim(),
            "1",
            "a call outlives its connection"
        );
        lab.assert_no_channel_within(Duration::from_secs(65)).await;
        lab.start_again().await;
        let call = lab.get(&path).await;
        assert_eq!(
            (&call["state"], &call["outcome"]),
            (&json!("ended"), &json!("lost")),
            "{call}"
        );
        lab.stop().await;
    }

    /// An extension of the operator's dialplan takes a transfer, and the caller is back when it is over.
    #[tokio::test]
    async fn a_transfer_goes_to_an_extension() {
        let lab = Lab::start().await;
        let flow = json!({ "start": "agent", "steps": {
            "agent": { "do": "transfer", "to": { "extension": "agent@desk" }, "ring_timeout_s": 5, "on": { "answered": "after" } },
            "after": { "do": "play", "sounds": ["en_breve"], "next": "bye" },
            "bye": { "do": "hangup", "result": "served" },
        }});
        let project = lab.flow(flow, 1).await;
        let call = lab.call(project, "+573000000020").await;
        let seen = (&call["transfer"]["status"], &call["result"]);
        assert_eq!(seen, (&json!("answered"), &json!("served")), "{call}");
        let talked = call["transfer"]["talked_ms"].as_u64().unwrap();
        assert!(
            (2_500..4_500).contains(&talked),
            "the agent talks for 3 s: {call}"
        );
        lab.assert_no_channel().await;
        lab.stop().await;
    }

    /// A channel of the dialplan is listened to, is told something, and is listened to again: both times somebody is heard.
    #[tokio::test]
    async fn a_channel_of_the_dialplan_is_listened_to_twice() {
        let lab = Lab::start().await;
        let detect = |human| json!({ "do": "detect", "human": human, "machine": "deaf", "unsure": "deaf", "failed": "deaf" });
        let flow = json!({ "start": "answer", "steps": {
            "answer": { "do": "answer", "next": "first" },
            "first": detect("say"),
            "say": { "do": "play", "sounds": ["en_breve"], "next": "second" },
            "second": detect("heard"),
            "heard": { "do": "set", "variable": "choice", "value": "heard" },
            "deaf": { "do": "set", "variable": "choice", "value": "deaf" },
        }});
        let project = lab.flow(flow, 1).await;
        let talks = format!("bgapi originate loopback/{project}/visitor talker XML desk");
        lab.command(&["cli", &talks]);
        lab.goes_on(project, "with heard").await;
        let call = lab.visitor("ended").await;
        assert_eq!(
            (&call["answered_by"], &call["result"]),
            (&json!("human"), &json!("completed")),
            "{call}"
        );
        lab.stop().await;
    }

    /// What the callee says is in the file that the timeline names.
    #[tokio::test]
    async fn a_message_is_recorded() {
        let lab = Lab::start().await;
        let flow = json!({ "start": "message", "steps": {
            "message": { "do": "record", "name": "message-{call_id}", "max_length_s": 4, "next": "bye" },
            "bye": { "do": "hangup", "result": "completed" },
        }});
        let project = lab.flow(flow, 1).await;
        let call = lab.call(project, "+573000000009").await;
        let moment = call["timeline"].as_array().unwrap().iter();
        let recorded = moment.clone().find(|moment| moment["event"] == "recorded");
        let recorded = recorded.unwrap_or_else(|| panic!("{call}"));
        let length = recorded["length_ms"].as_u64().unwrap();
        assert!((3_800..4_500).contains(&length), "{call}");
        let file = lab.recording(recorded["name"].as_str().unwrap());
        // Four seconds of 8,000 samples of two bytes.
        assert!((56_000..72_000).contains(&file.len()), "{} bytes", file.len());
        lab.stop().await;
    }
}
