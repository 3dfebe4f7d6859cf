//! What is heard after an answer, with who it is: audio like that of people, machines and lines, made from a seed.
//!
//! Speech is pulses of a throat through the resonances of a mouth, in syllables, words and phrases; that is what
//! detection listens to: rhythm and loudness. `dev/bench amd` plays the same audio to a real Asterisk.

mod kinds;
pub(crate) mod mulaw;
mod sounds;

use apicall_core::model::AmdVerdict;

/// Samples a second.
pub(crate) const RATE: usize = 8_000;

/// What is heard after one answer.
pub(crate) struct Greeting {
    /// What it is like: `human_short`, `machine_pauses` and so on.
    pub(crate) kind: &'static str,
    /// Which of its kind.
    pub(crate) number: u64,
    /// Who picked up; unsure when nobody is to be heard.
    pub(crate) truth: AmdVerdict,
    /// As it comes out of a telephone line: through mu-law, and silent for long at its end.
    pub(crate) audio: Vec<i16>,
}

/// So many of each kind, the same ones each time.
pub(crate) fn all(of_each: u64) -> Vec<Greeting> {
    let mut all = Vec::new();
    for (row, (kind, truth, make)) in kinds::KINDS.into_iter().enumerate() {
        for number in 0..of_each {
            let mut sound = sounds::Sound::new(row as u64 * 1_000 + number);
            make(&mut sound);
            sound.silence(6_000);
            let audio = mulaw::decode(&mulaw::encode(&sound.into_samples()));
            all.push(Greeting {
                kind,
                number,
                truth,
                audio,
            });
        }
    }
    all
}
