//! `/audios`, and `/media`, from where switches fetch them.

use super::body::{Id, Json, Query, media, whole};
use super::by::By;
use super::problem::Failure;
use super::{Answer, Engine, Shared};
use crate::audio::{UploadError, named, played, plays};
use apicall_core::api::{AudioFilter, AudioSound, AudioUpload, DeclareSounds};
use apicall_core::flow::Flow;
use apicall_core::model::{
    Audio, AudioFile, AudioId, AudioName, CampaignId, Project, ProjectFlow, ProjectId, SoundName,
};
use axum::Json as Reply;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What audio is sent as; the first by whoever does not care.
const MEDIA: [&str; 12] = [
    "application/octet-stream",
    "audio/wav",
    "audio/x-wav",
    "audio/wave",
    "audio/vnd.wave",
    "audio/mpeg",
    "audio/ogg",
    "application/ogg",
    "audio/flac",
    "audio/x-flac",
    "audio/gsm",
    "audio/basic",
];
/// Most names of one request.
const NAMES: usize = 1_000;
/// A switch keeps what it has fetched for as long as the link stays the same.
const KEEP: &str = "public, max-age=86400";

/// `GET /audios`
pub(super) async fn list(by: By, Query(filter): Query<AudioFilter>) -> Answer<Reply<Vec<Audio>>> {
    let engine = by.apart();
    Ok(Reply(match filter.name {
        Some(name) => engine.store.audio_named(&name).await?.into_iter().collect(),
        None => engine.store.audios().await?,
    }))
}

/// `GET /audios/{id}`
pub(super) async fn show(by: By, Id(id): Id<AudioId>) -> Answer<Reply<Audio>> {
    find(by.apart(), id).await.map(Reply)
}

/// `POST /audios`: 201 for a new one, 200 for one in the place of another.
pub(super) async fn upload(
    by: By,
    Query(asked): Query<AudioUpload>,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Reply<Audio>)> {
    let engine = by.all()?;
    media(&headers, &MEDIA)?;
    let before = engine.store.audio_named(asked.name.sound()).await?;
    let is_there = before.as_ref().is_some_and(|audio| audio.uploaded().is_some());
    if is_there && !asked.replace {
        return Err(taken(&asked.name));
    }
    let _seat = engine.shelf.seat().ok_or_else(|| {
        let detail = "others are uploading audio; try again in a moment";
        Failure::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).after(5)
    })?;
    let most = engine.config.audio.max_bytes;
    let bytes = whole(body, most, "audio.max_bytes").await?;
    let staged = engine.shelf.stage(asked.name.clone(), bytes, asked.form).await;
    let (about, staged) = staged.map_err(|error| refused(&asked.name, error))?;
    let _alone = engine.shelf.change().await;
    let played = played(&engine.store).await?;
    let noted = engine.store.note_upload(
        asked.name.clone(),
        about,
        asked.replace,
        played,
        engine.clock.now(),
    );
    let audio = noted.await?;
    let placed = tokio::task::spawn_blocking(move || staged.place()).await;
    placed
        .map_err(|_| Failure::internal())?
        .map_err(|error| refused(&asked.name, error.into()))?;
    engine.shelf.refresh(&engine.store).await?;
    by.note("audio", audio.id, "uploaded", serde_json::to_value(&audio).ok())
        .await;
    let status = if is_there {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Reply(audio)))
}

/// `POST /audios/declare`
pub(super) async fn declare(by: By, Json(asked): Json<DeclareSounds>) -> Answer<Reply<Vec<Audio>>> {
    let engine = by.all()?;
    if !(1..=NAMES).contains(&asked.names.len()) {
        return Err(Failure::field("names", format!("give 1 to {NAMES} names")));
    }
    let _alone = engine.shelf.change().await;
    let played = played(&engine.store).await?;
    let declared = engine
        .store
        .declare_sounds(asked.names, played, engine.clock.now());
    let declared = declared.await?;
    engine.shelf.refresh(&engine.store).await?;
    for audio in &declared {
        by.note("audio", audio.id, "declared", serde_json::to_value(audio).ok())
            .await;
    }
    Ok(Reply(declared))
}

/// `DELETE /audios/{id}`
pub(super) async fn delete(by: By, Id(id): Id<AudioId>) -> Answer<StatusCode> {
    let engine = by.all()?;
    let _alone = engine.shelf.change().await;
    let audio = engine.store.delete_audio(id, plays).await?;
    engine.shelf.refresh(&engine.store).await?;
    by.note("audio", id, "deleted", None).await;
    if let Some(name) = named(&audio) {
        let directory = engine.shelf.directory().clone();
        let gone = tokio::task::spawn_blocking(move || directory.remove(&name)).await;
        if !matches!(gone, Ok(Ok(()))) {
            tracing::warn!(audio = %audio.name, "an audio was deleted, and its files could not be removed");
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /audios/{id}/sound`
pub(super) async fn sound(by: By, Id(id): Id<AudioId>, Query(asked): Query<AudioSound>) -> Answer<Response> {
    let engine = by.apart();
    let audio = find(engine, id).await?;
    content(engine, &audio, asked.file).await
}

/// `GET /media/{until}/{signature}/{file}`, for switches: no login, but a link that was given to one. Whatever is wrong with a link
/// is answered alike.
pub(super) async fn fetch(
    State(engine): Shared,
    Path((until, signature, file)): Path<(String, String, String)>,
) -> Answer<Response> {
    let nothing = || {
        Failure::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "this link leads nowhere, or not any more",
        )
    };
    let (id, file) = file.split_once('.').ok_or_else(nothing)?;
    let id: AudioId = id.parse().map_err(|_| nothing())?;
    let file: AudioFile = file.parse().map_err(|_| nothing())?;
    let until_s: i64 = until.parse().map_err(|_| nothing())?;
    let audio = engine.store.audio(id).await?.ok_or_else(nothing)?;
    if !engine
        .shelf
        .is_good(&audio, until_s, &signature, engine.clock.now())
    {
        return Err(nothing());
    }
    let mut response = content(&engine, &audio, Some(file)).await?;
    let keep = header::HeaderValue::from_static(KEEP);
    response.headers_mut().insert(header::CACHE_CONTROL, keep);
    Ok(response)
}

async fn content(engine: &Engine, audio: &Audio, file: Option<AudioFile>) -> Result<Response, Failure> {
    let gone = |detail: String| Failure::new(StatusCode::NOT_FOUND, "not_found", detail);
    let (name, uploaded) = named(audio)
        .zip(audio.uploaded())
        .ok_or_else(|| gone(format!("{} is on the switches, and not here", audio.name)))?;
    let file = file.unwrap_or(uploaded.file());
    let directory = engine.shelf.directory().clone();
    let read = tokio::task::spawn_blocking(move || directory.read(&name, file)).await;
    let read = read.map_err(|_| Failure::internal())?;
    let bytes = read.map_err(|error| {
        let shown = &audio.name;
        gone(format!(
            "the {file} of {shown} cannot be read: {error}; if it is gone, upload it again"
        ))
    })?;
    Ok(([(header::CONTENT_TYPE, file.media())], bytes).into_response())
}

async fn find(engine: &Engine, id: AudioId) -> Result<Audio, Failure> {
    let audio = engine.store.audio(id).await?;
    audio.ok_or_else(|| Failure::not_found("audio", id))
}

fn taken(name: &AudioName) -> Failure {
    let detail = format!("name `{name}` is taken; choose another, or upload it with replace=true");
    Failure::new(StatusCode::CONFLICT, "conflict", detail)
}

fn refused(name: &AudioName, error: UploadError) -> Failure {
    match error {
        UploadError::Audio(error) => Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_audio",
            format!("{name}: {error}"),
        ),
        UploadError::Disk(error) => {
            tracing::error!(%error, "audio cannot be written");
            let detail = format!("cannot write to the directory of audio: {error}; see [audio] dir");
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).after(30)
        }
        UploadError::Panicked => {
            tracing::error!("the reader of audio panicked");
            let detail = format!("{name}: it cannot be read; convert it to a wav of 16 bits and send that");
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_audio", detail)
        }
    }
}

/// Refuses a flow that plays what nobody has.
pub(super) async fn check(engine: &Engine, flow: &ProjectFlow) -> Result<(), Failure> {
    let flow = Flow::for_project(flow).map_err(|errors| Failure::field("flow", errors.to_string()))?;
    match engine.shelf.missing(&engine.store, &flow).await?.as_slice() {
        [] => Ok(()),
        missing => Err(Failure::field("flow", nobody_has(missing))),
    }
}

/// Refuses to call for a project whose flow plays what nobody has.
pub(super) async fn check_project(engine: &Engine, project: ProjectId) -> Result<(), Failure> {
    let found = engine.store.project(project).await?;
    let project = found.ok_or_else(|| Failure::not_found("project", project))?;
    match missing(engine, &project).await?.as_slice() {
        [] => Ok(()),
        missing => Err(Failure::new(
            StatusCode::CONFLICT,
            "conflict",
            nobody_has(missing),
        )),
    }
}

/// The same for a campaign's project.
pub(super) async fn check_campaign(by: &By, id: CampaignId) -> Result<(), Failure> {
    let (engine, campaign) = by.campaign(id).await?;
    check_project(engine, campaign.project).await
}

/// What a project's flow plays and nobody has. A flow that is none is told of elsewhere.
pub(super) async fn missing(engine: &Engine, project: &Project) -> Result<Vec<SoundName>, Failure> {
    match Flow::for_project(&project.flow) {
        Ok(flow) => Ok(engine.shelf.missing(&engine.store, &flow).await?),
        Err(_) => Ok(Vec::new()),
    }
}

fn nobody_has(missing: &[SoundName]) -> String {
    let names: Vec<_> = missing.iter().map(SoundName::as_str).collect();
    format!(
        "nobody has what it plays: {}; upload it, or declare it to be on the switches (docs/audio.md)",
        names.join(", ")
    )
}
