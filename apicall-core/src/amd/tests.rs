//! Greetings whose verdict is known, and what holds for any.

use super::{Detector, Finding, Judge, Listener, Sound};
use crate::model::{AmdSettings, AmdVerdict};
use proptest::prelude::*;
use std::time::Duration;

const LAB: &str = "2500,1500,1000,5000,100,50,4,256";
const RECORDED: &str = "2500,1500,800,5000,100,50,3,256";

/// Pieces of voice (`+ms`), silence (`-ms`) and nothing (`?ms`), and silence ever after.
fn judged(pieces: &str, settings: &str) -> (AmdVerdict, String, u128) {
    let mut judge = Judge::new(settings.parse().unwrap());
    let frames = pieces.split_whitespace().flat_map(|piece| {
        let (kind, ms) = piece.split_at(1);
        let sound = match kind {
            "+" => Sound::Voice,
            "-" => Sound::Silence,
            _ => Sound::Nothing,
        };
        std::iter::repeat_n(sound, ms.parse::<usize>().unwrap() / 20)
    });
    let mut frames = frames.chain(std::iter::repeat(Sound::Silence));
    let found = frames.find_map(|sound| judge.hear(sound, 20)).unwrap();
    (found.verdict(), found.reason.to_string(), found.took.as_millis())
}

#[test]
fn greetings_are_judged_as_asterisk_judges_them() {
    use AmdVerdict::{Human, Machine, Unsure};
    for (pieces, settings, verdict, reason, took_ms) in [
        // docs/lab.md, and the recordings agi_amd_*.
        ("-300 +600", LAB, Human, "HUMAN-1000-1000", 1_900),
        ("-300 +600", RECORDED, Human, "HUMAN-800-800", 1_700),
        ("-300 +8000", LAB, Machine, "LONGGREETING-1500-1500", 1_800),
        ("", RECORDED, Machine, "INITIALSILENCE-2500-2500", 2_500),
        (
            "",
            "5000,1500,800,3000,100,50,3,256",
            Unsure,
            "TOOLONG-3000",
            3_000,
        ),
        (
            "-200 +120 -60 +120 -60 +120 -60 +120 -60",
            RECORDED,
            Machine,
            "MAXWORDS-4-3",
            840,
        ),
        // Nothing was ever heard.
        ("?9000", LAB, Unsure, "TOOLONG-5000", 5_000),
        // The line is silent after the greeting because nothing is sent.
        ("-300 +600 ?2000", LAB, Human, "HUMAN-1000-1000", 1_900),
        // What is said adds up over pauses; what is too short for a word counts too.
        (
            "-100 +800 -300 +800",
            LAB,
            Machine,
            "LONGGREETING-1500-1500",
            1_900,
        ),
        (
            "-100 +80 -100 +80 -100 +80 -3000",
            LAB,
            Machine,
            "INITIALSILENCE-2500-2500",
            3_040,
        ),
        // The word that is cut in on is not counted.
        (
            "+120 -60 +120 -60 +120 -60 +120 -60",
            RECORDED,
            Human,
            "HUMAN-800-800",
            1_460,
        ),
        // A gap shorter than the pause between words is none.
        (
            "-100 +200 -40 +200 -40 +200",
            LAB,
            Human,
            "HUMAN-1000-1000",
            1_780,
        ),
        (
            "-100 +900",
            "2500,1500,1000,5000,100,50,4,256,700",
            Machine,
            "MAXWORDLENGTH-700",
            800,
        ),
    ] {
        let expected = (verdict, reason.to_owned(), took_ms);
        assert_eq!(judged(pieces, settings), expected, "{pieces} with {settings}");
    }
}

#[test]
fn a_frame_is_voice_when_its_mean_reaches_the_threshold() {
    let found = |loudness: i16| {
        let mut detector = Detector::new(AmdSettings::default(), 8_000);
        let speech = std::iter::repeat_n([loudness, -loudness], 1_200).flatten();
        let quiet = std::iter::repeat_n(255, 40_000);
        detector.hear(speech.chain(quiet)).unwrap()
    };
    assert_eq!(found(256).reason.to_string(), "HUMAN-1000-1000");
    assert_eq!(found(255).reason.to_string(), "INITIALSILENCE-2500-2500");
    assert_eq!(found(i16::MAX).took, Duration::from_millis(1_300));
}

#[test]
fn audio_of_any_rate_is_judged_alike() {
    for rate in [8_000, 16_000, 48_000] {
        let mut detector = Detector::new(AmdSettings::default(), rate);
        let part = |ms: u32| (rate / 1_000 * ms) as usize;
        assert_eq!(detector.miss(part(200)), None, "{rate}");
        assert_eq!(detector.hear(vec![4_000; part(600)]), None, "{rate}");
        let found = detector.miss(part(4_000)).unwrap();
        assert_eq!(found.reason.to_string(), "HUMAN-1000-1000", "{rate}");
        assert_eq!(found.took, Duration::from_millis(1_800), "{rate}");
    }
}

/// A stretch of audio: nothing, or so loud.
#[derive(Debug, Clone)]
struct Stretch(Option<i16>, usize);

fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    let loudness = prop_oneof![1 => Just(None), 5 => (0..600_i16).prop_map(Some)];
    let stretch = (loudness, 1..9_000_usize).prop_map(|(loudness, samples)| Stretch(loudness, samples));
    prop::collection::vec(stretch, 0..40)
}

fn settings() -> impl Strategy<Value = AmdSettings> {
    let numbers = [
        0..4_000_u32,
        0..3_000,
        0..2_000,
        1..6_000,
        0..400,
        0..400,
        0..8,
        0..600,
    ];
    (numbers, prop::option::of(0..3_000_u32)).prop_map(|(numbers, longest)| {
        let eight = numbers.map(|number| number.to_string()).join("|");
        let mut settings: AmdSettings = eight.parse().unwrap();
        settings.maximum_word_ms = longest;
        settings
    })
}

/// Hears it in pieces of these sizes, over and over.
fn heard(settings: AmdSettings, audio: &[Stretch], sizes: &[usize]) -> Option<Finding> {
    let mut detector = Detector::new(settings, 8_000);
    let mut sizes = sizes.iter().copied().cycle();
    for Stretch(loudness, samples) in audio {
        let mut left = *samples;
        while left > 0 {
            let now = sizes.next().unwrap().min(left);
            left -= now;
            match loudness {
                Some(loudness) => detector.hear(vec![*loudness; now]),
                None => detector.miss(now),
            };
        }
    }
    detector.hear([])
}

proptest! {
    #[test]
    fn pieces_of_any_size_give_the_same_finding(
        settings in settings(),
        audio in stretches(),
        sizes in prop::collection::vec(1..2_000_usize, 1..8),
    ) {
        prop_assert_eq!(heard(settings, &audio, &sizes), heard(settings, &audio, &[usize::MAX]));
    }

    #[test]
    fn a_finding_comes_within_the_total_time(settings in settings(), mut audio in stretches()) {
        audio.push(Stretch(Some(0), 8 * 6_020));
        let found = heard(settings, &audio, &[160]).unwrap();
        let total = Duration::from_millis(settings.total_analysis_ms.into());
        prop_assert!(found.took < total + super::FRAME, "{found:?}");
        // What there was to say was said: more audio changes nothing.
        audio.push(Stretch(Some(9_000), 8_000));
        prop_assert_eq!(heard(settings, &audio, &[160]), Some(found));
    }

    #[test]
    fn louder_is_the_same_once_all_is_loud_or_silent(
        settings in settings(),
        audio in stretches(),
        louder in 1..50_i16,
    ) {
        // What is silent is digitally silent, what is not is beyond any threshold.
        let scaled = |by: i16| -> Vec<_> {
            let extreme = |loudness: i16| if loudness < 300 { 0 } else { 600 * by };
            // A frame is one or the other.
            let whole = |samples: usize| samples.div_ceil(160) * 160;
            audio.iter().map(|Stretch(loudness, samples)| Stretch(loudness.map(extreme), whole(*samples))).collect()
        };
        prop_assume!(settings.silence_threshold > 0);
        prop_assert_eq!(heard(settings, &scaled(1), &[160]), heard(settings, &scaled(louder), &[160]));
    }
}
