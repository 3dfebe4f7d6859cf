//! The library of an engine: what is known of its sounds, and the files of those that were uploaded.
//!
//! Uploads are read on threads of their own, a few at a time. What the store has of the library every engine knows by heart: one
//! that shares its store looks for what others have changed.

use crate::config::{Config, Switch};
use apicall_core::audio::{AudioError, Directory, Staged, prepare};
use apicall_core::flow::Flow;
use apicall_core::model::{Audio, AudioForm, AudioName, Clock, Project, SoundName, Timestamp, UploadedAudio};
use apicall_core::store::{Store, StoreError};
use apicall_core::switch::{Library, Links, Supply, is_good};
use secrecy::{ExposeSecret, SecretSlice};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

/// Uploads at once: each may take the memory of some minutes of sound.
const AT_ONCE: usize = 2;
/// How long it may take to read one.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often an engine looks for what others have changed.
const LOOK: Duration = Duration::from_secs(2);

/// What was uploaded and declared, and where it is.
#[derive(Debug)]
pub(crate) struct Shelf {
    library: Arc<Library>,
    directory: Directory,
    longest: Duration,
    /// What links are signed with.
    key: SecretSlice<u8>,
    seats: Semaphore,
    /// Held by who changes files and rows together.
    changing: Mutex<()>,
    /// Held by who takes over what the store has, so that nobody takes over what is older.
    reading: Mutex<()>,
}

/// Why an upload did not become audio.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error(transparent)]
    Audio(#[from] AudioError),
    #[error("cannot write to the directory of audio: {0}")]
    Disk(#[from] io::Error),
    /// A bug, here or in a library.
    #[error("the reader gave up")]
    Panicked,
}

impl Shelf {
    /// Takes over what the store has, and of a store that is shared what others change in it, until `stop`.
    pub(crate) async fn open(
        config: &Config,
        store: &Store,
        key: Vec<u8>,
        stop: CancellationToken,
    ) -> Result<Arc<Self>, StoreError> {
        let shelf = Arc::new(Self::new(config, key));
        shelf.refresh(store).await?;
        if store.is_shared() {
            tokio::spawn(follow(Arc::clone(&shelf), store.clone(), stop));
        }
        Ok(shelf)
    }

    fn new(config: &Config, key: Vec<u8>) -> Self {
        Self {
            library: Arc::default(),
            directory: Directory::new(config.audio.dir.clone()),
            longest: Duration::from_secs(config.audio.max_s.into()),
            key: key.into(),
            seats: Semaphore::new(AT_ONCE),
            changing: Mutex::default(),
            reading: Mutex::default(),
        }
    }

    /// How what was uploaded reaches a switch. One that is emulated has every sound.
    pub(crate) fn supply(&self, config: &Config, switch: &Switch, clock: Clock) -> Supply {
        let library = Arc::clone(&self.library);
        if switch.is_emulated() {
            return Supply::default();
        }
        match &switch.audio_url {
            Some(url) => Supply::by_link(library, Links::new(url, self.key.expose_secret().to_vec(), clock)),
            None => Supply::by_path(library, &config.audio_seen_by(switch).to_string_lossy()),
        }
    }

    /// Takes over what the store has.
    pub(crate) async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let _alone = self.reading.lock().await;
        self.library.set(&store.audios().await?);
        Ok(())
    }

    /// Room for one more upload.
    pub(crate) fn seat(&self) -> Option<SemaphorePermit<'_>> {
        self.seats.try_acquire().ok()
    }

    /// Keeps everybody else from changing files and rows.
    pub(crate) async fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    pub(crate) const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Reads an upload and writes what is played beside where it goes.
    pub(crate) async fn stage(
        &self,
        name: AudioName,
        bytes: Vec<u8>,
        form: Option<AudioForm>,
    ) -> Result<(UploadedAudio, Staged), UploadError> {
        let (directory, longest) = (self.directory.clone(), self.longest);
        let waiting = CancellationToken::new();
        let reader = waiting.clone();
        let _over = waiting.drop_guard();
        let work = tokio::task::spawn_blocking(move || -> Result<_, UploadError> {
            let prepared = prepare(bytes, form, longest, &|| !reader.is_cancelled())?;
            let staged = directory.stage(&name, &prepared)?;
            Ok((prepared.about, staged))
        });
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(UploadError::Panicked),
            Err(_) => Err(AudioError::TooSlow.into()),
        }
    }

    /// What a flow plays and nobody has: neither declared nor uploaded, or uploaded and its file is gone.
    pub(crate) async fn missing(&self, store: &Store, flow: &Flow) -> Result<Vec<SoundName>, StoreError> {
        let sounds = flow.sounds();
        let mut missing = self.library.missing(sounds.iter().copied());
        for audio in store
            .audios()
            .await?
            .iter()
            .filter(|audio| sounds.contains(&audio.name))
        {
            if !self.has_file(audio).await {
                missing.push(audio.name.clone());
            }
        }
        missing.sort();
        missing.dedup();
        Ok(missing)
    }

    async fn has_file(&self, audio: &Audio) -> bool {
        let Some((name, uploaded)) = named(audio).zip(audio.uploaded()) else {
            return true;
        };
        let (directory, file) = (self.directory.clone(), uploaded.file());
        let looking = tokio::task::spawn_blocking(move || directory.has(&name, file));
        looking.await.unwrap_or(false)
    }

    /// Whether a link to an audio is one that was given to a switch.
    pub(crate) fn is_good(&self, audio: &Audio, until_s: i64, signature: &str, now: Timestamp) -> bool {
        is_good(
            self.key.expose_secret(),
            (audio.id, audio.created_at),
            until_s,
            signature,
            now,
        )
    }
}

/// The name of one that was uploaded.
pub(crate) fn named(audio: &Audio) -> Option<AudioName> {
    audio.uploaded()?;
    audio.name.as_str().parse().ok()
}

/// Whether a project's flow plays a sound.
pub(crate) fn plays(project: &Project, sound: &SoundName) -> bool {
    Flow::for_project(&project.flow).is_ok_and(|flow| flow.sounds().contains(sound))
}

/// What is taken to be on the switches when a library begins: what flows play, and what the ready-made one always does.
pub(crate) async fn played(store: &Store) -> Result<Vec<SoundName>, StoreError> {
    let mut all = Flow::ready_made_sounds();
    for project in store.projects().await? {
        if let Ok(flow) = Flow::for_project(&project.flow) {
            all.extend(flow.sounds().into_iter().cloned());
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// Follows what other engines change, until `stop`.
async fn follow(shelf: Arc<Shelf>, store: Store, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
        // A store that is away is told of elsewhere; what was known stays known.
        let _ = shelf.refresh(&store).await;
    }
}
