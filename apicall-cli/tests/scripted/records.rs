//! Records as the API gives them, for the script to answer with.

use serde_json::{Value, json};

/// The id of the call below.
const CALL: &str = "0192d2b0-0000-7000-8000-000000000001";

pub(crate) fn project() -> Value {
    json!({
        "id": 100, "name": "Cobranza MX", "country": "MX", "timezone": "UTC", "caller_id": "5550001234", "trunk": 7,
        "flow": { "simple": { "audio": "prueba", "expected_digit": "1" } },
        "retry": { "max_attempts": 3, "delay_s": {} }, "limits": { "cps": null, "channels": null },
        "ring_timeout_s": 30, "max_call_s": 3600, "created_at": 1_700_000_000_000_i64
    })
}

pub(crate) fn trunk() -> Value {
    json!({
        "id": 7, "name": "Trunk_SIP", "switch": "pbx1", "prefix": "", "limits": { "cps": 9, "channels": null },
        "enabled": true, "created_at": 1_700_000_000_000_i64
    })
}

pub(crate) fn campaign(state: &str) -> Value {
    json!({
        "id": 3, "project": 100, "name": "Lunes", "state": state, "limits": { "cps": 5, "channels": null }, "weight": 10,
        "created_at": 1_700_000_000_000_i64, "started_at": null, "ended_at": null
    })
}

pub(crate) fn call(state: &str, outcome: Option<&str>, result: Option<&str>) -> Value {
    json!({
        "id": CALL, "origin": "manual", "project": 100, "campaign": null, "contact": null, "attempt": 1,
        "number": "+525512345678", "switch": "pbx1", "trunk": 7, "caller_id": null, "variables": {}, "state": state,
        "created_at": 1_700_000_000_000_i64, "dialed_at": null, "ringing_at": null, "answered_at": 1_700_000_001_000_i64,
        "ended_at": 1_700_000_003_500_i64, "outcome": outcome, "answered_by": "human", "result": result,
        "cause": { "text": "=cmd" }, "digits": "1", "transfer": null
    })
}

pub(crate) fn detail(state: &str, outcome: Option<&str>, result: Option<&str>) -> Value {
    let mut detail = call(state, outcome, result);
    detail["timeline"] =
        json!([{ "at": 1_700_000_001_000_i64, "event": "played", "sounds": ["prueba\u{9b}"] }]);
    detail
}

pub(crate) fn stats(state: &str, done: u64) -> Value {
    json!({
        "campaign": 3, "state": state, "contacts": 2, "by_contact_state": { "done": done }, "calls": 2, "live": 0,
        "by_outcome": { "answered": 1, "busy": 1 }, "by_answered_by": { "human": 1 }, "by_result": {},
        "detection": { "human": 4, "machine": 8, "contradicted": { "machine_pressed": 2 }, "human_share": 0.0, "machine_share": 0.25 },
        "answer_rate": 0.5, "talk_s": 9, "next_attempt_at": null
    })
}
