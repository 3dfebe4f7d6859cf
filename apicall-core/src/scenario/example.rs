//! A commented example of a scenario file, made for a project.

use crate::model::{Project, ProjectFlow, SimpleFlow};

/// The example: it can be run as it is, on an engine with an emulated switch.
pub fn example(project: &Project) -> String {
    let name = project.name.replace(char::is_control, " ");
    let cases = match &project.flow {
        ProjectFlow::Simple(settings) => ready_made(settings),
        ProjectFlow::Custom(_) => OF_ITS_OWN.to_owned(),
    };
    format!(
        "# Tries the flow of project {id}, {name}. Run it with: apicall-cli smoke run FILE\n{HEAD}project: {id}\n{CALLEES}{cases}",
        id = project.id
    )
}

const HEAD: &str = "\
# Every key is described in docs/smoke-tests.md; editors find them in the schema: apicall-cli smoke schema scenario

# Whose flow is tried: a project by its id or name. A file with a `flow` of its own needs no project.
";

const CALLEES: &str = "
# How those who are called behave. On an emulated switch this is played; a real one needs numbers that behave so.
callees:
  busy: { response: busy }
  silent: { ring_ms: 300, says: human }
  # leaver: { do: [{ after_ms: 1000, hang_up: true }] }
  # patient: { do: [{ upon: a-prompt, after_ms: 500, press: \"1\" }, { upon: a-prompt, after_ms: 500, press: \"2\" }] }

# Which number stands for which callee on a real switch.
# numbers:
#   busy: \"+12025550110\"
#   silent: \"+12025550105\"

cases:
  - name: a busy line is told as such
    callee: busy
    expect: { outcome: busy, result: none, prompts: [] }
";

const OF_ITS_OWN: &str = "
  - name: somebody picks up
    callee: silent
    expect:
      outcome: answered
      # answered_by: human              # human, machine, unknown, or none
      # result: completed               # how the flow ends
      # prompts: [welcome, menu]        # all of them, in order
      # digits: \"1\"                     # all keys, in order
      # transfer: { target: \"+12025550130\", result: answered }
      # variables: { chosen: sales }
      # webhooks: [{ step: ask_crm, status: 200 }]
      # recordings: [consent]
      # answered_within_ms: 5000
      # ended_within_ms: 60000
";

fn ready_made(settings: &SimpleFlow) -> String {
    let SimpleFlow {
        audio,
        expected_digit,
        overflow_number,
        amd,
        machine_message,
    } = settings;
    let by = if amd.is_some() { "human" } else { "unknown" };
    let connected = match overflow_number {
        Some(number) => format!(
            "    # Whom the call is transferred to.\n    transfer_callee: {{ ring_ms: 300, do: [{{ after_ms: 2000, hang_up: true }}] }}\n    \
             expect:\n      outcome: answered\n      answered_by: {by}\n      result: transferred\n      digits: \"<key>\"\n      \
             prompts: [{audio}, en_breve]\n      transfer: {{ target: \"{number}\", result: answered }}\n"
        ),
        None => format!(
            "    expect:\n      outcome: answered\n      answered_by: {by}\n      result: completed\n      digits: \"<key>\"\n      \
             prompts: [{audio}, en_breve]\n"
        ),
    };
    let machine = match (amd, machine_message) {
        (Some(_), Some(message)) => format!(
            "
  - name: a machine is left a message
    callee: {{ ring_ms: 300, says: voicemail }}
    expect: {{ outcome: answered, answered_by: machine, result: voicemail_left, prompts: [{message}] }}
"
        ),
        (Some(_), None) => "
  - name: a machine is told apart
    callee: { ring_ms: 300, says: machine }
    expect: { outcome: answered, answered_by: machine, result: machine, prompts: [] }
"
        .to_owned(),
        (None, _) => String::new(),
    };
    format!(
        "
  # A case with parameters is run once with each row; `<key>` stands for the row's value.
  - name: pressing <key> is what is asked for
    parameters:
      - {{ key: \"{expected_digit}\" }}
    callee:
      ring_ms: 300
      says: human
      do: [{{ upon: {audio}, after_ms: 500, press: \"<key>\" }}]
{connected}
  - name: silence ends it
    callee: silent
    expect:
      outcome: answered
      result: no_input
      digits: none
      prompts: [{audio}, opcion_invalida, {audio}]
      ended_within_ms: 60000
{machine}"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use crate::scenario::Scenario;
    use serde_json::{Value, json};

    fn project(flow: &Value) -> Project {
        serde_json::from_value(json!({
            "id": 100, "name": "Cobranza\nMX", "country": "MX", "timezone": "UTC", "caller_id": null, "trunk": null,
            "flow": flow, "retry": { "max_attempts": 3, "delay_s": {} }, "limits": { "cps": null, "channels": null },
            "ring_timeout_s": 30, "max_call_s": 3600, "created_at": 0,
        }))
        .unwrap()
    }

    #[test]
    fn an_example_is_a_file_that_can_be_read() {
        let simple = json!({ "audio": "prueba", "expected_digit": "1" });
        let mut full = simple.clone();
        full["overflow_number"] = "+573001234567".into();
        full["amd"] = "2500|1500|1000|5000|100|50|4|256".into();
        let mut leaving = full.clone();
        leaving["machine_message"] = "call_back".into();
        for (flow, cases) in [
            (json!({ "simple": simple }), 3),
            (json!({ "simple": full }), 4),
            (json!({ "simple": leaving }), 4),
            (json!({ "custom": {} }), 2),
        ] {
            let text = example(&project(&flow));
            let scenario = Scenario::parse(&text).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
            assert_eq!(scenario.cases.len(), cases);
        }
        insta::assert_snapshot!(example(&project(&json!({ "simple": full }))));
    }
}
