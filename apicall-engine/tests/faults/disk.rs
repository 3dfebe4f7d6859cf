//! A full disk, and a second engine on a file that is in use.

use crate::driver::Engine;
use crate::pbx::Pbx;
use crate::story::{BINARY, Story, binary};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const CONTACTS: usize = 400;
const CPS: u32 = 40;

/// A disk of its own, with room for a store and its log, which takes up to 32 megabytes.
struct Disk(TempDir);

impl Disk {
    fn mount() -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        let mounted = run("mount", &["-t", "tmpfs", "-o", "size=64m", "none"], disk.path());
        assert!(
            mounted,
            "a disk of its own can be mounted: be root, with the right to mount"
        );
        disk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it to the last byte; the file that does is to be removed.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = File::create(&path).unwrap();
        let mut size = 1 << 16;
        while size > 0 {
            match file.write(&vec![0; size]) {
                Ok(written) if written > 0 => {}
                _ => size /= 2,
            }
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], self.path());
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> bool {
    Command::new(program)
        .args(arguments)
        .arg(path)
        .status()
        .unwrap()
        .success()
}

/// Dialing pauses, calls that are up go on and end, and what they came to is written once there is room.
#[tokio::test]
async fn a_full_disk_pauses_dialing_and_loses_nothing() {
    let (disk, pbx) = (Disk::mount(), Pbx::start());
    let store = format!("sqlite://{}", disk.path().join("apicall.db").display());
    let engine = Engine::start_with(binary(), &store, &pbx.config(), Vec::new()).await;
    let story = Story::begin(engine, pbx, CONTACTS, CPS).await;
    for part in [1, 2] {
        story.pbx.wait_for(part * CONTACTS / 4);
        let ballast = disk.fill();
        story.wait_for_health(503).await;
        let refused = story
            .engine
            .try_post(
                "/calls",
                serde_json::json!({ "project": 1, "number": "+573001234521" }),
            )
            .await;
        assert_eq!(refused, (503, true), "it is refused, and told when to try again");
        fs::remove_file(ballast).unwrap();
        story.wait_for_health(200).await;
    }
    story.expect_sound().await;
    story.engine.stop().await;
}

/// The first goes on as if nothing had been.
#[tokio::test]
async fn a_second_engine_on_the_same_file_is_refused_in_the_middle_of_work() {
    let pbx = Pbx::start();
    let engine = Engine::start(binary(), &pbx.config()).await;
    let story = Story::begin(engine, pbx, CONTACTS / 2, CPS).await;
    for part in [1, 2, 3] {
        story.pbx.wait_for(part * CONTACTS / 10);
        let second = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(story.engine.config())
            .env("APICALL__HTTP__LISTEN", "127.0.0.1:0")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&second.stderr);
        assert_eq!(second.status.code(), Some(1), "{said}");
        assert!(
            said.contains("another engine uses it") && said.contains("stop that one first"),
            "{said}"
        );
    }
    story.expect_sound().await;
    story.engine.stop().await;
}
