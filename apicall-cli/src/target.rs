//! Files that are to be written when there is something to write, and are made sure of before anything else is done.

use crate::error::Error;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// A file to be written.
#[derive(Debug)]
pub(crate) struct Target {
    file: File,
    name: String,
}

impl Target {
    /// Opens it for an option, as it is; it must be none of those that are read.
    pub(crate) fn open<'a>(
        option: &'static str,
        path: &Path,
        read: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<Self, Error> {
        let name = format!("{option} {}", path.display());
        let own = path.canonicalize().ok();
        if own.is_some() && read.into_iter().any(|other| other.canonicalize().ok() == own) {
            let remedy = "this file is read; name another to be written";
            return Err(Error::Usage(format!("{name}: {remedy}")));
        }
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        match opened {
            Ok(file) => Ok(Self { file, name }),
            Err(error) => Err(Error::Usage(format!(
                "{name}: {error}; name a file that can be written"
            ))),
        }
    }

    /// Writes it; what was in it is gone.
    pub(crate) fn write(self, content: impl FnOnce(File) -> Result<(), Error>) -> Result<(), Error> {
        let Self { file, name } = self;
        let emptied = match file.metadata() {
            Ok(metadata) if metadata.is_file() => file.set_len(0),
            other => other.map(drop),
        };
        let written = emptied.map_err(Error::from).and_then(|()| content(file));
        written.map_err(|error| Error::Expectation(format!("{name}: {error}")))
    }
}
