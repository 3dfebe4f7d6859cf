//! The JSON schema says what `parse` does.

use super::*;
use serde_json::{Map, Value};

fn schema() -> Value {
    schemars::schema_for!(Flow).to_value()
}

/// The steps that the schema knows, by the word behind `do`.
fn kinds(schema: &Value) -> Vec<(&str, &Map<String, Value>)> {
    let kinds = schema["$defs"]["Step"]["oneOf"].as_array().unwrap().iter();
    kinds
        .map(|step| {
            let properties = step["properties"].as_object().unwrap();
            (properties["do"]["const"].as_str().unwrap(), properties)
        })
        .collect()
}

/// A step of this kind with what it must have.
fn least(kind: &str) -> Value {
    let mut step = match kind {
        "answer" | "detect" | "opt_out" => json!({}),
        "play" | "leave_message" => json!({ "sounds": ["a"] }),
        "gather" => json!({ "max_digits": 1 }),
        "branch" => json!({ "variable": "x", "on": {} }),
        "transfer" => json!({ "to": { "number": "+573001234567" } }),
        "record" => json!({ "name": "r", "max_length_s": 5 }),
        "set" => json!({ "variable": "x", "value": "" }),
        "webhook" => json!({ "url": "https://crm.example" }),
        "hangup" => json!({ "result": "done" }),
        other => panic!("no example of {other}"),
    };
    step["do"] = kind.into();
    step
}

fn accepted(step: &Value) -> bool {
    Flow::parse(&json!({ "start": "a", "steps": { "a": step } })).is_ok()
}

#[test]
fn every_key_is_described() {
    let schema = schema();
    for (kind, properties) in kinds(&schema) {
        for (key, property) in properties.iter().filter(|(key, _)| *key != "do") {
            assert!(property["description"].is_string(), "{kind}.{key}: {property}");
        }
    }
}

#[test]
fn what_must_be_there_is_what_the_schema_requires() {
    let schema = schema();
    for (at, (kind, _)) in kinds(&schema).into_iter().enumerate() {
        assert!(accepted(&least(kind)), "{kind}");
        for key in schema["$defs"]["Step"]["oneOf"][at]["required"]
            .as_array()
            .unwrap()
        {
            let mut step = least(kind);
            step.as_object_mut().unwrap().remove(key.as_str().unwrap());
            assert!(!accepted(&step), "{kind} without {key}");
        }
    }
}

#[test]
fn numbers_have_the_range_that_the_schema_tells() {
    let (schema, mut seen) = (schema(), 0);
    for (kind, properties) in kinds(&schema) {
        for (key, property) in properties.iter().filter(|(_, p)| p["type"] == "integer") {
            let [least_value, most] = ["minimum", "maximum"].map(|limit| property[limit].as_i64().unwrap());
            for (value, fits) in [
                (least_value - 1, false),
                (least_value, true),
                (most, true),
                (most + 1, false),
            ] {
                let mut step = least(kind);
                step[key] = value.into();
                assert_eq!(accepted(&step), fits, "{kind}.{key} = {value}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}
