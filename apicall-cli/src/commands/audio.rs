//! `audio …`

use super::import::{bar, chunks, open};
use crate::cli::{Audio as Verb, Format};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use crate::target::Target;
use apicall_core::api::{AudioFilter, AudioSound, AudioUpload, DeclareSounds};
use apicall_core::model::{Audio, AudioForm, AudioName, AudioPlace, AudioWarning, SoundName, UploadedAudio};
use reqwest::{Body, Method};
use std::io::{Write, stdout};
use std::path::Path;

const COLUMNS: &[Column<Audio>] = &[
    Column::Text("id", |audio| audio.id.to_string()),
    Column::Text("name", |audio| audio.name.to_string()),
    Column::Text("place", |audio| place(audio).to_owned()),
    Column::Text("form", |audio| of(audio, |about| Some(about.form.to_string()))),
    Column::Text("seconds", |audio| {
        of(audio, |about| Some(seconds(about.duration_ms)))
    }),
    Column::Text("peak_dbfs", |audio| {
        of(audio, |about| about.peak_dbfs.map(decibels))
    }),
    Column::Text("gain_db", |audio| of(audio, |about| about.gain_db.map(decibels))),
    Column::Text("warnings", |audio| {
        of(audio, |about| Some(words(&about.warnings)))
    }),
    Column::Time("created_at", |audio| Some(audio.created_at)),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add {
            file,
            name,
            form,
            replace,
        } => {
            let name = name.map_or_else(|| named_by(&file), Ok)?;
            let form = form.or_else(|| form_by(&file));
            let asked = AudioUpload { name, form, replace };
            add(remote, format, &file, &asked).await
        }
        Verb::Declare { names } => {
            let declared: Vec<Audio> = remote.post("/audios/declare", &DeclareSounds { names }).await?;
            output::list(format, &declared, COLUMNS)
        }
        Verb::List => {
            let all: Vec<Audio> = remote.get("/audios", &AudioFilter::default()).await?;
            output::list(format, &all, COLUMNS)
        }
        Verb::Show { name } => output::one(format, &find(remote, name).await?, COLUMNS),
        Verb::Get { name, file, as_file } => {
            let target = file.as_deref().map(|file| Target::open("FILE", file, []));
            let target = target.transpose()?;
            let path = format!("/audios/{}/sound", find(remote, name).await?.id);
            let bytes = remote.bytes(&path, &AudioSound { file: as_file }).await?;
            match target {
                Some(target) => target.write(|mut file| file.write_all(&bytes).map_err(Into::into)),
                None => stdout().lock().write_all(&bytes).map_err(Into::into),
            }
        }
        Verb::Delete { name } => {
            let path = format!("/audios/{}", find(remote, name).await?.id);
            remote.nothing(Method::DELETE, &path).await
        }
    }
}

async fn add(remote: &Remote, format: Format, file: &Path, asked: &AudioUpload) -> Result<(), Error> {
    let (input, length) = open(file)?;
    let bar = bar(length);
    let body = Body::wrap_stream(chunks(bar.wrap_read(input)));
    let media = "application/octet-stream";
    let sent = remote.upload::<Audio>("/audios", asked, media, body).await;
    bar.finish_and_clear();
    let audio = sent?;
    output::one(format, &audio, COLUMNS)?;
    for warning in audio.uploaded().map_or(&[][..], |about| &about.warnings) {
        output::remark(&format!("{}: {}", audio.name, meaning(*warning)));
    }
    Ok(())
}

async fn find(remote: &Remote, name: SoundName) -> Result<Audio, Error> {
    let filter = AudioFilter {
        name: Some(name.clone()),
    };
    let found: Vec<Audio> = remote.get("/audios", &filter).await?;
    let missing = || Error::Expectation(format!("the library has no {name}; see: apicall-cli audio list"));
    found.into_iter().next().ok_or_else(missing)
}

/// What an audio is called when nobody says.
fn named_by(file: &Path) -> Result<AudioName, Error> {
    let stem = file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    stem.parse::<AudioName>()
        .map_err(|invalid| Error::Usage(format!("{invalid}; or give --name")))
}

/// What it is by its extension, if that is one of those that have no header: the others tell it themselves.
fn form_by(file: &Path) -> Option<AudioForm> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    let bare = [
        AudioForm::Gsm,
        AudioForm::Ulaw,
        AudioForm::Alaw,
        AudioForm::Sln,
        AudioForm::Sln16,
    ];
    bare.into_iter().find(|form| form.as_str() == extension)
}

fn place(audio: &Audio) -> &'static str {
    match audio.place {
        AudioPlace::Switch => "switch",
        AudioPlace::Uploaded(_) => "uploaded",
    }
}

/// What is known of one that was uploaded.
fn of(audio: &Audio, cell: fn(&UploadedAudio) -> Option<String>) -> String {
    maybe(audio.uploaded().and_then(cell))
}

fn seconds(ms: u64) -> String {
    format!("{}.{:01}", ms / 1_000, ms % 1_000 / 100)
}

fn decibels(value: f64) -> String {
    format!("{value:.1}")
}

fn words(warnings: &[AudioWarning]) -> String {
    let words: Vec<_> = warnings.iter().map(|warning| warning.as_str()).collect();
    words.join(" ")
}

/// A warning in a sentence.
const fn meaning(warning: AudioWarning) -> &'static str {
    match warning {
        AudioWarning::Silent => "there is nothing to be heard in it",
        AudioWarning::StartsSilent => {
            "nothing is heard for more than a second at its beginning; cut that off"
        }
        AudioWarning::Clipped => "its peaks are cut off, as it was recorded too loud; record it again",
        AudioWarning::Unmeasured => "gsm is kept as it is, neither measured nor levelled",
    }
}
