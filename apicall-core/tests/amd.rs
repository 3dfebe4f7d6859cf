//! The detector on greetings whose speaker is known. `dev/bench amd` plays them to Asterisk, too.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "audio is made of floats"
)]

mod greetings;

use apicall_core::amd::{Confusion, Detector, Ending, Listener, Recording};
use apicall_core::model::{AmdSettings, AmdVerdict, GreetingEnd};
use std::collections::BTreeMap;
use std::time::Duration;

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

/// Through mu-law, as over a telephone.
fn beep(hz: f32, ms: usize) -> Vec<i16> {
    let swing = |at: usize| (std::f32::consts::TAU * hz * at as f32 / greetings::RATE as f32).sin();
    let samples: Vec<_> = (0..ms * greetings::RATE / 1_000)
        .map(|at| (6_000.0 * swing(at)) as i16)
        .collect();
    greetings::mulaw::decode(&greetings::mulaw::encode(&samples))
}

#[test]
fn speech_is_no_beep_and_a_beep_behind_it_is_heard() {
    let (patience, within) = (Duration::from_millis(5_900), Duration::from_secs(60));
    let ending = || Ending::new(patience, within, greetings::RATE as u32);
    let speech = |greeting: &greetings::Greeting| !greeting.kind.starts_with("line");
    for greeting in greetings::all(OF_EACH).into_iter().filter(speech) {
        let what = format!("{} {}", greeting.kind, greeting.number);
        let heard = ending().hear(greeting.audio.iter().copied());
        let beeps = ["machine_pauses", "machine_brief"].contains(&greeting.kind);
        let end = if beeps {
            GreetingEnd::Beep
        } else {
            GreetingEnd::Silence
        };
        assert_eq!(heard, Some(end), "{what}");
        // All have six seconds of silence at their end; the beep is a second into it.
        let spoken = greeting.audio.len() - 5 * greetings::RATE;
        let hz = 430.0 + 70.0 * (greeting.number % 20) as f32;
        let behind = [beep(hz, 350), vec![0; greetings::RATE]].concat();
        let audio = greeting.audio[..spoken].iter().chain(&behind).copied();
        assert_eq!(ending().hear(audio), Some(GreetingEnd::Beep), "{what}, {hz} Hz");
    }
    // Neither a click nor a line's tone is one, and there is an end to everything.
    for ms in [60, 4_000] {
        let audio = [beep(1_000.0, ms), vec![0; 6 * greetings::RATE]].concat();
        assert_eq!(ending().hear(audio), Some(GreetingEnd::Silence), "{ms} ms");
    }
    let on_and_on = std::iter::repeat_n(beep(1_000.0, 2_500), 30).flatten();
    assert_eq!(ending().hear(on_and_on), Some(GreetingEnd::TooLong));
}

/// What is replayed is what was heard, whatever the parameters.
#[test]
fn a_recording_is_judged_as_the_call_was() {
    for settings in [
        "default",
        "2000|900|500|3000|60|100|3|400",
        "4000|2500|1200|6000|200|40|6|100|900",
    ] {
        let settings: AmdSettings = settings.parse().unwrap();
        for greeting in greetings::all(3) {
            let mut detector = Detector::new(settings, greetings::RATE as u32);
            let recording = Recording::new(&greeting.audio, greetings::RATE as u32);
            let heard = detector.hear(greeting.audio.iter().copied());
            assert_eq!(
                Some(recording.judged(settings)),
                heard,
                "{} {}",
                greeting.kind,
                greeting.number
            );
        }
    }
}

#[test]
fn a_change_of_parameters_shows_in_the_confusion() {
    let known: Vec<_> = greetings::all(5)
        .into_iter()
        .filter(|greeting| greeting.truth != AmdVerdict::Unsure)
        .map(|greeting| {
            let recording = Recording::new(&greeting.audio, greetings::RATE as u32);
            (recording, greeting.truth == AmdVerdict::Machine)
        })
        .collect();
    let confusion = |settings: &str| {
        let recordings = known.iter().map(|(recording, machine)| (recording, *machine));
        Confusion::of(recordings, settings.parse().unwrap())
    };
    let usual = confusion("default");
    assert_eq!((usual.humans.all() + usual.machines.all()) as usize, known.len());
    // Whoever says anything is a machine, or nobody is.
    let strict = confusion("2500|1|1000|5000|1|50|0|256");
    assert!(
        strict.humans_lost() > 0.9 && strict.machines_missed() < 0.1,
        "{strict:?}"
    );
    let lenient = confusion("32767|32767|32767|5000|100|50|32767|256");
    assert_eq!((lenient.humans_lost(), lenient.machines_missed()), (0.0, 1.0));
    assert!(
        usual.badness() < strict.badness().min(lenient.badness()),
        "{usual:?}"
    );
    assert!(strict.mean_took() < lenient.mean_took());
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
