//! The ready-made flow that a project's simple settings make.

use super::definition::Flow;
use super::step::{Detect, Gather, Hangup, Play, Step, Transfer, TransferTo};
use crate::model::{DigitSet, FlowResult, SimpleFlow, SoundName};
use std::collections::BTreeMap;

/// Played between two tries.
const INVALID: &str = "opcion_invalida";
/// Played before the transfer.
const SOON: &str = "en_breve";

/// Listen for a machine if asked to; play and wait for the digit, twice; connect.
pub(super) fn flow(settings: &SimpleFlow) -> Flow {
    let mut steps = BTreeMap::from([
        ("ask".to_owned(), Step::Gather(ask(settings))),
        ("soon".to_owned(), Step::Play(soon())),
        ("connect".to_owned(), connect(settings)),
    ]);
    if let Some(amd) = settings.amd {
        let to_ask = Some("ask".to_owned());
        let detect = Detect {
            amd,
            human: to_ask.clone(),
            unsure: to_ask,
            ..Detect::default()
        };
        steps.insert("listen".to_owned(), Step::Detect(detect));
    }
    let start = if settings.amd.is_some() { "listen" } else { "ask" };
    Flow {
        start: start.to_owned(),
        steps,
    }
}

fn ask(settings: &SimpleFlow) -> Gather {
    Gather {
        sounds: vec![settings.audio.clone()],
        max_digits: 1,
        terminators: DigitSet::NONE,
        first_timeout_ms: 5_000,
        next_timeout_ms: 3_000,
        tries: 2,
        retry_sounds: vec![sound(INVALID)],
        save_as: None,
        on: BTreeMap::from([(settings.expected_digit.to_string(), "soon".to_owned())]),
        any: None,
        wrong: None,
        no_input: None,
        failed: None,
    }
}

fn soon() -> Play {
    Play {
        sounds: vec![sound(SOON)],
        on: BTreeMap::new(),
        next: Some("connect".to_owned()),
        failed: None,
    }
}

fn connect(settings: &SimpleFlow) -> Step {
    match &settings.overflow_number {
        Some(number) => Step::Transfer(Transfer {
            to: TransferTo::Number(number.to_string()),
            caller_id: None,
            ring_timeout_s: 45,
            max_talk_s: 3_600,
            on: BTreeMap::new(),
            failed: None,
        }),
        None => Step::Hangup(Hangup {
            result: FlowResult::COMPLETED,
        }),
    }
}

fn sound(name: &str) -> SoundName {
    name.parse().expect("a plain word is a sound name")
}
