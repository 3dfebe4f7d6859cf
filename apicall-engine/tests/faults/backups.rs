//! A copy of the store is made while an engine dials, and is an installation of its own.

use crate::driver::Engine;
use crate::pbx::Pbx;
use crate::story::{BINARY, Story, binary};
use std::path::Path;
use std::process::{Command, Output};

const CONTACTS: usize = 400;
const CPS: u32 = 40;

fn backup(config: &Path, to: &Path) -> Output {
    let mut program = Command::new(BINARY);
    program
        .args(["admin", "backup", "--to"])
        .arg(to)
        .arg("--config")
        .arg(config);
    program.output().unwrap()
}

#[tokio::test]
async fn a_backup_made_while_it_dials_goes_on_where_it_was() {
    let pbx = Pbx::start();
    let engine = Engine::start(binary(), &pbx.config()).await;
    let story = Story::begin(engine, pbx, CONTACTS, CPS).await;
    story.pbx.wait_for(CONTACTS / 4);
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.db");
    let made = backup(&story.engine.config(), &copy);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let again = backup(&story.engine.config(), &copy);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    story.pbx.wait_for(story.pbx.dialed() + 20);
    story.expect_sound().await;
    let Story {
        engine,
        pbx,
        campaign,
        ..
    } = story;
    engine.stop().await;
    let files: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["copy.db"], "nothing else is left");
    let store = format!("sqlite://{}", copy.display());
    let restored = Engine::start_with(binary(), &store, &pbx.config(), Vec::new()).await;
    restored
        .finish(campaign, std::time::Duration::from_secs(120))
        .await;
    let calls = restored.calls(campaign).await;
    assert!(calls.len() >= CONTACTS, "everybody was called, by one of the two");
    // The carrier knows more than this store: who was called after the backup.
    restored.audit(None);
    restored.stop().await;
}
