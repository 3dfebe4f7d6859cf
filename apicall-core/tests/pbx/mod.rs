//! Both emulated PBXs, each with the real adapter before it.

use apicall_core::emulator::{Callees, Emulator};
use apicall_core::emulator::{asterisk as emulated_asterisk, freeswitch as emulated_freeswitch};
use apicall_core::switch::asterisk::{AsteriskConfig, OriginateBy};
use apicall_core::switch::freeswitch::{AudioConfig, FreeSwitchConfig, Timing};
use apicall_core::switch::{Event, Supply, Switch, asterisk, freeswitch};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

/// The name of the switch, whichever it is.
pub(crate) const NAME: &str = "here";
/// What the PBX knows; an adapter may be given another.
pub(crate) const SECRET: &str = "secret";

/// Which adapter is tried against which PBX.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pbx {
    Asterisk,
    FreeSwitch,
}

impl Pbx {
    /// Starts one with these callees.
    pub(crate) async fn emulate(self, callees: Callees, shutdown: &CancellationToken) -> Emulator {
        let secret = SECRET.to_owned().into();
        let started = match self {
            Self::Asterisk => {
                let mut config = emulated_asterisk::Config::new("apicall", secret);
                config.callees = callees;
                emulated_asterisk::start(config, shutdown.clone()).await
            }
            Self::FreeSwitch => {
                let mut config = emulated_freeswitch::Config::new(secret);
                config.callees = callees;
                emulated_freeswitch::start(config, shutdown.clone()).await
            }
        };
        started.unwrap()
    }

    /// Starts the adapter for the one at that address.
    pub(crate) async fn drive(
        self,
        address: SocketAddr,
        secret: &str,
        timing: Timing,
        events: UnboundedSender<Event>,
        shutdown: &CancellationToken,
    ) -> Switch {
        match self {
            Self::Asterisk => {
                let config = asterisk_at(address, secret, timing);
                asterisk::start(config, events, shutdown.clone()).await.unwrap()
            }
            Self::FreeSwitch => {
                let config = freeswitch_at(address, secret, timing);
                freeswitch::start(config, events, shutdown.clone()).unwrap()
            }
        }
    }
}

fn asterisk_at(address: SocketAddr, secret: &str, timing: Timing) -> AsteriskConfig {
    AsteriskConfig {
        name: NAME.parse().unwrap(),
        ami: address.to_string(),
        user: "apicall".to_owned(),
        secret: secret.to_owned().into(),
        agi_listen: "127.0.0.1:0".parse().unwrap(),
        agi_url: String::new(),
        agi_allow: vec!["127.0.0.0/8".parse().unwrap()],
        originate: OriginateBy::Ami,
        dial: "PJSIP/{number}@{trunk}".parse().unwrap(),
        supply: Supply::default(),
        token_key: b"key".to_vec(),
        timing,
    }
}

pub(crate) fn freeswitch_at(address: SocketAddr, password: &str, timing: Timing) -> FreeSwitchConfig {
    FreeSwitchConfig {
        name: NAME.parse().unwrap(),
        esl: address.to_string(),
        user: None,
        password: password.to_owned().into(),
        dial: "sofia/gateway/{trunk}/{number}".parse().unwrap(),
        sounds: String::new(),
        supply: Supply::default(),
        recordings: None,
        audio: AudioConfig::default(),
        visitors: None,
        longest_call: Duration::from_secs(14_700),
        timing,
    }
}
