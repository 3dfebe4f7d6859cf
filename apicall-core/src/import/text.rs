//! Incoming bytes made fit for splitting: byte-order marks taken off, UTF-16 turned into UTF-8, what is no text refused.
//!
//! UTF-8 and Windows-1252 share the bytes that split a file, so which of the two it is gets decided cell by cell, in
//! [`cell`]: a file needs not be read ahead for it, and one that mixes them loses nothing.

use super::ImportError;
use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The encoding of a file, decided by its first four bytes.
pub(super) enum Encoding {
    Undecided(Vec<u8>),
    AsItIs,
    Utf16(Box<Decoder>),
}

impl std::fmt::Debug for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Undecided(_) => "undecided",
            Self::AsItIs => "as it is",
            Self::Utf16(_) => "utf-16",
        })
    }
}

impl Encoding {
    /// Appends to `out` what `bytes` mean; `last` when nothing follows.
    pub(super) fn decode(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), ImportError> {
        match self {
            Self::AsItIs => out.extend_from_slice(bytes),
            Self::Utf16(decoder) => {
                let room = decoder
                    .max_utf8_buffer_length(bytes.len())
                    .unwrap_or(bytes.len() * 3 + 16);
                let mut text = String::with_capacity(room);
                let (_, read, _) = decoder.decode_to_string(bytes, &mut text, last);
                debug_assert_eq!(read, bytes.len(), "the room is what the decoder asked for");
                out.extend_from_slice(text.as_bytes());
            }
            Self::Undecided(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= 4 || last {
                    let first = std::mem::take(first);
                    let mark = self.decide(&first)?;
                    return self.decode(&first[mark..], last, out);
                }
            }
        }
        Ok(())
    }

    /// Decides; the length of the mark to skip.
    fn decide(&mut self, first: &[u8]) -> Result<usize, ImportError> {
        let refused = |found| {
            Err(ImportError::malformed(format!(
                "it is {found}, not a CSV file; open it, save it as CSV (UTF-8) and import that"
            )))
        };
        let (encoding, mark) = match first {
            [b'P', b'K', 3, 4, ..] => return refused("a spreadsheet or a zip archive"),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => return refused("an old spreadsheet"),
            [0x1f, 0x8b, ..] => return refused("a gzip archive"),
            [b'%', b'P', b'D', b'F', ..] => return refused("a PDF"),
            [0xef, 0xbb, 0xbf, ..] => (None, 3),
            [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
            [a, 0, ..] if *a != 0 => (Some(UTF_16LE), 0),
            [0, b, ..] if *b != 0 => (Some(UTF_16BE), 0),
            _ => (None, 0),
        };
        *self = match encoding {
            Some(encoding) => Self::Utf16(Box::new(encoding.new_decoder_without_bom_handling())),
            None => Self::AsItIs,
        };
        Ok(mark)
    }
}

/// A cell as text: UTF-8, and what is not UTF-8 is Windows-1252, as Western spreadsheets write it.
pub(super) fn cell(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| {
        WINDOWS_1252
            .decode_without_bom_handling(e.as_bytes())
            .0
            .into_owned()
    })
}
