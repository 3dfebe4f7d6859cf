//! The spool of call files: a directory that is looked through, a file a call.
//!
//! A thread reads, and removes what is done with; what a file means is the machine's to say. A file stays until its call is
//! over, so that after a crash the call is made again, as by a real switch (recordings `spool_*`).

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::sync::mpsc;

/// Between two looks; a real switch is told by its kernel.
const LOOK: Duration = Duration::from_millis(20);
/// Files that wait to be taken.
const WAITING: usize = 256;

/// A file that has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spooled {
    pub name: String,
    /// What is no text is no call file either.
    pub text: String,
}

/// What is to become of a file that was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is done with.
    Remove(String),
    /// It is offered again.
    Again(String),
}

/// The owner's end. Dropping it ends the thread.
#[derive(Debug)]
pub(super) struct Spool {
    files: mpsc::Receiver<Spooled>,
    fates: Sender<Fate>,
}

impl Spool {
    /// Watches a directory, which has to be there.
    pub(super) fn watch(dir: PathBuf) -> io::Result<Self> {
        fs::read_dir(&dir)?;
        let (sender, files) = mpsc::channel(WAITING);
        let (fates, decided) = channel();
        std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || look_through(&dir, &sender, &decided))?;
        Ok(Self { files, fates })
    }

    /// The next file.
    pub(super) async fn next(&mut self) -> Option<Spooled> {
        self.files.recv().await
    }

    pub(super) fn decide(&self, fate: Fate) {
        // The thread is only gone when it cannot look any more, and has said so.
        let _ = self.fates.send(fate);
    }
}

fn look_through(dir: &Path, files: &mpsc::Sender<Spooled>, decided: &Receiver<Fate>) {
    let mut taken = HashSet::new();
    loop {
        match decided.recv_timeout(LOOK) {
            Ok(fate) => settle(dir, fate, &mut taken),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        decided.try_iter().for_each(|fate| settle(dir, fate, &mut taken));
        for name in waiting(dir) {
            if taken.contains(&name) {
                continue;
            }
            // One that was withdrawn meanwhile is none.
            let Ok(bytes) = fs::read(dir.join(&name)) else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            taken.insert(name.clone());
            if files.blocking_send(Spooled { name, text }).is_err() {
                return;
            }
        }
    }
}

fn settle(dir: &Path, fate: Fate, taken: &mut HashSet<String>) {
    let (name, done) = match fate {
        Fate::Remove(name) => (name, true),
        Fate::Again(name) => (name, false),
    };
    if done
        && let Err(error) = fs::remove_file(dir.join(&name))
        && error.kind() != io::ErrorKind::NotFound
    {
        // It stays among those taken, or it would be called for ever.
        tracing::warn!(dir = %dir.display(), %error, "cannot remove a call file");
        return;
    }
    taken.remove(&name);
}

/// Files whose time has come, by name: one that is of the future waits.
fn waiting(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let due = |entry: fs::DirEntry| {
        let found = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        found.modified().ok()?.elapsed().ok()?;
        entry
            .file_name()
            .into_string()
            .ok()
            .filter(|name| !name.starts_with('.'))
    };
    let mut names: Vec<_> = entries.flatten().filter_map(due).collect();
    names.sort_unstable();
    names
}
