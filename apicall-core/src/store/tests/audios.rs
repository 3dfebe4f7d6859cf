//! The library: what is there is played, and what is played stays there.

use super::*;
use crate::model::{Audio, AudioForm, AudioPlace, AudioWarning, SoundName, UploadedAudio};

super::on_each_database! {
    the_first_of_the_library_brings_along_what_is_played,
    an_upload_is_replaced_only_when_it_may_be,
    what_a_flow_plays_is_not_deleted,
    sounds_are_declared_once,
}

fn about(form: AudioForm) -> UploadedAudio {
    UploadedAudio {
        form,
        bytes: 10,
        duration_ms: 1_234,
        peak_dbfs: Some(-3.1),
        gain_db: Some(-2.0),
        warnings: vec![AudioWarning::Clipped],
    }
}

async fn upload(store: &Store, name: &str, may_replace: bool) -> Result<Audio, StoreError> {
    let played = vec![sound("prueba"), sound("en_breve")];
    store
        .note_upload(
            name.parse().unwrap(),
            about(AudioForm::Wav),
            may_replace,
            played,
            NOW,
        )
        .await
}

fn sound(name: &str) -> SoundName {
    name.parse().unwrap()
}

async fn names(store: &Store) -> Vec<(String, bool)> {
    let all = store.audios().await.unwrap();
    all.iter()
        .map(|audio| (audio.name.to_string(), audio.uploaded().is_some()))
        .collect()
}

fn plays(project: &Project, name: &SoundName) -> bool {
    matches!(&project.flow, ProjectFlow::Simple(simple) if simple.audio == *name)
}

async fn the_first_of_the_library_brings_along_what_is_played(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    assert_eq!(names(store).await, []);
    let promo = upload(store, "es/promo", false).await.unwrap();
    assert_eq!(store.audio(promo.id).await.unwrap(), Some(promo.clone()));
    assert_eq!(store.audio_named(&sound("es/promo")).await.unwrap(), Some(promo));
    let declared = [("en_breve", false), ("es/promo", true), ("prueba", false)];
    assert_eq!(
        names(store).await,
        declared.map(|(name, here)| (name.to_owned(), here))
    );
    // Only the first does.
    let en_breve = store.audio_named(&sound("en_breve")).await.unwrap().unwrap();
    store.delete_audio(en_breve.id, plays).await.unwrap();
    upload(store, "two", false).await.unwrap();
    assert_eq!(store.audio_named(&sound("en_breve")).await.unwrap(), None);
}

async fn an_upload_is_replaced_only_when_it_may_be(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let first = upload(store, "promo", false).await.unwrap();
    let taken = upload(store, "promo", false).await.unwrap_err();
    assert!(
        matches!(taken, StoreError::Taken { field: "name", .. }),
        "{taken}"
    );
    let later = NOW.plus(std::time::Duration::from_secs(1));
    let replaced = store.note_upload(
        "promo".parse().unwrap(),
        about(AudioForm::Gsm),
        true,
        vec![],
        later,
    );
    let replaced = replaced.await.unwrap();
    assert_eq!((replaced.id, replaced.created_at), (first.id, later));
    assert_eq!(replaced.place, AudioPlace::Uploaded(about(AudioForm::Gsm)));
    // A declaration is nobody's file: what is uploaded takes its place.
    let declared = store.audio_named(&sound("prueba")).await.unwrap().unwrap();
    let uploaded = upload(store, "prueba", false).await.unwrap();
    assert_eq!((declared.id, declared.uploaded()), (uploaded.id, None));
    assert!(uploaded.uploaded().is_some());
    // Names are told apart by their letters.
    upload(store, "PROMO", false).await.unwrap();
}

async fn what_a_flow_plays_is_not_deleted(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let prueba = upload(store, "prueba", false).await.unwrap();
    let refused = store.delete_audio(prueba.id, plays).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::InUse(why) if why.contains("project 1 (project 1)")),
        "{refused}"
    );
    let free = upload(store, "free", false).await.unwrap();
    assert_eq!(store.delete_audio(free.id, plays).await.unwrap(), free);
    let gone = store.delete_audio(free.id, plays).await.unwrap_err();
    assert!(
        matches!(gone, StoreError::NotFound { what: "audio", .. }),
        "{gone}"
    );
}

async fn sounds_are_declared_once(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let promo = upload(store, "promo", false).await.unwrap();
    let declared = store.declare_sounds(
        vec![sound("digits/1"), sound("promo"), sound("digits/1")],
        vec![],
        NOW,
    );
    let declared = declared.await.unwrap();
    assert_eq!(declared[0].place, AudioPlace::Switch);
    assert_eq!(declared[1], promo);
    assert_eq!(declared[2], declared[0]);
}
