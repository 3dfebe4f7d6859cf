//! `[[switch]]` of kind `freeswitch`.

use super::{Fault, Switch};
use crate::config::switch::{Originate, near};
use apicall_core::switch::Supply;
use apicall_core::switch::freeswitch::{AudioConfig, FreeSwitchConfig, Timing, VisitorsConfig};
use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Should the engine be gone, FreeSWITCH ends a call by itself: later than any project does.
const LONGEST_CALL: Duration = Duration::from_secs(14_700);

impl Switch {
    pub(super) fn check_freeswitch(&self) -> Result<(), Fault> {
        let config = self.adapter_of_freeswitch()?;
        for (key, given) in [
            ("ami", self.ami.is_some()),
            ("secret", self.secret.is_some()),
            ("agi_listen", self.agi_listen.is_some()),
            ("agi_url", self.agi_url.is_some()),
            ("agi_allow", !self.agi_allow.is_empty()),
            ("spool_dir", self.spool_dir.is_some()),
            ("originate", self.originate != Originate::Ami),
            ("callees", self.callees.is_some()),
            ("seed", self.seed.is_some()),
            ("pbx", self.pbx.is_some()),
        ] {
            if given {
                return Err(self.fault(
                    key,
                    "is not of a FreeSWITCH, which has esl and password; remove it",
                ));
            }
        }
        let (host, port) = config.esl.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || port.parse::<u16>().is_err() {
            let remedy = format!("`{}`: write it as host:port, as in 127.0.0.1:8021", config.esl);
            return Err(self.fault("esl", &remedy));
        }
        let one_line = |text: &str| !text.is_empty() && !text.contains(char::is_control);
        if !one_line(config.password.expose_secret()) {
            let remedy = "is empty, or not one line; give what event_socket.conf.xml has";
            return Err(self.fault("password", remedy));
        }
        let user = |user: &str| one_line(user) && !user.contains([':', ' ']);
        if !config.user.as_deref().is_none_or(user) {
            let remedy = "is not a user of the directory; write name or name@domain, or remove it";
            return Err(self.fault("user", remedy));
        }
        let plain = |dir: &str| one_line(dir) && !dir.contains([' ', '\'', '$']);
        for (key, dir) in [("sounds", &self.sounds), ("recordings", &self.recordings)] {
            if !dir.as_deref().is_none_or(plain) {
                return Err(self.fault(key, "is not a directory without spaces, quotes and `$`"));
            }
        }
        Ok(())
    }

    /// Refuses what only a FreeSWITCH has.
    pub(super) fn refuse_freeswitch_keys(&self) -> Result<(), Fault> {
        for (key, given) in [
            ("esl", self.esl.is_some()),
            ("password", self.password.is_some()),
            ("sounds", self.sounds.is_some()),
            ("recordings", self.recordings.is_some()),
            ("audio_address", self.audio_address.is_some()),
            ("audio_ports", self.audio_ports.is_some()),
            ("visitors_listen", self.visitors_listen.is_some()),
            ("visitors_allow", !self.visitors_allow.is_empty()),
        ] {
            if given {
                return Err(self.fault(key, "is of a FreeSWITCH; remove it, or use kind = \"freeswitch\""));
            }
        }
        Ok(())
    }

    /// What the adapter is told of an emulated one, which is reached at that address.
    pub(crate) fn adapter_of_emulated_freeswitch(
        &self,
        esl: SocketAddr,
        password: SecretString,
    ) -> Result<FreeSwitchConfig, Fault> {
        Ok(FreeSwitchConfig {
            name: self.name.clone(),
            esl: esl.to_string(),
            user: None,
            password,
            dial: self.template()?,
            sounds: String::new(),
            // It writes nothing; but where to has to be said.
            supply: Supply::default(),
            recordings: Some("recordings".to_owned()),
            audio: AudioConfig::default(),
            visitors: None,
            longest_call: LONGEST_CALL,
            timing: Timing::default(),
        })
    }

    /// What the adapter is told of a FreeSWITCH.
    pub(crate) fn adapter_of_freeswitch(&self) -> Result<FreeSwitchConfig, Fault> {
        Ok(FreeSwitchConfig {
            name: self.name.clone(),
            esl: self.given("esl", self.esl.as_ref())?,
            user: self.user.clone(),
            password: self.given("password", self.password.as_ref())?,
            dial: self.template()?,
            sounds: self.sounds.clone().unwrap_or_default(),
            supply: Supply::default(),
            recordings: self.recordings.clone(),
            audio: AudioConfig {
                address: self.audio_address,
                ports: self.audio_ports()?,
            },
            visitors: self.visitors()?,
            longest_call: LONGEST_CALL,
            timing: Timing::default(),
        })
    }

    /// Where it hands channels over; from itself and loopback, when nothing is said.
    fn visitors(&self) -> Result<Option<VisitorsConfig>, Fault> {
        let allow = self.visitors_allow.clone();
        let Some(listen) = self.visitors_listen else {
            return if allow.is_empty() {
                Ok(None)
            } else {
                let remedy = "is of no use without visitors_listen; set that, or remove it";
                Err(self.fault("visitors_allow", remedy))
            };
        };
        let esl = self.given("esl", self.esl.as_ref())?;
        let allow = if allow.is_empty() { near(&esl) } else { allow };
        Ok(Some(VisitorsConfig { listen, allow }))
    }

    fn audio_ports(&self) -> Result<Option<RangeInclusive<u16>>, Fault> {
        let Some(text) = &self.audio_ports else {
            return Ok(None);
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) if (1..=last).contains(&first) => Ok(Some(first..=last)),
            _ => {
                let remedy = format!("`{text}`: write it as first-last, as in 40000-44999");
                Err(self.fault("audio_ports", &remedy))
            }
        }
    }
}
