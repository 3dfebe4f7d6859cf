//! `[audio]`, and what a `[[switch]]` says of it.

use super::{Config, Fault, Kind, Switch};
use std::path::PathBuf;

impl Config {
    /// Where a switch sees the directory of audio.
    pub(crate) fn audio_seen_by(&self, switch: &Switch) -> PathBuf {
        let own = || std::path::absolute(&self.audio.dir).unwrap_or_else(|_| self.audio.dir.clone());
        switch.audio_dir.clone().map_or_else(own, PathBuf::from)
    }

    /// Refuses what leads a switch to no audio.
    pub(super) fn check_audio(&self, switch: &Switch) -> Result<(), Fault> {
        let given = [("audio_dir", &switch.audio_dir), ("audio_url", &switch.audio_url)];
        for (key, value) in given {
            if switch.is_emulated() && value.is_some() {
                return Err(switch.fault(
                    key,
                    "is of no use to an emulated switch, which has every sound; remove it",
                ));
            }
        }
        if switch.audio_dir.is_some() && switch.audio_url.is_some() {
            return Err(switch.fault(
                "audio_url",
                "is given beside audio_dir; a switch gets audio by one of them",
            ));
        }
        if let Some(dir) = &switch.audio_dir
            && (!dir.starts_with('/') || dir.contains(char::is_control))
        {
            return Err(switch.fault(
                "audio_dir",
                &format!("`{dir}`: write it from `/`, as the switch sees it"),
            ));
        }
        if let Some(url) = &switch.audio_url {
            let rest = ["http://", "https://"]
                .iter()
                .find_map(|scheme| url.strip_prefix(scheme));
            let plain = |c: char| c.is_ascii_graphic() && !"?#'\"$,|".contains(c);
            if !rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(plain))
            {
                let remedy =
                    format!("`{url}`: write it as http://host:port, as the switch reaches this engine");
                return Err(switch.fault("audio_url", &remedy));
            }
        }
        let seen = self.audio_seen_by(switch);
        if switch.kind == Kind::FreeSwitch
            && switch.audio_url.is_none()
            && seen.to_string_lossy().contains([' ', '\'', '$'])
        {
            let remedy = format!(
                "`{}` has spaces, quotes or `$`, which FreeSWITCH does not take; name another, or give audio_url",
                seen.display()
            );
            return Err(switch.fault("audio_dir", &remedy));
        }
        Ok(())
    }
}
