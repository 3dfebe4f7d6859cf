//! Where the files are: `NAME.wav` at 8 kHz and `NAME.wav16` at 16 kHz, or `NAME.gsm`, readable by everybody, as the switch is
//! somebody else.

use super::{Files, NARROW, Prepared, WIDE, form};
use crate::model::{AudioFile, AudioName};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What files are called before they are in place.
const BESIDE: &str = ".upload-";

/// A directory of audio.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

/// Files that are written and not in place yet; without that they vanish.
#[derive(Debug)]
pub struct Staged {
    new: Vec<(NamedTempFile, PathBuf)>,
    old: Vec<PathBuf>,
}

impl Directory {
    /// The directory, which need not be there yet.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes what a switch plays, beside where it goes.
    pub fn stage(&self, name: &AudioName, prepared: &Prepared) -> io::Result<Staged> {
        let files = match &prepared.files {
            Files::Linear { narrow, wide } => vec![
                (AudioFile::Narrow, form::wave(NARROW, narrow)),
                (AudioFile::Wide, form::wave(WIDE, wide)),
            ],
            Files::Gsm(bytes) => vec![(AudioFile::Gsm, bytes.clone())],
        };
        let kept = |file: &AudioFile| files.iter().any(|(new, _)| new == file);
        let old = AudioFile::ALL.iter().filter(|file| !kept(file));
        let old = old.map(|file| self.file(name, *file)).collect();
        let mut new = Vec::new();
        for (file, bytes) in &files {
            let path = self.file(name, *file);
            new.push((beside(&path, bytes)?, path));
        }
        Ok(Staged { new, old })
    }

    /// The content of a file.
    pub fn read(&self, name: &AudioName, file: AudioFile) -> io::Result<Vec<u8>> {
        fs::read(self.file(name, file))
    }

    /// Whether it is there.
    pub fn has(&self, name: &AudioName, file: AudioFile) -> bool {
        self.file(name, file).is_file()
    }

    /// Removes all files of a name; none is as good.
    pub fn remove(&self, name: &AudioName) -> io::Result<()> {
        AudioFile::ALL
            .iter()
            .try_for_each(|file| gone(&self.file(name, *file)))
    }

    fn file(&self, name: &AudioName, file: AudioFile) -> PathBuf {
        self.0.join(format!("{name}.{file}"))
    }
}

impl Staged {
    /// Puts them in place of what was there. Who plays that goes on playing it.
    pub fn place(self) -> io::Result<()> {
        for (file, path) in self.new {
            file.persist(path)?;
        }
        self.old.iter().try_for_each(|path| gone(path))
    }
}

fn beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new()
        .prefix(BESIDE)
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
