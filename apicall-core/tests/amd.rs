//! The detector on greetings whose speaker is known. `dev/bench amd` plays them to Asterisk, too.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "audio is made of floats"
)]

mod greetings;

use apicall_core::amd::Detector;
use apicall_core::model::{AmdSettings, AmdVerdict};
use std::collections::BTreeMap;

const OF_EACH: u64 = 20;

/// How many of each kind were told to be what they are.
fn right() -> BTreeMap<&'static str, u64> {
    let mut right = BTreeMap::new();
    for greeting in greetings::all(OF_EACH) {
        let mut detector = Detector::new(AmdSettings::default(), greetings::RATE as u32);
        let found = detector.hear(greeting.audio.iter().copied()).unwrap();
        *right.entry(greeting.kind).or_default() += u64::from(found.verdict() == greeting.truth);
    }
    right
}

#[test]
fn who_picked_up_is_told_where_the_parameters_can_tell() {
    let right = right();
    for (kind, least) in [
        ("human_short", 20),
        ("human_phrase", 18),
        ("human_loud", 18),
        ("human_quiet", 18),
        ("machine_long", 20),
        ("machine_pauses", 18),
        ("machine_late", 20),
        ("machine_early", 20),
        ("line_music", 20),
    ] {
        assert!(
            right[kind] >= least,
            "{kind}: {} of {OF_EACH}; {right:?}",
            right[kind]
        );
    }
}

#[test]
fn mu_law_is_itself_again() {
    let bytes: Vec<u8> = (0..=255).collect();
    let again = greetings::mulaw::encode(&greetings::mulaw::decode(&bytes));
    // There are two zeros; one is enough.
    let same = bytes
        .iter()
        .zip(&again)
        .filter(|(one, other)| one == other)
        .count();
    assert_eq!((same, again[0x7F]), (255, 0xFF));
    assert_eq!(
        greetings::mulaw::decode(&[0x00, 0x80, 0xFF]),
        [-32_124, 32_124, 0]
    );
}

#[test]
fn the_same_greetings_are_made_each_time() {
    let (one, other) = (greetings::all(1), greetings::all(1));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(
            (one.kind, one.number, &one.audio),
            (other.kind, other.number, &other.audio)
        );
    }
    assert!(one.iter().any(|greeting| greeting.truth == AmdVerdict::Unsure));
}
