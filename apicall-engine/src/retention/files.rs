//! Files of what was removed: JSON, a line a call, a file a day and engine.
//!
//! A portion is on disk before it is removed from the store. Should the machine fail between, the same portion comes again: what
//! the newest file ends with is known by its ids, and is not written twice. A line that was not written to its end is cut off.
//!
//! Deliberately absent: reading them; that is for whoever wants to, with ordinary tools.

use apicall_core::model::{Call, CallId, Moment, Timestamp};
use apicall_core::store::{Old, OldRecord};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// So much of a file's end is looked at for what it ends with: more than a portion.
const END: u64 = 16 << 20;

/// The files of a directory.
#[derive(Debug)]
pub(crate) struct Files {
    directory: PathBuf,
    open: HashMap<Old, Open>,
}

/// The file that is written.
#[derive(Debug)]
struct Open {
    name: String,
    file: File,
    /// What it ends with.
    last: HashSet<CallId>,
}

/// A line. Timelines that go before their calls have no call here.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: CallId,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a Call>,
    timeline: &'a [Moment],
}

/// What is looked for in a line that is there.
#[derive(Debug, Deserialize)]
struct Known {
    id: CallId,
}

impl Files {
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            open: HashMap::new(),
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether files can be made there.
    pub(crate) fn check(&self) -> io::Result<()> {
        let trial = self
            .directory
            .join(format!(".apicall-check-{}", std::process::id()));
        made(&trial)?;
        fs::remove_file(&trial)
    }

    /// Writes a portion, and comes back when it is on disk.
    pub(super) fn append(
        &mut self,
        what: Old,
        engine: &str,
        portion: &[OldRecord],
        now: Timestamp,
    ) -> io::Result<()> {
        // A file in which something went wrong is opened anew the next time, and mended.
        let mut open = match self.open.remove(&what) {
            Some(open) => open,
            None => match newest(&self.directory, what, engine)? {
                Some(name) => mend(&self.directory, name)?,
                None => self.start(today(what, engine, now))?,
            },
        };
        let name = today(what, engine, now);
        if open.name < name {
            let last = open.last;
            open = Open {
                last,
                ..self.start(name)?
            };
        }
        let lines = lines(what, portion, &open.last)?;
        open.file.write_all(&lines)?;
        open.file.sync_data()?;
        open.last = portion.iter().map(|record| record.call.id).collect();
        self.open.insert(what, open);
        Ok(())
    }

    fn start(&self, name: String) -> io::Result<Open> {
        let file = made(&self.directory.join(&name))?;
        // Its name is to be found after a failure, too.
        File::open(&self.directory)?.sync_all()?;
        Ok(Open {
            name,
            file,
            last: HashSet::new(),
        })
    }
}

/// Numbers of people are in it: it is for its owner alone.
fn made(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

const fn kind(what: Old) -> &'static str {
    match what {
        Old::Calls => "calls",
        Old::Timelines => "timelines",
    }
}

/// What follows the day in a name.
fn suffix(engine: &str) -> String {
    match engine {
        "" => ".jsonl".to_owned(),
        engine => format!("-{engine}.jsonl"),
    }
}

fn today(what: Old, engine: &str, now: Timestamp) -> String {
    let day: String = now.to_string().chars().take(10).collect();
    format!("{}-{day}{}", kind(what), suffix(engine))
}

/// The newest file of the kind and the engine.
fn newest(directory: &Path, what: Old, engine: &str) -> io::Result<Option<String>> {
    let (prefix, suffix) = (format!("{}-", kind(what)), suffix(engine));
    let mut newest = None;
    for entry in fs::read_dir(directory)? {
        let Ok(name) = entry?.file_name().into_string() else {
            continue;
        };
        let day = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(&suffix));
        if day.is_some_and(|day| day.len() == 10) {
            newest = newest.max(Some(name));
        }
    }
    Ok(newest)
}

/// Opens a file that is there: without the line that was not written to its end.
fn mend(directory: &Path, name: String) -> io::Result<Open> {
    let mut file = made(&directory.join(&name))?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let whole = end
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |place| place + 1);
    let torn = (end.len() - whole) as u64;
    if torn > 0 {
        file.set_len(length - torn)?;
    }
    let known = |line: &[u8]| serde_json::from_slice::<Known>(line).ok().map(|known| known.id);
    let last = end[..whole]
        .split(|byte| *byte == b'\n')
        .filter_map(known)
        .collect();
    Ok(Open { name, file, last })
}

fn lines(what: Old, portion: &[OldRecord], known: &HashSet<CallId>) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for record in portion.iter().filter(|record| !known.contains(&record.call.id)) {
        let whole = what == Old::Calls;
        if !whole && record.timeline.is_empty() {
            continue;
        }
        let line = Line {
            id: record.call.id,
            engine: (whole && !record.engine.is_empty()).then_some(record.engine.as_str()),
            call: whole.then_some(&record.call),
            timeline: &record.timeline,
        };
        serde_json::to_writer(&mut lines, &line)?;
        lines.write_all(b"\n")?;
    }
    Ok(lines)
}
