//! `audio …`

use apicall_core::model::{AudioFile, AudioForm, AudioName, SoundName};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Audio {
    /// Upload one: wav, mp3, ogg, flac, gsm, ulaw, alaw, sln or sln16
    Add {
        /// The file, or - for stdin
        file: PathBuf,
        /// What flows call it; the file's name without extension when absent
        #[arg(long)]
        name: Option<AudioName>,
        /// What it is, where neither its beginning nor the file's extension tells: gsm, ulaw, alaw, sln, sln16
        #[arg(long)]
        form: Option<AudioForm>,
        /// Let it take the place of one of the same name
        #[arg(long)]
        replace: bool,
    },
    /// Declare sounds that the switches have themselves, so that flows may play them
    Declare {
        /// What flows call them
        #[arg(required = true)]
        names: Vec<SoundName>,
    },
    /// All of the library
    List,
    /// One of it
    Show {
        /// Which
        name: SoundName,
    },
    /// Get what a switch plays
    Get {
        /// Which
        name: SoundName,
        /// To where; stdout when absent
        file: Option<PathBuf>,
        /// Which of its files: wav at 8 kHz, wav16 at 16 kHz, gsm
        #[arg(long)]
        as_file: Option<AudioFile>,
    },
    /// Take one out of the library; refused while a flow plays it
    Delete {
        /// Which
        name: SoundName,
    },
}
