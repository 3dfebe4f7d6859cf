//! What the adapter needs to know of an Asterisk.

use crate::model::SwitchName;
use crate::switch::{DialTemplate, Supply, Timing};
use ipnet::IpNet;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// One Asterisk.
#[derive(Debug, Clone)]
pub struct AsteriskConfig {
    /// Its name.
    pub name: SwitchName,
    /// Where its manager listens, `host:port`.
    pub ami: String,
    /// The manager user. It needs read `call,system` and write `originate,call,system,reporting`.
    pub user: String,
    /// That user's secret.
    pub secret: SecretString,
    /// Where our FastAGI server listens.
    pub agi_listen: SocketAddr,
    /// How Asterisk reaches it: `agi://host:port`. Of no account with port 0, when the address that is listened on is
    /// told.
    pub agi_url: String,
    /// Who may connect to it.
    pub agi_allow: Vec<IpNet>,
    /// How calls are placed.
    pub originate: OriginateBy,
    /// How a number becomes a channel.
    pub dial: DialTemplate,
    /// How uploaded audio reaches it.
    pub supply: Supply,
    /// Key of the tokens in the URLs handed to Asterisk; the same after a restart.
    pub token_key: Vec<u8>,
    /// Deadlines.
    pub timing: Timing,
}

/// How calls are placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginateBy {
    /// By the AMI action.
    Ami,
    /// By a file in Asterisk's spool.
    Spool {
        /// The spool, usually `/var/spool/asterisk/outgoing`. Files are written in `apicall-staging` beside it.
        dir: PathBuf,
    },
}

/// Whole seconds to ring: Asterisk takes no fraction, and zero as its default.
pub(super) fn ring_s(ring_timeout: Duration) -> u64 {
    ring_timeout
        .as_millis()
        .div_ceil(1000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}
