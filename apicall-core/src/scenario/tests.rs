//! Files as people write them, good and broken, and calls before the judge.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::{Scenario, Subject, judge, ladder};
use crate::api::CallDetail;
use serde_json::{Value, json};

/// A file with a flow of its own, shared callees, and a case with parameters.
const MENU: &str = r#"
flow:
  start: menu
  steps:
    menu: { do: gather, sounds: [menu], max_digits: 1, on: { 1: agent } }
    agent: { do: transfer, to: { number: "{agent}" } }
country: CO
caller_id: 6015551234
callees:
  caller: { ring_ms: 300, do: [{ upon: menu, after_ms: 500, press: 1 }] }
  busy: { response: busy }
numbers: { caller: "+573000000001" }
cases:
  - name: pressing 1 while the agent is <agent> ends <result>
    parameters:
      - { agent: free, response: answer, result: transferred }
      - { agent: busy, response: busy, result: transfer_failed }
    callee: caller
    transfer_callee: { response: <response> }
    variables: { agent: "+573009999930" }
    expect: { outcome: answered, result: <result>, digits: 1, prompts: [menu] }
  - name: busy
    callee: busy
    number: +573000000010
    expect: { outcome: busy, result: none, prompts: [] }
"#;

fn faults(text: &str) -> String {
    Scenario::parse(text).unwrap_err().to_string()
}

#[test]
fn a_file_becomes_cases() {
    let scenario = Scenario::parse(MENU).unwrap();
    let Subject::Flow(carried) = &scenario.subject else {
        panic!("the file brings a flow");
    };
    assert_eq!(carried.caller_id.as_ref().unwrap().as_str(), "6015551234");
    let names: Vec<_> = scenario.cases.iter().map(|case| case.name.as_str()).collect();
    let expected = [
        "pressing 1 while the agent is free ends transferred",
        "pressing 1 while the agent is busy ends transfer_failed",
        "busy",
    ];
    assert_eq!(names, expected);
    let numbers: Vec<_> = scenario.cases.iter().map(|case| case.number.as_deref()).collect();
    assert_eq!(
        numbers,
        [
            Some("+573000000001"),
            Some("+573000000001"),
            Some("+573000000010")
        ]
    );
    let told = |at: usize, name| -> Value {
        serde_json::from_str(scenario.cases[at].callees.find(name).unwrap()).unwrap()
    };
    let caller = json!({ "ring_ms": 300, "response": "answer", "do": [{ "upon": "menu", "after_ms": 500, "press": "1" }] });
    assert_eq!(told(0, "APICALL_CALLEE"), caller);
    assert_eq!(told(1, "APICALL_TRANSFER_CALLEE"), json!({ "response": "busy" }));
    assert_eq!(scenario.cases[2].line, 22);
}

/// `MENU` with something else in a place.
fn menu_with(here: &str, instead: &str) -> String {
    assert!(MENU.contains(here), "{here}");
    MENU.replacen(here, instead, 1)
}

#[test]
fn what_does_not_fit_the_flow_or_its_country_is_refused_at_its_place() {
    for (here, instead, told) in [
        (
            "country: CO",
            "country: XX",
            "7:10: country: \"XX\" is no country: it has no telephone numbers",
        ),
        (
            "number: +573000000010",
            "number: 12",
            "24:13: cases[1].number: `12` cannot be dialed: too short for CO",
        ),
        (
            "caller: \"+573000000001\"",
            "caller: \"+999000000001\"",
            "12:20: numbers.caller: `+999000000001` cannot be dialed: no country has this code",
        ),
        (
            "upon: menu",
            "upon: manu",
            "10:40: callees.caller.do[0].upon: the flow plays no `manu`; did you mean `menu`? it plays menu",
        ),
        (
            "callee: busy",
            "callee: { do: [{ hang_up: true }, { upon: bye, hang_up: true }] }",
            "23:47: cases[1].callee.do[1].upon: the flow plays no `bye`; it plays menu",
        ),
        (
            "transfer_callee: { response: <response> }",
            "transfer_callee: caller",
            "19:5: cases[0].transfer_callee: whom a call is transferred to hears no prompts",
        ),
    ] {
        let told_of = faults(&menu_with(here, instead));
        assert!(told_of.contains(told), "{instead}: {told_of}");
    }
    let elsewhere = menu_with("country: CO", "country: XX").replace("+573000000010", "12");
    assert_eq!(faults(&elsewhere).lines().count(), 1);
    let national = menu_with("number: +573000000010", "number: 3000000010");
    assert_eq!(
        Scenario::parse(&national).unwrap().cases[2].number.as_deref(),
        Some("3000000010")
    );
}

#[test]
fn a_file_for_a_project_is_held_against_it_once_it_is_known() {
    let text = "project: 1\ncallees: { agent: {} }\nnumbers: { agent: 3001112233 }\ncases:\n  \
                - { name: x, number: 55 1234 5678, callee: { do: [{ upon: prueba, press: 1 }] }, transfer_callee: agent, \
                expect: { outcome: busy } }\n";
    let scenario = Scenario::parse(text).unwrap();
    let flow =
        serde_json::from_value(json!({ "simple": { "audio": "welcome", "expected_digit": "1" } })).unwrap();
    let told = scenario
        .fits("CO".parse().unwrap(), &flow)
        .unwrap_err()
        .to_string();
    let expected = "3:19: numbers.agent: `3001112233` stands for whom a call is transferred to; write it as the \
                    timeline tells it, in E.164 as in +573001234567, or as extension@context\n\
                    5:24: cases[0].number: `55 1234 5678` cannot be dialed: no number of CO looks like this; an \
                    international number needs its plus sign\n\
                    5:61: cases[0].callee.do[0].upon: the flow plays no `prueba`; it plays en_breve, opcion_invalida, welcome";
    assert_eq!(told, expected);
    let e164 = text.replace("3001112233", "\"+573001112233\"");
    let scenario = Scenario::parse(&e164).unwrap();
    let flow =
        serde_json::from_value(json!({ "simple": { "audio": "prueba", "expected_digit": "1" } })).unwrap();
    assert_eq!(scenario.fits("MX".parse().unwrap(), &flow), Ok(()));
}

#[test]
fn a_project_is_named_by_id_or_name() {
    let parse = |project: &str| {
        let text = format!("project: {project}\ncases: [{{ name: x, expect: {{ outcome: busy }} }}]");
        Scenario::parse(&text).unwrap().subject
    };
    assert_eq!(
        parse("100"),
        Subject::Project(super::ProjectRef::Id("100".parse().unwrap()))
    );
    assert_eq!(
        parse("Cobranza MX"),
        Subject::Project(super::ProjectRef::Name("Cobranza MX".to_owned()))
    );
}

#[test]
fn a_broken_file_is_refused_with_every_place() {
    let broken = r#"
project: 100
calees: {}
callees:
  busy: { response: engaged }
cases:
  - name: one
    callee: bussy
    expect: { outcom: busy }
  - name: two
    expect: {}
  - name: three
    callee: { ring_ms: soon, do: [{ after_ms: 1 }] }
    expect: { outcome: answered }
  - name: four
    expect: { outcome: [busy] }
  - nam: five
  - name: six
    parameters: [{ key: 1, row: 2 }, { key: 2 }]
    expect: { digits: <key> }
  - name: seven
    parameters: [{ key: 1 }]
    expect: { digits: <kee> }
  - name: eight
    parameters: [{ key: 1, other: 2 }]
    expect: { digits: <key> }
  - name: nine
    expect: { answered_within_ms: -1, result: Completed }
  - name: ten
    variables: { APICALL_CALLEE: "{}" }
    expect: { transfer: { target: none, status: answered } }
"#;
    insta::assert_snapshot!(faults(broken));
}

#[test]
fn all_faults_of_a_case_are_told_and_none_that_follows_from_another() {
    let broken = r#"
flow: { audio: 1, expectd_digit: 1, overflow_number: 12 }
ring_timeout_s: soon
max_call_s: long
callees:
  caller: { ring_ms: soon, says: much, do: [{ press: [1], after_ms: x }, { press: 1 }, { hang_up: maybe }] }
cases:
  - name: [one]
    callee: caler
    transfer_callee: { ring_ms: 1, response: engaged, do: [{ after_ms: 1 }] }
    variables: { APICALL_CALLEE: "{}", "a b": c }
    expect: { outcome: engaged, digits: "12x", transfer: { target: [], resullt: busy }, prompts: [a b, c] }
  - calle: caller
  - name: rows
    parameters: [{ a: 1 }, { a: [1] }, { b: 2 }, 3]
    expect: { outcome: <a>, result: <b> }
  - name: values
    parameters:
      - { outcome: answered, digits: 1 }
      - { outcome: engaged, digits: x }
    expect: { outcome: <outcome>, digits: <digits>, result: <r> and <s> }
"#;
    insta::assert_snapshot!(faults(broken));
}

#[test]
fn a_flow_may_be_written_as_a_project_has_it() {
    let own = "{ start: a, steps: { a: { do: hangup, result: done } } }";
    let of = |flow: &str| {
        let text = format!("flow: {flow}\ncases: [{{ name: x, expect: {{ outcome: busy }} }}]");
        Scenario::parse(&text).map(|scenario| scenario.subject)
    };
    assert_eq!(of(&format!("{{ custom: {own} }}")), of(own));
    let simple = "{ audio: a, expected_digit: 1 }";
    assert_eq!(of(&format!("{{ simple: {simple} }}")), of(simple));
    let fault = of("{ custom: { start: a, steps: { a: { do: hangup, result: done, next: b } } } }");
    let fault = fault.unwrap_err().to_string();
    assert!(
        fault.starts_with("1:69: flow.custom.steps.a.next: unknown key"),
        "{fault}"
    );
}

#[test]
fn a_fault_in_a_flow_is_told_at_its_key() {
    let broken = r#"
flow:
  start: menu.main
  steps:
    menu.main:
      do: gather
      sounds: [menu, a b]
      max_digits: many
      on: { 1: agnt, "12": sum.up }
    sum.up:
      do: branch
      variable: digits
      on:
        "1.5": nowhere
      otherwise: ask
    ask: { do: webhok }
    agent:
      do: transfer
      to: { numbr: "+12025550130" }
      on: { bussy: ask }
      ring_timeout_s: 1
    late: { do: gather, max_digits: 1, on: { "12": ask }, save_as: "a b" }
    none: { next: ask }
cases: [{ name: x, expect: { outcome: busy } }]
"#;
    insta::assert_snapshot!(faults(broken));
}

#[test]
fn what_belongs_together_is_told() {
    let both =
        "project: 1\nflow: { audio: a, expected_digit: 1 }\ncases: [{ name: x, expect: { outcome: busy } }]";
    let neither = "cases: [{ name: x, expect: { outcome: busy } }]";
    let not_its_own = "project: 1\nring_timeout_s: 8\ncases: [{ name: x, expect: { outcome: busy } }]";
    let twice = "project: 1\ncases:\n- { name: x, expect: { outcome: busy } }\n- { name: x, expect: { outcome: busy } }";
    let stranger = "project: 1\nnumbers: { bussy: 1 }\ncallees: { busy: {} }\ncases: [{ name: x, callee: y, expect: { outcome: busy } }]";
    let no_cases = "project: 1\ncases: []";
    let no_file = "- a\n- b";
    let wrong_flow = "flow:\n  start: menu\n  steps:\n    menu: { do: gather, max_digits: 1, on: { 1: agnt } }\n    agent: { do: hangup, result: completed }\nring_timeout_s: 1\ncases: [{ name: x, expect: { outcome: busy } }]";
    let wrong_settings =
        "flow: { audio: ../a, expected_digit: 1 }\ncases: [{ name: x, expect: { outcome: busy } }]";
    let all = [
        both,
        neither,
        not_its_own,
        twice,
        stranger,
        no_cases,
        no_file,
        wrong_flow,
        wrong_settings,
    ];
    insta::assert_snapshot!(all.map(faults).join("\n--\n"));
}

#[test]
fn a_callee_that_says_too_much_is_refused() {
    let acts = "{ upon: a-rather-long-name-of-a-prompt, press: 1 }, ".repeat(30);
    let text = format!(
        "project: 1\ncases: [{{ name: x, callee: {{ do: [{acts}] }}, expect: {{ outcome: busy }} }}]"
    );
    assert!(
        faults(&text).contains("bytes, and 1024 is the most"),
        "{}",
        faults(&text)
    );
}

#[test]
fn rows_that_do_not_show_in_the_name_are_numbered_and_cannot_break_out() {
    let text = "project: 1\ncases:\n- name: x\n  parameters: [{ v: 'a: {b}' }, { v: \"<v>\\n- c\" }]\n  variables: { a: <v>, b: x<v> < y }\n  expect: { outcome: busy }";
    let fault = faults(text);
    assert!(fault.contains("must be one line"), "{fault}");
    let scenario = Scenario::parse(&text.replace("\\n", "")).unwrap();
    let names: Vec<_> = scenario.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["x", "x (row 2)"]);
    assert_eq!(scenario.cases[0].variables.find("b"), Some("xa: {b} < y"));
    assert_eq!(scenario.cases[1].variables.find("a"), Some("<v>- c"));
}

#[test]
fn no_file_brings_the_reader_down() {
    for end in (0..MENU.len()).filter(|end| MENU.is_char_boundary(*end)) {
        let cut = &MENU[..end];
        for text in [
            cut.to_owned(),
            format!("{cut}{{"),
            format!("{cut}: ["),
            MENU.replacen(&MENU[end..=end], "]", 1),
        ] {
            if let Err(faults) = Scenario::parse(&text) {
                let lines = text.lines().count() + 1;
                assert!(
                    faults
                        .0
                        .iter()
                        .all(|fault| (1..=lines).contains(&fault.place.line)),
                    "{faults}"
                );
            }
        }
    }
}

/// A call that was answered, pressed 2 then 1, recorded, and was transferred.
fn call() -> CallDetail {
    let timeline = json!([
        { "at": 1010, "event": "state", "state": "dialing" },
        { "at": 1100, "event": "state", "state": "ringing" },
        { "at": 1400, "event": "state", "state": "up" },
        { "at": 1401, "event": "step", "step": "listen", "kind": "detect" },
        { "at": 3300, "event": "detected", "verdict": "human", "reason": "HUMAN-1000-1000" },
        { "at": 3301, "event": "step", "step": "menu", "kind": "gather", "by": "human" },
        { "at": 3301, "event": "played", "sounds": ["menu"] },
        { "at": 4900, "event": "digits", "digits": "2" },
        { "at": 4901, "event": "played", "sounds": ["opcion_invalida", "menu"] },
        { "at": 7900, "event": "digits", "digits": "1" },
        { "at": 7901, "event": "variable_set", "name": "chosen", "value": "agent" },
        { "at": 7902, "event": "recorded", "name": "consent", "length_ms": 1200 },
        { "at": 7903, "event": "transfer_started", "target": "+573009999930" },
        { "at": 10990, "event": "transfer_ended", "target": "x", "status": "answered", "total_ms": 3100, "talked_ms": 3000, "cause": {} },
        { "at": 10991, "event": "result", "result": "transferred", "by": "on.answered" },
        { "at": 11000, "event": "ended", "outcome": "answered", "cause": { "text": "Normal Clearing" } },
    ]);
    let detail = json!({
        "id": "0192d2b0-0000-7000-8000-000000000001", "origin": "manual", "project": 100, "campaign": null,
        "contact": null, "attempt": 1, "number": "+573000000003", "switch": "pbx1", "trunk": 7, "caller_id": null,
        "variables": { "agent": "+573009999930" }, "state": "ended", "created_at": 1000, "dialed_at": 1010,
        "ringing_at": 1100, "answered_at": 1400, "ended_at": 11000, "outcome": "answered", "answered_by": "human",
        "result": "transferred", "cause": { "q850": 16, "text": "Normal Clearing" }, "digits": "21",
        "transfer": { "target": "x", "status": "answered", "total_ms": 3100, "talked_ms": 3000, "cause": {} },
        "timeline": timeline,
    });
    serde_json::from_value(detail).unwrap()
}

fn verdicts(expect: &str) -> Vec<String> {
    let text = format!("project: 1\ncases: [{{ name: x, expect: {{ {expect} }} }}]");
    let scenario = Scenario::parse(&text).unwrap();
    let verdicts = judge(&scenario.cases[0].expect, &call());
    let line = |verdict: super::Verdict| {
        let mark = if verdict.met { "ok" } else { "NOT" };
        let at = verdict.at.map_or("-".to_owned(), |at| at.to_string());
        format!(
            "{mark} {} at {at}: {} / {}",
            verdict.key, verdict.expected, verdict.seen
        )
    };
    verdicts.into_iter().map(line).collect()
}

#[test]
fn what_is_as_expected_is_met() {
    let all = verdicts(
        "outcome: answered, answered_by: human, result: transferred, prompts: [menu, opcion_invalida, menu], digits: 21, \
         transfer: { target: \"+573009999930\", result: answered }, variables: { chosen: agent, agent: \"+573009999930\" }, \
         recordings: [consent], answered_within_ms: 390, ended_within_ms: 9990",
    );
    assert_eq!(all.len(), 12, "{all:#?}");
    assert!(all.iter().all(|line| line.starts_with("ok")), "{all:#?}");
}

#[test]
fn what_is_not_is_told_with_the_place_that_decided() {
    let all = verdicts(
        "outcome: busy, answered_by: machine, result: none, prompts: [menu, menu], digits: 1, \
         transfer: { target: \"+573009999931\", result: busy }, variables: { chosen: nobody, none: x }, \
         recordings: [], answered_within_ms: 389, ended_within_ms: 9989",
    );
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(
        verdicts("prompts: [menu, opcion_invalida, menu, more]"),
        ["NOT prompts at 14: menu, opcion_invalida, menu, more / menu, opcion_invalida, menu"]
    );
    assert_eq!(verdicts("digits: none"), ["NOT digits at 7: none / 21"]);
    assert_eq!(
        verdicts("transfer: none"),
        ["NOT transfer at 13: none / +573009999930"]
    );
}

#[test]
fn webhooks_are_judged_by_what_is_asked_of_them() {
    let mut detail = serde_json::to_value(call()).unwrap();
    detail["timeline"] = json!([
        { "at": 1, "event": "step", "step": "ask_crm", "kind": "webhook" },
        { "at": 2, "event": "webhook", "url": "https://crm.example", "status": 200, "took_ms": 9 },
        { "at": 3, "event": "step", "step": "tell_crm", "kind": "webhook", "by": "next" },
        { "at": 4, "event": "webhook", "url": "https://crm.example", "error": "timed out", "took_ms": 9 },
    ]);
    let detail: CallDetail = serde_json::from_value(detail).unwrap();
    let verdict = |webhooks: &str| {
        let text = format!("project: 1\ncases: [{{ name: x, expect: {{ webhooks: {webhooks} }} }}]");
        let verdict = judge(&Scenario::parse(&text).unwrap().cases[0].expect, &detail).remove(0);
        (verdict.met, verdict.at, verdict.expected, verdict.seen)
    };
    assert!(verdict("[{ step: ask_crm, status: 200 }, { failed: true }]").0);
    assert!(verdict("[{ url: 'https://crm.example', failed: false }, { step: tell_crm }]").0);
    let told = |words: &str| words.to_owned();
    assert_eq!(
        verdict("[{ status: 200 }, { step: tell_crm, status: 200 }]"),
        (
            false,
            Some(3),
            told("200, tell_crm 200"),
            told("200, tell_crm none")
        )
    );
    assert_eq!(verdict("[{ step: ask_crm }]").1, Some(3));
    assert_eq!(verdict("[]").1, Some(1));
    let three = verdict("[{ status: 200 }, { failed: true }, { status: 200 }]");
    assert_eq!((three.0, three.1), (false, Some(3)));
}

#[test]
fn a_ladder_has_a_rung_a_moment() {
    let detail = call();
    let rungs = ladder(&detail);
    assert_eq!(rungs.len(), detail.timeline.len());
    let line = |rung: &super::Rung| {
        format!(
            "{:6} {:?}: {} | {}",
            rung.after_ms, rung.side, rung.text, rung.detail
        )
    };
    insta::assert_snapshot!(rungs.iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_could_not_fail_is_refused() {
    for (expect, told) in [
        ("digits: #", "in quotes"),
        ("result:", "a value"),
        ("transfer: {}", "`transfer`"),
        ("webhooks: [{}]", "`webhooks`"),
    ] {
        let text = format!("project: 1\ncases:\n  - name: one\n    expect:\n      {expect}\n");
        let faults = Scenario::parse(&text).unwrap_err();
        let fault = faults.0[0].to_string();
        assert!(faults.0.len() == 1 && fault.contains(told), "{expect}: {fault}");
    }
}
