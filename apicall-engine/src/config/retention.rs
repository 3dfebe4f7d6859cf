//! `[retention]`: how long what is over is kept.

use super::{Fault, within};
use serde::Deserialize;
use std::path::PathBuf;

/// A hundred years.
const LONGEST_DAYS: u64 = 36_500;

/// `[retention]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retention {
    /// Days after its end that a call goes; never when absent.
    pub calls_days: Option<u32>,
    /// Days after its end that a call's timeline goes; with the call when absent.
    pub timelines_days: Option<u32>,
    /// The directory of files to which what goes is written before.
    pub export: Option<PathBuf>,
}

impl Retention {
    pub(super) fn check(&self) -> Result<(), Fault> {
        for (key, days) in [
            ("retention.calls_days", self.calls_days),
            ("retention.timelines_days", self.timelines_days),
        ] {
            within(key, days.map_or(1, u64::from), 1, LONGEST_DAYS)?;
        }
        if let (Some(calls), Some(timelines)) = (self.calls_days, self.timelines_days)
            && timelines > calls
        {
            let remedy = format!(
                "{timelines} is more than retention.calls_days, {calls}, and timelines go with their calls; use {calls} or less"
            );
            return Err(Fault::new("retention.timelines_days", remedy));
        }
        if self.export.is_some() && self.calls_days.is_none() && self.timelines_days.is_none() {
            let remedy =
                "nothing is ever removed, so nothing is written there; set calls_days or timelines_days";
            return Err(Fault::new("retention.export", remedy.to_owned()));
        }
        Ok(())
    }
}
