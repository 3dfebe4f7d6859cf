//! A list as a machine: bytes in, rows out. It knows no source and never waits.

use super::detect::{self, Layout, SAMPLE_BYTES};
use super::rows::Rows;
use super::text::Encoding;
use super::{ImportError, ImportSettings, Row};

#[derive(Debug)]
pub(super) struct List {
    settings: ImportSettings,
    encoding: Encoding,
    rows: Rows,
    layout: Option<Layout>,
    /// Rows to pass over before the first contact.
    skip: usize,
}

impl List {
    pub(super) fn new(settings: ImportSettings) -> Self {
        let rows = Rows::new(settings.delimiter.unwrap_or(b','));
        Self {
            settings,
            encoding: Encoding::Undecided(Vec::new()),
            rows,
            layout: None,
            skip: 0,
        }
    }

    /// Takes the next bytes of the file, in chunks of any size.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        self.encoding.decode(bytes, false, self.rows.inlet())?;
        if self.layout.is_none() && self.rows.pending().len() >= SAMPLE_BYTES {
            self.lay_out(false)?;
        }
        Ok(())
    }

    /// The file is complete.
    pub(super) fn finish(&mut self) -> Result<(), ImportError> {
        self.encoding.decode(&[], true, self.rows.inlet())?;
        self.rows.end();
        if self.layout.is_none() {
            self.lay_out(true)?;
        }
        Ok(())
    }

    /// The next row; `None` when more has to be fed first, or nothing is left.
    pub(super) fn next(&mut self) -> Option<Row> {
        let layout = self.layout.as_ref()?;
        loop {
            let raw = self.rows.next()?;
            if self.skip == 0 {
                return Some(layout.columns.read(raw, self.settings.country));
            }
            self.skip -= 1;
        }
    }

    /// How the file is read; known once a sample of it or all of it was fed.
    pub(super) fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.rows.pending().len()
    }

    fn lay_out(&mut self, is_whole: bool) -> Result<(), ImportError> {
        let pending = self.rows.pending();
        let layout = detect::layout(
            &pending[..pending.len().min(SAMPLE_BYTES)],
            is_whole,
            &self.settings,
        )?;
        self.rows.set_delimiter(layout.delimiter);
        self.skip = layout.skip;
        self.layout = Some(layout);
        Ok(())
    }
}
