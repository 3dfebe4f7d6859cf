//! The ready-made flow that a project's simple settings make.

use super::definition::Flow;
use super::step::{self, Detect, Gather, LeaveMessage, Play, Step, Target, Transfer, TransferTo};
use crate::model::{DigitSet, PhoneNumber, SimpleFlow, SoundName};
use std::collections::BTreeMap;

/// Played between two tries.
const INVALID: &str = "opcion_invalida";
/// Played before the transfer.
const SOON: &str = "en_breve";

/// Listen for a machine if asked to, and leave it a message if there is one; play and wait for the digit, twice; connect.
pub(super) fn flow(settings: &SimpleFlow) -> Flow {
    let overflow = settings.overflow_number.as_ref();
    let mut steps = BTreeMap::from([
        ("ask".to_owned(), Step::Gather(ask(settings))),
        (
            "soon".to_owned(),
            Step::Play(soon(overflow.map(|_| "connect".to_owned()))),
        ),
    ]);
    if let Some(number) = overflow {
        steps.insert("connect".to_owned(), connect(number));
    }
    if let Some(amd) = settings.amd {
        let to_ask = Some("ask".to_owned());
        let detect = Detect {
            amd,
            human: to_ask.clone(),
            unsure: to_ask,
            machine: settings.machine_message.as_ref().map(|_| "leave".to_owned()),
            ..Detect::default()
        };
        if let Some(message) = &settings.machine_message {
            steps.insert("leave".to_owned(), Step::LeaveMessage(leave(message, settings)));
        }
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

/// Whoever presses the key meanwhile was no machine.
fn leave(message: &SoundName, settings: &SimpleFlow) -> LeaveMessage {
    LeaveMessage {
        sounds: vec![message.clone()],
        silence_ms: step::silence_ms(),
        within_s: step::within_s(),
        on: BTreeMap::from([(settings.expected_digit, "soon".to_owned())]),
        next: None,
        too_long: None,
        failed: None,
    }
}

fn soon(next: Target) -> Play {
    Play {
        sounds: vec![sound(SOON)],
        on: BTreeMap::new(),
        next,
        failed: None,
    }
}

fn connect(number: &PhoneNumber) -> Step {
    Step::Transfer(Transfer {
        to: TransferTo::Number(number.to_string()),
        caller_id: None,
        ring_timeout_s: 45,
        max_talk_s: 3_600,
        on: BTreeMap::new(),
        failed: None,
    })
}

/// What it plays whatever the settings.
pub(super) fn sounds() -> Vec<SoundName> {
    [INVALID, SOON].map(sound).to_vec()
}

fn sound(name: &str) -> SoundName {
    name.parse().expect("a plain word is a sound name")
}
