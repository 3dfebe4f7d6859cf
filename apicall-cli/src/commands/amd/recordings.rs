//! Recorded greetings: where they are, who is in them, and their audio.
//!
//! Taken are WAV files, raw mu-law and raw linear samples, as switches write them. Of each the first minute is heard.

use super::usage;
use crate::error::Error;
use apicall_core::amd::Recording;
use serde::Deserialize;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Recordings of one command.
const MOST: usize = 20_000;
/// Detection is over long before.
const LONGEST_S: u32 = 60;
/// Samples a second, of nearly all calls.
const USUAL_RATE: u32 = 8_000;
const WIDE_RATE: u32 = 16_000;

/// A recording, and who is in it.
#[derive(Debug)]
pub(super) struct Labelled {
    pub(super) file: PathBuf,
    pub(super) machine: bool,
    pub(super) recording: Recording,
}

/// Who is in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Label {
    Human,
    Machine,
}

/// A line of the list of labels.
#[derive(Debug, Deserialize)]
struct Line {
    file: PathBuf,
    label: Label,
}

/// How the samples of a file are kept.
#[derive(Debug, Clone, Copy)]
enum Form {
    Wav,
    MuLaw,
    Linear(u32),
}

impl Form {
    fn of(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "wav" => Some(Self::Wav),
            "ulaw" | "ul" | "pcmu" => Some(Self::MuLaw),
            "sln" | "raw" => Some(Self::Linear(USUAL_RATE)),
            "sln16" => Some(Self::Linear(WIDE_RATE)),
            _ => None,
        }
    }
}

/// All recordings, in the order of their names.
pub(super) fn read(paths: &[PathBuf], labels: Option<&Path>) -> Result<Vec<Labelled>, Error> {
    let listed = labels.map(list).transpose()?;
    let mut files = Vec::new();
    for path in paths {
        find(path, true, &mut files)?;
    }
    if let (Some(listed), true) = (&listed, paths.is_empty()) {
        files.extend(listed.keys().cloned());
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Err(usage(
            "there is no recording; wav, ulaw, sln and sln16 files are read",
        ));
    }
    let labelled = files.into_iter().map(|file| {
        let machine = label(&file, listed.as_ref())? == Label::Machine;
        let recording = hear(&file)?;
        Ok(Labelled {
            file,
            machine,
            recording,
        })
    });
    labelled.collect()
}

/// The files below a path; a file that is named has to be a recording.
fn find(path: &Path, named: bool, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |error| usage(format!("{}: {error}", path.display()));
    if fs::metadata(path).map_err(failed)?.is_dir() {
        for entry in fs::read_dir(path).map_err(failed)? {
            find(&entry.map_err(failed)?.path(), false, found)?;
        }
    } else if Form::of(path).is_some() {
        found.push(path.to_owned());
    } else if named {
        return Err(usage(format!(
            "{}: name a wav, ulaw, sln or sln16 file",
            path.display()
        )));
    }
    if found.len() > MOST {
        return Err(usage(format!(
            "there are more than {MOST} recordings; name fewer"
        )));
    }
    Ok(())
}

/// The list of labels, by file.
fn list(file: &Path) -> Result<HashMap<PathBuf, Label>, Error> {
    let failed = |error: csv::Error| {
        usage(format!(
            "{}: {error}; it needs the columns file and label, human or machine",
            file.display()
        ))
    };
    let beside = file.parent().unwrap_or(Path::new(""));
    let mut reader = csv::Reader::from_path(file).map_err(failed)?;
    let lines = reader.deserialize::<Line>();
    lines
        .map(|line| {
            line.map(|line| (beside.join(line.file), line.label))
                .map_err(failed)
        })
        .collect()
}

/// Who is in a file: as the list says, else as the nearest directory above it is called.
fn label(file: &Path, listed: Option<&HashMap<PathBuf, Label>>) -> Result<Label, Error> {
    let by_directory = || {
        file.ancestors()
            .skip(1)
            .find_map(|above| match above.file_name()?.to_str()? {
                "human" => Some(Label::Human),
                "machine" => Some(Label::Machine),
                _ => None,
            })
    };
    let label = listed
        .and_then(|listed| listed.get(file).copied())
        .or_else(by_directory);
    label.ok_or_else(|| {
        let file = file.display();
        usage(format!(
            "{file}: who is it? put it below a directory `human` or `machine`, or name it in --labels"
        ))
    })
}

fn hear(file: &Path) -> Result<Recording, Error> {
    let failed = |error: &dyn ToString| usage(format!("{}: {}", file.display(), error.to_string()));
    let bytes = || fs::read(file).map_err(|error| failed(&error));
    let most = |rate: u32| (rate * LONGEST_S) as usize;
    let (audio, rate): (Vec<i16>, u32) = match Form::of(file) {
        Some(Form::MuLaw) => {
            let samples = bytes()?.into_iter().take(most(USUAL_RATE));
            (samples.map(mu_law).collect(), USUAL_RATE)
        }
        Some(Form::Linear(rate)) => {
            let bytes = bytes()?;
            let samples = bytes.chunks_exact(2).take(most(rate));
            (
                samples.map(|two| i16::from_le_bytes([two[0], two[1]])).collect(),
                rate,
            )
        }
        Some(Form::Wav) | None => {
            let mut reader = hound::WavReader::open(file).map_err(|error| failed(&error))?;
            let spec = reader.spec();
            if spec.sample_format != hound::SampleFormat::Int || spec.bits_per_sample != 16 {
                return Err(failed(&"its samples are not of 16 bits; convert it"));
            }
            if !(USUAL_RATE..=48_000).contains(&spec.sample_rate) {
                return Err(failed(
                    &"it does not have 8,000 to 48,000 samples a second; convert it",
                ));
            }
            // Of several channels the first: where a switch records both sides apart, it is who was called.
            let first = reader.samples::<i16>().step_by(spec.channels.into());
            let samples = first.take(most(spec.sample_rate)).collect::<Result<_, _>>();
            (samples.map_err(|error| failed(&error))?, spec.sample_rate)
        }
    };
    Ok(Recording::new(&audio, rate))
}

/// A sample of G.711 mu-law.
fn mu_law(byte: u8) -> i16 {
    const BIAS: i16 = 132;
    let byte = !byte;
    let magnitude = ((i16::from(byte & 15) << 3) + BIAS) << ((byte >> 4) & 7);
    if byte & 0x80 == 0 {
        magnitude - BIAS
    } else {
        BIAS - magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mu_law_is_as_the_standard_has_it() {
        for (byte, sample) in [
            (0x00, -32_124),
            (0x80, 32_124),
            (0xFF, 0),
            (0x7F, 0),
            (0x8F, 16_764),
        ] {
            assert_eq!(mu_law(byte), sample, "{byte:#x}");
        }
    }

    #[test]
    fn the_nearest_directory_says_who_it_is_unless_the_list_does() {
        let listed = HashMap::from([(PathBuf::from("machine/odd.wav"), Label::Human)]);
        for (file, machine) in [
            ("calls/human/1.wav", false),
            ("human/machine/2.wav", true),
            ("machine/2026/3.wav", true),
            ("machine/odd.wav", false),
        ] {
            let label = label(Path::new(file), Some(&listed));
            assert_eq!(
                label.ok().map(|label| label == Label::Machine),
                Some(machine),
                "{file}"
            );
        }
        let nobody = label(Path::new("calls/human.wav"), None).map_err(|error| error.to_string());
        assert!(nobody.is_err_and(|error| error.contains("who is it?")));
    }
}
