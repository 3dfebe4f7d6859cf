//! The kinds of greetings.

use super::sounds::Sound;
use apicall_core::model::AmdVerdict::{self, Human, Machine, Unsure};

type Kind = (&'static str, AmdVerdict, fn(&mut Sound));

/// Each with who it is, and how it sounds.
pub(crate) const KINDS: [Kind; 20] = [
    ("human_short", Human, |s| {
        s.pause(200, 900);
        spoken(s, 250, 700);
    }),
    ("human_phrase", Human, |s| {
        s.pause(200, 900);
        spoken(s, 800, 1_300);
    }),
    ("human_long", Human, |s| {
        s.pause(200, 700);
        spoken(s, 1_700, 2_600);
    }),
    ("human_early", Human, |s| spoken(s, 300, 800)),
    ("human_twice", Human, |s| {
        s.pause(300, 700);
        spoken(s, 300, 500);
        s.pause(1_100, 1_600);
        spoken(s, 300, 500);
    }),
    ("human_slow", Human, |s| {
        s.pause(1_500, 2_300);
        spoken(s, 300, 700);
    }),
    ("human_quiet", Human, |s| {
        let loudness = s.draw(450, 800);
        s.speak_at(loudness);
        s.pause(200, 900);
        spoken(s, 300, 900);
    }),
    ("human_loud", Human, |s| {
        s.speak_at(12_000.0);
        s.pause(200, 900);
        spoken(s, 300, 900);
    }),
    ("human_noisy", Human, |s| {
        s.pause(300, 900);
        spoken(s, 300, 900);
        s.silence(4_000);
        let loudness = s.draw(60, 200);
        s.noise_over(loudness);
    }),
    ("human_street", Human, |s| {
        s.pause(300, 900);
        spoken(s, 300, 900);
        s.silence(4_000);
        let loudness = s.draw(300, 600);
        s.noise_over(loudness);
    }),
    ("machine_long", Machine, |s| {
        s.pause(200, 900);
        spoken(s, 5_000, 8_000);
    }),
    ("machine_pauses", Machine, |s| {
        s.pause(200, 900);
        for _ in 0..5 {
            spoken(s, 700, 1_400);
            s.pause(250, 700);
        }
        beep(s);
    }),
    ("machine_brief", Machine, |s| {
        s.pause(300, 900);
        spoken(s, 1_000, 1_400);
        s.pause(200, 600);
        beep(s);
    }),
    ("machine_late", Machine, |s| {
        s.pause(2_600, 3_500);
        spoken(s, 4_000, 6_000);
    }),
    ("machine_early", Machine, |s| spoken(s, 5_000, 7_000)),
    ("machine_quiet", Machine, |s| {
        let loudness = s.draw(450, 800);
        s.speak_at(loudness);
        s.pause(200, 900);
        spoken(s, 5_000, 7_000);
    }),
    ("line_ringing", Machine, |s| {
        for _ in 0..3 {
            s.tones(&[425.0], 1_000, 3_000.0);
            s.silence(2_000);
        }
    }),
    ("line_music", Machine, |s| {
        for _ in 0..30 {
            let note = s.draw(200, 600);
            let ms = s.draw(120, 350) as u32;
            s.tones(&[note, note * 1.25, note * 1.5], ms, 1_200.0);
        }
    }),
    ("line_silent", Unsure, |s| s.silence(3_000)),
    ("line_noise", Unsure, |s| {
        let loudness = s.draw(40, 240);
        s.noise(6_000, loudness);
    }),
];

fn spoken(s: &mut Sound, least_ms: u32, most_ms: u32) {
    let ms = s.draw(least_ms, most_ms) as u32;
    s.speech(ms);
}

/// What a machine has callers speak after.
fn beep(s: &mut Sound) {
    s.tones(&[1_000.0], 400, 5_000.0);
}
