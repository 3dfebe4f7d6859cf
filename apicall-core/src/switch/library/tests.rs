//! What a switch is given to play, and which links are good.

use super::*;
use crate::model::{AudioForm, AudioPlace, UploadedAudio};
use std::time::Duration;

const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn audio(id: i64, name: &str, form: Option<AudioForm>) -> Audio {
    let uploaded = |form| {
        AudioPlace::Uploaded(UploadedAudio {
            form,
            bytes: 1,
            duration_ms: 1,
            peak_dbfs: None,
            gain_db: None,
            warnings: vec![],
        })
    };
    Audio {
        id: id.try_into().unwrap(),
        name: name.parse().unwrap(),
        place: form.map_or(AudioPlace::Switch, uploaded),
        created_at: AT,
    }
}

fn library() -> Arc<Library> {
    let library = Library::default();
    library.set(&[
        audio(1, "es/promo", Some(AudioForm::Mp3)),
        audio(2, "old", Some(AudioForm::Gsm)),
        audio(3, "digits/1", None),
    ]);
    Arc::new(library)
}

fn name(name: &str) -> SoundName {
    name.parse().unwrap()
}

#[test]
fn what_nobody_has_is_missing_once_anything_is_known() {
    let all = ["es/promo", "digits/1", "promo"].map(name);
    assert_eq!(library().missing(&all), [name("promo")]);
    assert_eq!(Library::default().missing(&all), []);
}

#[test]
fn an_upload_is_given_by_path_and_all_else_by_name() {
    let supply = Supply::by_path(library(), "/srv/audio/");
    assert_eq!(
        supply.playable(&name("es/promo")),
        Playable::File("/srv/audio/es/promo".to_owned(), AudioFile::Narrow)
    );
    assert_eq!(
        supply.playable(&name("old")),
        Playable::File("/srv/audio/old".to_owned(), AudioFile::Gsm)
    );
    for own in ["digits/1", "other"] {
        assert_eq!(supply.playable(&name(own)), Playable::Own);
    }
    assert_eq!(Supply::default().playable(&name("es/promo")), Playable::Own);
}

#[test]
fn a_link_is_good_for_what_it_was_made_and_for_so_long() {
    let links = |at| {
        Links::new(
            "http://10.0.0.5:8080/",
            b"key".to_vec(),
            Clock::anchored(tokio::time::Instant::now().into_std(), at),
        )
    };
    let link = |at| match Supply::by_link(library(), links(at)).playable(&name("es/promo")) {
        Playable::Link(link) => link,
        other => panic!("{other:?}"),
    };
    let parts = link(AT);
    let parts: Vec<_> = parts
        .strip_prefix("http://10.0.0.5:8080/media/")
        .unwrap()
        .split('/')
        .collect();
    let [until, signature, file] = parts[..] else {
        panic!("{parts:?}")
    };
    assert_eq!(file, "1.wav");
    let until: i64 = until.parse().unwrap();
    let id = 1.try_into().unwrap();
    let last = Timestamp::from_millis(until * 1_000 - 1);
    assert!(
        is_good(b"key", (id, AT), until, signature, AT) && is_good(b"key", (id, AT), until, signature, last)
    );
    let day = Duration::from_secs(86_400);
    assert!(last.since(AT) >= day && last.since(AT) < 2 * day);
    let over = last.plus(Duration::from_millis(1));
    let (other, later) = (2.try_into().unwrap(), AT.plus(day));
    assert!(!is_good(b"key", (id, AT), until, signature, over));
    assert!(!is_good(b"key", (id, AT), until + 1, signature, AT));
    assert!(!is_good(b"key", (id, later), until, signature, AT));
    assert!(!is_good(b"key", (other, AT), until, signature, AT));
    assert!(!is_good(b"yek", (id, AT), until, signature, AT));
    assert!(!is_good(b"key", (id, AT), until, "", AT));
    // The same all day, so that it is fetched once.
    let midnight = Timestamp::from_millis(AT.millis() / 86_400_000 * 86_400_000);
    assert_eq!(link(midnight), link(midnight.plus(day - Duration::from_secs(5))));
    assert_ne!(link(midnight), link(midnight.plus(day)));
}
