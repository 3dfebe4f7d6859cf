//! JSON schemas for editors: of the files that `smoke run` and `project add --flow` read.

use super::written::Written;
use crate::flow::Flow;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Schemas that only cases use; in them `<name>` may stand for anything.
const OF_CASES: [&str; 6] = [
    "Case",
    "Callee",
    "Act",
    "Expectations",
    "ExpectedTransfer",
    "ExpectedWebhook",
];

/// The schema of a scenario file.
pub fn schema() -> Value {
    let mut schema = of::<Written>();
    for name in OF_CASES {
        if let Some(of_case) = schema.pointer_mut(&format!("/$defs/{name}")) {
            loosen(of_case);
        }
    }
    schema
}

/// The schema of a flow.
pub fn flow_schema() -> Value {
    of::<Flow>()
}

fn of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// Lets parameters stand wherever a value can, and numbers where text is asked for: the reader takes them as written.
fn loosen(schema: &mut Value) {
    let Value::Object(keys) = schema else { return };
    for inner in ["properties", "$defs"] {
        if let Some(Value::Object(parts)) = keys.get_mut(inner) {
            parts.values_mut().for_each(loosen);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(part) = keys.get_mut(inner) {
            loosen(part);
        }
    }
    if let Some(Value::Array(parts)) = keys.get_mut("anyOf") {
        parts.iter_mut().for_each(loosen);
    }
    let is = |keys: &Map<String, Value>, word: &str| match keys.get("type") {
        Some(Value::String(one)) => one == word,
        Some(Value::Array(several)) => several.iter().any(|one| one == word),
        _ => false,
    };
    let narrow = keys.contains_key("enum") || keys.contains_key("pattern");
    if is(keys, "string") && !narrow {
        keys.insert("type".to_owned(), json!(["string", "number", "null"]));
    } else if narrow || ["integer", "boolean"].iter().any(|word| is(keys, word)) {
        let description = keys.remove("description");
        let exact = Value::Object(std::mem::take(keys));
        keys.extend(description.map(|text| ("description".to_owned(), text)));
        let parameter = json!({ "type": "string", "pattern": "<[A-Za-z0-9_]+>" });
        keys.insert("anyOf".to_owned(), json!([exact, parameter]));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use std::fs;
    use std::path::Path;

    /// The published schemas are those of the types; `APICALL_WRITE_SCHEMAS=1` writes them anew.
    #[test]
    fn the_published_schemas_are_what_is_read() {
        let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
        for (name, schema) in [("scenario.json", schema()), ("flow.json", flow_schema())] {
            let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            let file = published.join(name);
            if std::env::var_os("APICALL_WRITE_SCHEMAS").is_some() {
                fs::create_dir_all(&published).unwrap();
                fs::write(&file, &text).unwrap();
            }
            let kept = fs::read_to_string(&file).unwrap_or_default();
            assert!(
                kept == text,
                "docs/schemas/{name} is not what the types say; run with APICALL_WRITE_SCHEMAS=1"
            );
        }
    }

    #[test]
    fn parameters_may_stand_for_values_of_a_case_and_only_there() {
        let schema = schema();
        let of_case = &schema["$defs"]["Callee"]["properties"]["ring_ms"]["anyOf"];
        assert_eq!(of_case[0]["type"], "integer");
        assert_eq!(of_case[1]["pattern"], "<[A-Za-z0-9_]+>");
        assert_eq!(schema["properties"]["ring_timeout_s"]["anyOf"], Value::Null);
        assert_eq!(schema["properties"]["cases"]["minItems"], 1);
        let required = schema["required"].as_array().unwrap();
        assert!(required.contains(&json!("cases")), "{required:?}");
    }
}
