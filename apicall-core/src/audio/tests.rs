//! Uploads as people send them, and as they should not.

use super::*;
use crate::model::{AudioFile, AudioName};
use proptest::prelude::*;

/// A second of 400 Hz at −12 dBFS, by lame, oggenc, flac and toast.
const MP3: &[u8] = include_bytes!("../../tests/uploads/tone.mp3");
const OGG: &[u8] = include_bytes!("../../tests/uploads/tone.ogg");
const FLAC: &[u8] = include_bytes!("../../tests/uploads/tone.flac");
const GSM: &[u8] = include_bytes!("../../tests/uploads/tone.gsm");
const LONGEST: Duration = Duration::from_secs(10);

fn tone(rate: u32, hertz: f64, amplitude: f64, ms: u32) -> Vec<i16> {
    let sample = |n: u32| {
        let turn = f64::from(n) * hertz / f64::from(rate) * std::f64::consts::TAU;
        #[allow(clippy::cast_possible_truncation)]
        let sample = (turn.sin() * amplitude * 32_767.0).clamp(-32_768.0, 32_767.0) as i16;
        sample
    };
    (0..rate * ms / 1_000).map(sample).collect()
}

fn wav(rate: u32, samples: &[i16]) -> Vec<u8> {
    form::wave(rate, samples)
}

fn read(bytes: &[u8], said: Option<AudioForm>) -> Result<Prepared, AudioError> {
    prepare(bytes.to_vec(), said, LONGEST, &|| true)
}

fn both(prepared: &Prepared) -> (&[i16], &[i16]) {
    match &prepared.files {
        Files::Linear { narrow, wide } => (narrow, wide),
        Files::Gsm(_) => panic!("gsm is not decoded"),
    }
}

/// How much of the power of samples is at a frequency.
fn purity(samples: &[i16], rate: u32, hertz: f64) -> f64 {
    let (mut re, mut im, mut all) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let turn = n as f64 * hertz / f64::from(rate) * std::f64::consts::TAU;
        let sample = f64::from(*sample);
        re += sample * turn.cos();
        im += sample * turn.sin();
        all += sample * sample;
    }
    #[allow(clippy::cast_precision_loss)]
    let count = samples.len() as f64;
    2.0 * (re * re + im * im) / count / all
}

#[test]
fn every_form_becomes_the_same_at_both_rates() {
    let linear = tone(8_000, 400.0, 0.25, 1_000);
    let bytes: Vec<u8> = linear.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let uploads = [
        (
            AudioForm::Wav,
            None,
            wav(48_000, &tone(48_000, 400.0, 0.25, 1_000)),
        ),
        (
            AudioForm::Wav,
            None,
            wav(11_025, &tone(11_025, 400.0, 0.25, 1_000)),
        ),
        (AudioForm::Wav, None, wav(8_000, &linear)),
        (AudioForm::Mp3, None, MP3.to_vec()),
        (AudioForm::Ogg, None, OGG.to_vec()),
        (AudioForm::Flac, Some(AudioForm::Mp3), FLAC.to_vec()),
        (AudioForm::Sln, Some(AudioForm::Sln), bytes),
    ];
    for (form, said, bytes) in uploads {
        let prepared = read(&bytes, said).unwrap();
        let about = &prepared.about;
        assert_eq!((about.form, about.bytes), (form, bytes.len() as u64));
        assert!(about.duration_ms.abs_diff(1_000) <= 80, "{about:?}");
        assert!((about.peak_dbfs.unwrap() + 12.0).abs() < 0.6, "{about:?}");
        // A sine of that peak has 3 dB less power, and −20 are wanted.
        assert!((about.gain_db.unwrap() + 5.0).abs() < 0.6, "{about:?}");
        assert_eq!(about.warnings, [], "{form}");
        let (narrow, wide) = both(&prepared);
        assert!(wide.len().abs_diff(narrow.len() * 2) <= 1, "{form}");
        for (samples, rate) in [(narrow, NARROW), (wide, WIDE)] {
            let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
            assert!(purity(middle, rate, 400.0) > 0.99, "{form} at {rate}");
        }
    }
}

#[test]
fn the_laws_of_telephony_are_read() {
    // 0x80 and 0x00 are the loudest of µ-law; 0xaa and 0x2a those of A-law: a square wave of 500 Hz.
    for (form, high, low) in [(AudioForm::Ulaw, 0x80, 0x00), (AudioForm::Alaw, 0xaa, 0x2a)] {
        let square: Vec<u8> = (0..8_000)
            .map(|n| if n / 8 % 2 == 0 { high } else { low })
            .collect();
        let prepared = read(&square, Some(form)).unwrap();
        assert!(
            (prepared.about.peak_dbfs.unwrap() + 0.15).abs() < 0.1,
            "{:?}",
            prepared.about
        );
        assert_eq!(prepared.about.warnings, [AudioWarning::Clipped]);
        assert_eq!(prepared.about.duration_ms, 1_000);
        assert!(purity(both(&prepared).0, NARROW, 500.0) > 0.75);
    }
}

#[test]
fn gsm_is_kept_as_it_is() {
    let prepared = read(GSM, Some(AudioForm::Gsm)).unwrap();
    assert_eq!(prepared.about.duration_ms, 1_000);
    assert_eq!(prepared.about.warnings, [AudioWarning::Unmeasured]);
    assert!(matches!(&prepared.files, Files::Gsm(bytes) if bytes == GSM));
    let cut = read(&GSM[..GSM.len() - 1], Some(AudioForm::Gsm)).unwrap_err();
    assert!(cut.to_string().contains("frame 50"), "{cut}");
}

#[test]
fn channels_are_mixed() {
    let left = tone(16_000, 400.0, 0.5, 500);
    let mut head = wav(
        16_000,
        &left.iter().flat_map(|left| [*left, 0]).collect::<Vec<_>>(),
    );
    // Two channels of what was written as one.
    head[22] = 2;
    head[28..32].copy_from_slice(&64_000_u32.to_le_bytes());
    head[32] = 4;
    let prepared = read(&head, None).unwrap();
    assert_eq!(prepared.about.duration_ms, 500);
    assert!((prepared.about.peak_dbfs.unwrap() + 6.0).abs() < 0.1);
    // Half as loud, so 6 dB more are needed than for the left one alone.
    assert!(
        (prepared.about.gain_db.unwrap() + 5.0).abs() < 0.2,
        "{:?}",
        prepared.about
    );
}

#[test]
fn what_is_heard_is_brought_to_one_loudness() {
    for (amplitude, gain) in [(0.9, -16.1), (0.1, 3.0), (0.03, 13.5), (0.01, 20.0)] {
        let prepared = read(&wav(16_000, &tone(16_000, 400.0, amplitude, 500)), None).unwrap();
        assert!(
            (prepared.about.gain_db.unwrap() - gain).abs() < 0.2,
            "{:?}",
            prepared.about
        );
    }
    // A click in a whisper: there is no room for more.
    let mut whisper = tone(16_000, 400.0, 0.02, 2_000);
    whisper[16_000] = 32_000;
    let prepared = read(&wav(16_000, &whisper), None).unwrap();
    assert!(prepared.about.gain_db.unwrap() <= -0.7, "{:?}", prepared.about);
}

#[test]
fn silence_and_clipping_are_told() {
    let warnings = |samples: &[i16]| read(&wav(16_000, samples), None).unwrap().about.warnings;
    assert_eq!(warnings(&[0; 16_000]), [AudioWarning::Silent]);
    assert_eq!(warnings(&tone(16_000, 400.0, 0.001, 500)), [AudioWarning::Silent]);
    let late = [vec![0; 20_000], tone(16_000, 400.0, 0.3, 500)].concat();
    assert_eq!(warnings(&late), [AudioWarning::StartsSilent]);
    assert_eq!(warnings(&tone(16_000, 400.0, 1.3, 500)), [AudioWarning::Clipped]);
    assert_eq!(warnings(&tone(16_000, 400.0, 0.99, 500)), []);
    let silent = read(&wav(16_000, &[0; 160]), None).unwrap().about;
    assert_eq!((silent.peak_dbfs, silent.gain_db), (None, None));
}

#[test]
fn too_much_is_refused_and_who_waits_decides() {
    let eleven = wav(8_000, &tone(8_000, 400.0, 0.3, 10_100));
    assert!(matches!(read(&eleven, None), Err(AudioError::TooLong(_))));
    let gsm = GSM.repeat(11);
    assert!(matches!(
        read(&gsm, Some(AudioForm::Gsm)),
        Err(AudioError::TooLong(_))
    ));
    let given_up = prepare(eleven, None, LONGEST * 2, &|| false);
    assert!(matches!(given_up, Err(AudioError::TooSlow)));
}

#[test]
fn what_is_no_audio_says_what_to_do() {
    assert!(matches!(read(b"", None), Err(AudioError::Empty)));
    assert!(matches!(
        read(b"<html>not here</html>", None),
        Err(AudioError::Unknown)
    ));
    assert!(matches!(
        read(b"<html>not here</html>", Some(AudioForm::Mp3)),
        Err(AudioError::Unknown)
    ));
    let mistaken = read(&wav(8_000, &[1; 80]), Some(AudioForm::Ulaw)).unwrap_err();
    assert_eq!(
        mistaken.to_string(),
        "it is said to be ulaw, but begins like wav; leave the form away"
    );
    assert!(matches!(
        read(&wav(8_000, &[]), None),
        Err(AudioError::Empty | AudioError::Unreadable { .. })
    ));
    let video = read(b"RIFF\x20\0\0\0WAVEjunk\x04\0\0\0abcd", None).unwrap_err();
    assert!(matches!(video, AudioError::Unreadable { .. }), "{video}");
}

#[test]
fn a_broken_upload_leaves_nothing_and_a_whole_one_is_readable() {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().unwrap();
    let directory = Directory::new(temporary.path().join("audio"));
    let name: AudioName = "es/promo".parse().unwrap();
    let files = || {
        let mut names: Vec<_> = std::fs::read_dir(directory.path().join("es"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let linear = read(MP3, None).unwrap();
    drop(directory.stage(&name, &linear).unwrap());
    assert_eq!(files(), Vec::<String>::new());
    directory.stage(&name, &linear).unwrap().place().unwrap();
    assert_eq!(files(), ["promo.wav", "promo.wav16"]);
    let mode = std::fs::metadata(directory.path().join("es/promo.wav"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o444, 0o444 & !umask_of(directory.path()));
    let played = read(&directory.read(&name, AudioFile::Wide).unwrap(), None).unwrap();
    assert!(
        played.about.gain_db.unwrap().abs() < 0.2,
        "what is levelled stays as it is: {:?}",
        played.about
    );
    let gsm = read(GSM, Some(AudioForm::Gsm)).unwrap();
    directory.stage(&name, &gsm).unwrap().place().unwrap();
    assert_eq!(files(), ["promo.gsm"]);
    directory.remove(&name).unwrap();
    directory.remove(&name).unwrap();
    assert_eq!(files(), Vec::<String>::new());
}

/// What new files may not be here, told by one.
fn umask_of(directory: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let plain = directory.join("plain");
    std::fs::write(&plain, "").unwrap();
    0o666 & !std::fs::metadata(plain).unwrap().permissions().mode()
}

/// Real files with some bytes changed, and their pieces.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop_oneof![
        Just(MP3.to_vec()),
        Just(OGG.to_vec()),
        Just(FLAC.to_vec()),
        Just(GSM.to_vec()),
        Just(wav(8_000, &tone(8_000, 400.0, 0.3, 100))),
    ];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20);
    (whole, changes, any::<prop::sample::Index>()).prop_map(|(mut bytes, changes, end)| {
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(end.index(bytes.len()) + 1);
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn garbage_never_panics(
        head in prop::sample::select(vec![&b""[..], b"RIFF....WAVE", b"RIFF....WAVEfmt ", b"fLaC", b"OggS", b"ID3", b"\xff\xfb\x90"]),
        tail in prop::collection::vec(any::<u8>(), 0..2_000),
        said in prop::option::of(prop::sample::select(AudioForm::ALL.to_vec())),
    ) {
        let bytes = [head, &tail].concat();
        if let Ok(prepared) = read(&bytes, said) {
            prop_assert!(prepared.about.duration_ms <= 10_000);
        }
    }

    #[test]
    fn damage_never_panics(bytes in damaged(), said in prop::option::of(prop::sample::select(AudioForm::ALL.to_vec()))) {
        if let Ok(prepared) = read(&bytes, said) {
            prop_assert!(prepared.about.duration_ms <= 10_000);
        }
    }
}
