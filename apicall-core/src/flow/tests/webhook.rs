//! What a webhook sends, and where its answer leads.

use super::*;
use crate::model::{WebhookMethod, WebhookReply, WebhookRequest};
use serde_json::Value;
use std::time::Duration;

const TOOK: Duration = Duration::from_millis(120);

fn flow(step: &Value) -> Result<Flow, FlowErrors> {
    let mut step = step.clone();
    step["do"] = "webhook".into();
    Flow::parse(&json!({ "start": "ask", "steps": {
        "ask": step,
        "yes": { "do": "hangup", "result": "yes" },
        "no": { "do": "hangup", "result": "no" },
        "gone": { "do": "hangup", "result": "gone" },
    } }))
}

/// As [`flow`], with exits to all its steps.
fn asking(mut step: Value) -> Flow {
    for (key, value) in [
        ("next", json!("yes")),
        ("failed", json!("no")),
        ("on", json!({ "404": "gone", "5xx": "gone" })),
    ] {
        step[key] = value;
    }
    flow(&step).unwrap()
}

fn request(step: Value, variables: &[(&str, &str)]) -> Result<WebhookRequest, String> {
    let mut known = Variables::default();
    for (name, value) in variables {
        known.set(name, value).unwrap();
    }
    let mut run = Run::new(Arc::new(asking(step)), &known);
    match run.advance() {
        Next::Send(request) => Ok(request),
        Next::Exit(_) => match run.drain_events().into_iter().find_map(|event| match event {
            TimelineEvent::StepFailed { reason } => Some(reason),
            _ => None,
        }) {
            Some(reason) => Err(reason),
            None => panic!("no request and no reason"),
        },
        Next::Do(command) => panic!("{command:?}"),
    }
}

#[test]
fn the_example_of_the_docs_is_one() {
    let docs = include_str!("../../../../docs/flows.md");
    let section = docs.split("## Webhooks").nth(1).unwrap();
    let example = section
        .split("```json")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let step: Value = serde_json::from_str(example).unwrap();
    let end = json!({ "do": "hangup", "result": "done" });
    let definition = json!({ "start": "ask", "steps": {
        "ask": step, "unknown": end, "later": end, "agent": end } });
    Flow::parse(&definition).unwrap();
}

#[test]
fn a_value_stays_in_its_place() {
    let step = json!({
        "url": "https://crm.example/contacts/{id}?name={name}&none={nothing}",
        "headers": { "Authorization": "Bearer s3cret", "X-Name": "{name}" },
        "body": { "name": "{name}", "{name}": ["{id}", 7, null, { "deep": "a{id}b" }] },
    });
    let evil = "Ana \"&x=1#é/../{id}\\";
    let sent = request(step, &[("id", "a/b?c"), ("name", evil)]).unwrap();
    assert_eq!(sent.method, WebhookMethod::Post);
    assert_eq!(
        sent.url,
        "https://crm.example/contacts/a%2Fb%3Fc?name=Ana%20%22%26x%3D1%23%C3%A9%2F..%2F%7Bid%7D%5C&none="
    );
    assert_eq!(sent.headers[1], ("X-Name".to_owned(), evil.to_owned()));
    let body: Value = serde_json::from_str(&sent.body.unwrap()).unwrap();
    let expected = json!({ "name": evil, "{name}": ["a/b?c", 7, null, { "deep": "aa/b?cb" }] });
    assert_eq!(body, expected);
    assert_eq!((sent.timeout, sent.read_body), (Duration::from_secs(5), false));
}

#[test]
fn a_value_that_would_lead_elsewhere_is_not_sent() {
    let step = json!({ "url": "https://crm.example/contacts/{a}{b}/calls" });
    for (a, b) in [(".", "."), ("..", ""), (".", "")] {
        let refused = request(step.clone(), &[("a", a), ("b", b)]).unwrap_err();
        assert!(refused.contains("another path"), "{refused}");
    }
    assert!(request(step, &[("a", "..."), ("b", "")]).is_ok());
    let header = json!({ "url": "https://crm.example", "headers": { "X-Name": "{a}" } });
    let refused = request(header, &[("a", "bell\u{7}")]).unwrap_err();
    assert!(
        refused.contains("X-Name") && !refused.contains("bell"),
        "{refused}"
    );
}

#[test]
fn every_fault_is_told_without_what_may_be_secret() {
    let fine = "https://crm.example/x";
    let cases = [
        (
            json!({ "url": "ftp://crm.example/s3cret" }),
            "url",
            "https:// or http://",
        ),
        (
            json!({ "url": "https://{host}/s3cret" }),
            "url",
            "part of the host",
        ),
        (
            json!({ "url": "https://crm.example{path}" }),
            "url",
            "part of the host",
        ),
        (
            json!({ "url": "https://user:s3cret@crm.example/" }),
            "url",
            "Authorization",
        ),
        (json!({ "url": "https:///s3cret" }), "url", "give a host"),
        (
            json!({ "url": "https://crm.example:99999/s3cret" }),
            "url",
            "give a host",
        ),
        (json!({ "url": "https://[::g]/s3cret" }), "url", "give a host"),
        (
            json!({ "url": "https://crm.example/s3 cret" }),
            "url",
            "visible ASCII",
        ),
        (
            json!({ "url": "https://crm.example/s3cret#x" }),
            "url",
            "visible ASCII",
        ),
        (
            json!({ "url": "https://crm.example/a/%2E./s3cret" }),
            "url",
            "only dots",
        ),
        (
            json!({ "url": format!("https://crm.example/s3cret{}", "a".repeat(2_048)) }),
            "url",
            "2,048",
        ),
        (
            json!({ "url": fine, "method": "GET", "body": { "s3cret": 1 } }),
            "body",
            "a GET has none",
        ),
        (
            json!({ "url": fine, "headers": { "Host": "s3cret" } }),
            "headers",
            "set by the engine",
        ),
        (
            json!({ "url": fine, "headers": { "X Y": "s3cret" } }),
            "headers",
            "no name of a header",
        ),
        (
            json!({ "url": fine, "headers": { "X": "s3cret\r\nY: 1" } }),
            "headers",
            "not one line",
        ),
        (
            json!({ "url": fine, "save": { "1x": "/a" } }),
            "save",
            "use a letter",
        ),
        (
            json!({ "url": fine, "save": { "x": "a.b" } }),
            "save",
            "no JSON pointer",
        ),
        (
            json!({ "url": fine, "save": { "x": "/a~2" } }),
            "save",
            "no JSON pointer",
        ),
        (
            json!({ "url": fine, "timeout_ms": 99 }),
            "timeout_ms",
            "100 to 30000",
        ),
    ];
    for (mut step, key, remedy) in cases {
        (step["next"], step["failed"], step["on"]) = ("yes".into(), "no".into(), json!({ "404": "gone" }));
        let errors = flow(&step).unwrap_err();
        assert!(
            errors.0[0]
                .path
                .starts_with(&["steps", "ask", key].map(str::to_owned)),
            "{errors}"
        );
        assert!(errors.to_string().contains(remedy), "{errors}");
        assert!(!errors.to_string().contains("s3cret"), "{errors}");
    }
    for status in ["200", "404", "4xx", "302"] {
        assert!(
            flow(&json!({ "url": fine, "on": { status: "yes" }, "next": "no", "failed": "gone" })).is_ok()
        );
    }
    for status in ["99", "600", "6xx", "40x", "ok"] {
        assert!(
            flow(&json!({ "url": fine, "on": { status: "yes" }, "next": "no", "failed": "gone" })).is_err()
        );
    }
}

#[test]
fn a_definition_never_shows_its_secrets() {
    let step = json!({ "url": "https://crm.example/T0KEN?key=K3Y", "headers": { "Authorization": "Bearer s3cret" } });
    let flow = asking(step);
    let shown = format!(
        "{flow:?} {:?}",
        Run::new(Arc::new(flow.clone()), &Variables::default())
    );
    for secret in ["T0KEN", "K3Y", "s3cret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(Flow::parse(&flow.to_json()).unwrap(), flow, "and is kept whole");
}

/// Where an answer leads and what the timeline tells of it.
fn led(step: Value, reply: WebhookReply) -> (String, Vec<TimelineEvent>) {
    let mut run = Run::new(Arc::new(asking(step)), &Variables::default());
    assert!(matches!(run.advance(), Next::Send(_)));
    run.drain_events();
    run.handle_webhook(reply, TOOK);
    let Next::Exit(result) = run.advance() else {
        panic!("all exits lead to the end")
    };
    (result.to_string(), run.drain_events())
}

fn answer(status: u16, body: &str) -> WebhookReply {
    let body = body.as_bytes().to_vec();
    WebhookReply::Answered { status, body }
}

#[test]
fn an_answer_leads_by_its_status() {
    let step = json!({ "url": "https://crm.example/s3cret?a={b}" });
    let cases = [
        (answer(200, ""), "yes", "next", Some(200), None),
        (answer(204, "not JSON"), "yes", "next", Some(204), None),
        (answer(404, ""), "gone", "on.404", Some(404), None),
        (answer(503, ""), "gone", "on.5xx", Some(503), None),
        (
            answer(410, ""),
            "no",
            "failed",
            Some(410),
            Some("it answered 410"),
        ),
        (
            answer(302, ""),
            "no",
            "failed",
            Some(302),
            Some("it answered 302; redirections are not followed"),
        ),
        (
            WebhookReply::Failed("cannot connect".into()),
            "no",
            "failed",
            None,
            Some("cannot connect"),
        ),
    ];
    for (reply, result, by, status, error) in cases {
        let (came, events) = led(step.clone(), reply);
        assert_eq!(came, result);
        let told = TimelineEvent::Webhook {
            url: "https://crm.example".into(),
            status,
            error: error.map(str::to_owned),
            took_ms: 120,
        };
        assert_eq!(events[0], told);
        assert_eq!(
            events
                .iter()
                .any(|event| matches!(event, TimelineEvent::StepFailed { .. })),
            by == "failed"
        );
        let taken = events
            .iter()
            .any(|event| matches!(event, TimelineEvent::Step { by: Some(exit), .. } if exit == by));
        assert!(taken, "{by}: {events:?}");
    }
}

#[test]
fn a_caller_who_leaves_ends_the_flow_and_not_the_request() {
    let (result, events) = led(json!({ "url": "https://crm.example" }), WebhookReply::CallerLeft);
    assert_eq!(result, "hung_up");
    assert!(matches!(
        &events[0],
        TimelineEvent::Webhook {
            status: None,
            error: Some(_),
            ..
        }
    ));
    assert!(
        matches!(&events[1], TimelineEvent::Result { by: None, .. }),
        "{events:?}"
    );
}

#[test]
fn parts_of_an_answer_become_variables() {
    let step = json!({ "url": "https://crm.example", "save": {
        "agent": "/agent/number", "vip": "/vip", "tags": "/tags", "none": "/nothing", "all": "/agent" } });
    let body = r#"{ "agent": { "number": "+573001112233" }, "vip": true, "tags": [1, "b"] }"#;
    let (result, events) = led(step.clone(), answer(200, body));
    assert_eq!(result, "yes");
    let set: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            TimelineEvent::VariableSet { name, value } => Some(format!("{name}={value}")),
            _ => None,
        })
        .collect();
    let expected = [
        "agent=+573001112233",
        "all={\"number\":\"+573001112233\"}",
        "none=",
        "tags=[1,\"b\"]",
        "vip=true",
    ];
    assert_eq!(set, expected);
    for (body, reason) in [
        ("<html>", "its answer is not JSON"),
        ("", "its answer is not JSON"),
        (
            "{\"vip\":\"a\\nb\"}",
            "`/vip` of its answer is not one line of at most 1,024 bytes",
        ),
    ] {
        let (result, events) = led(step.clone(), answer(201, body));
        assert_eq!(result, "no");
        assert!(
            matches!(&events[0], TimelineEvent::Webhook { status: Some(201), error: Some(told), .. } if told == reason)
        );
        assert!(
            !events
                .iter()
                .any(|event| matches!(event, TimelineEvent::VariableSet { .. }))
        );
    }
    // What is no success is not looked into.
    assert_eq!(led(step, answer(404, "<html>")).0, "gone");
}

#[test]
fn a_loop_over_a_failing_webhook_stops() {
    let definition = json!({ "start": "a", "steps": {
        "a": { "do": "webhook", "url": "https://crm.example", "failed": "a" } } });
    let mut run = Run::new(Arc::new(Flow::parse(&definition).unwrap()), &Variables::default());
    let mut sent = 0;
    while let Next::Send(_) = run.advance() {
        sent += 1;
        run.handle_webhook(WebhookReply::Failed("no".into()), TOOK);
        assert!(sent <= 20);
    }
    assert_eq!((sent, run.report().result), (20, Some(FlowResult::ERROR)));
}
