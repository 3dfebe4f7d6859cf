//! Emulated switches: beside the engine in its own process, for a `[[switch]]` of kind `emulator`.

use crate::config::Switch;
use apicall_core::emulator::asterisk;
use apicall_core::switch::asterisk::AsteriskConfig;
use rand::RngExt;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

/// The manager user of an emulated switch.
const USER: &str = "apicall";

/// Starts an emulated switch on a port of the system's choice; what the adapter has to know to drive it.
pub(crate) async fn beside(
    switch: &Switch,
    token_key: Vec<u8>,
    shutdown: CancellationToken,
) -> anyhow::Result<AsteriskConfig> {
    let drawn: u128 = rand::rng().random();
    let secret = SecretString::from(format!("{drawn:032x}"));
    let mut config = asterisk::Config::new(USER, secret.clone());
    config.seed = switch.seed.unwrap_or(config.seed);
    let emulator = asterisk::start(config, shutdown).await?;
    tracing::info!(switch = %switch.name, ami = %emulator.ami(), "emulating an Asterisk");
    Ok(switch.adapter_of_emulator(token_key, emulator.ami(), (USER, secret))?)
}
