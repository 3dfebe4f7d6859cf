//! The library: what was uploaded, and what is declared to be on the switches. The files are elsewhere.
//!
//! While it is empty nothing is known of any sound, and all are taken to be on the switches. So that what worked goes on working, the
//! first that comes in brings along what flows play then, as declared.

use super::catalog::{draw_id, load};
use super::db::{Connection, Row, sql};
use super::{Store, StoreError};
use crate::model::{Audio, AudioId, AudioName, AudioPlace, Project, SoundName, Timestamp, UploadedAudio};
use std::sync::Arc;

/// Most sounds of the library: every engine knows all by heart.
const MOST: i64 = 10_000;

impl Store {
    /// All of the library, by name.
    pub async fn audios(&self) -> Result<Vec<Audio>, StoreError> {
        let rows = sql("SELECT doc FROM audios ORDER BY name")
            .all(&self.readers)
            .await?;
        rows.iter().map(audio).collect()
    }

    /// One of it.
    pub async fn audio(&self, id: AudioId) -> Result<Option<Audio>, StoreError> {
        let row = sql("SELECT doc FROM audios WHERE id = ?").bind(id.get());
        row.first(&self.readers).await?.as_ref().map(audio).transpose()
    }

    /// The one of a name.
    pub async fn audio_named(&self, name: &SoundName) -> Result<Option<Audio>, StoreError> {
        let row = sql("SELECT doc FROM audios WHERE name = ?").bind(name.as_str());
        row.first(&self.readers).await?.as_ref().map(audio).transpose()
    }

    /// Notes an upload. It takes the place of a declaration, and of another upload only when it may. `played` is declared when
    /// this is the first of the library.
    pub async fn note_upload(
        &self,
        name: AudioName,
        about: UploadedAudio,
        may_replace: bool,
        played: Vec<SoundName>,
        at: Timestamp,
    ) -> Result<Audio, StoreError> {
        let given = Arc::new((name, about, played));
        self.edit(move |connection| {
            let given = Arc::clone(&given);
            Box::pin(async move {
                let (name, about, played) = &*given;
                begin(connection, played, at).await?;
                let known = find(connection, name.sound()).await?;
                if !may_replace && known.as_ref().is_some_and(|audio| audio.uploaded().is_some()) {
                    return Err(StoreError::Taken {
                        field: "name",
                        value: name.to_string(),
                    });
                }
                let place = AudioPlace::Uploaded(about.clone());
                match known {
                    Some(audio) => {
                        change(
                            connection,
                            Audio {
                                place,
                                created_at: at,
                                ..audio
                            },
                        )
                        .await
                    }
                    None => insert(connection, name.sound(), place, at).await,
                }
            })
        })
        .await
    }

    /// Declares sounds to be on the switches. Those of the library stay what they are.
    pub async fn declare_sounds(
        &self,
        names: Vec<SoundName>,
        played: Vec<SoundName>,
        at: Timestamp,
    ) -> Result<Vec<Audio>, StoreError> {
        let given = Arc::new((names, played));
        self.edit(move |connection| {
            let given = Arc::clone(&given);
            Box::pin(async move {
                let (names, played) = &*given;
                begin(connection, played, at).await?;
                let mut all = Vec::with_capacity(names.len());
                for name in names {
                    all.push(match find(connection, name).await? {
                        Some(known) => known,
                        None => insert(connection, name, AudioPlace::Switch, at).await?,
                    });
                }
                Ok(all)
            })
        })
        .await
    }

    /// Takes one out of the library; refused while a project's flow plays it.
    pub async fn delete_audio(
        &self,
        id: AudioId,
        plays: fn(&Project, &SoundName) -> bool,
    ) -> Result<Audio, StoreError> {
        self.edit(move |connection| {
            Box::pin(async move {
                let audio: Audio = load(connection, "audio", "audios", id.get()).await?;
                let projects = sql("SELECT doc FROM projects ORDER BY id").all(&mut *connection).await?;
                for row in &projects {
                    let project: Project = serde_json::from_str(row.try_get("doc")?)?;
                    if plays(&project, &audio.name) {
                        let (name, id, of) = (&audio.name, project.id, &project.name);
                        return Err(StoreError::InUse(format!(
                            "{name} is played by the flow of project {id} ({of}); let that play something else first"
                        )));
                    }
                }
                let gone = sql("DELETE FROM audios WHERE id = ?").bind(id.get());
                gone.run(connection).await?;
                Ok(audio)
            })
        })
        .await
    }
}

/// Declares what is played, if the library is empty.
async fn begin(connection: &mut Connection, played: &[SoundName], at: Timestamp) -> Result<(), StoreError> {
    // Whoever draws waits for the end of this transaction, so that nobody else finds it empty meanwhile.
    let hold = sql("UPDATE sequences SET last = last WHERE name = ?").bind("audio");
    hold.run(connection).await?;
    if count(connection).await? > 0 {
        return Ok(());
    }
    for name in played {
        if find(connection, name).await?.is_none() {
            insert(connection, name, AudioPlace::Switch, at).await?;
        }
    }
    Ok(())
}

async fn count(connection: &mut Connection) -> Result<i64, StoreError> {
    sql("SELECT count(*) FROM audios").number(connection).await
}

async fn find(connection: &mut Connection, name: &SoundName) -> Result<Option<Audio>, StoreError> {
    let row = sql("SELECT doc FROM audios WHERE name = ?").bind(name.as_str());
    row.first(connection).await?.as_ref().map(audio).transpose()
}

async fn insert(
    connection: &mut Connection,
    name: &SoundName,
    place: AudioPlace,
    at: Timestamp,
) -> Result<Audio, StoreError> {
    if count(connection).await? >= MOST {
        return Err(StoreError::InUse(format!(
            "the library has {MOST} sounds, which is the most; delete some first"
        )));
    }
    let audio = Audio {
        id: draw_id(connection, "audio").await?.try_into()?,
        name: name.clone(),
        place,
        created_at: at,
    };
    let row = sql("INSERT INTO audios (id, name, doc) VALUES (?, ?, ?)");
    row.bind(audio.id.get())
        .bind(audio.name.as_str())
        .bind(serde_json::to_string(&audio)?)
        .run(connection)
        .await?;
    Ok(audio)
}

async fn change(connection: &mut Connection, audio: Audio) -> Result<Audio, StoreError> {
    let row = sql("UPDATE audios SET doc = ? WHERE id = ?");
    row.bind(serde_json::to_string(&audio)?)
        .bind(audio.id.get())
        .run(connection)
        .await?;
    Ok(audio)
}

fn audio(row: &Row) -> Result<Audio, StoreError> {
    Ok(serde_json::from_str(row.try_get("doc")?)?)
}
