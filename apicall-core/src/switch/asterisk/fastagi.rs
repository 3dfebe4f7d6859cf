//! The FastAGI server: Asterisk connects for every answered call, and for every visitor from its dialplan.
//!
//! FastAGI has no authentication. Only allowed addresses are listened to, a call of ours proves itself by its token, and
//! everything has a deadline.

use super::config::AsteriskConfig;
use super::leg::AgiLeg;
use super::second_leg::SecondLegs;
use super::token;
use crate::model::ProjectId;
use crate::switch::door::{Door, Guest};
use crate::switch::visitor::international;
use crate::switch::{Event, News, Visitor};
use crate::wire::agi::{Decoder, Inbound};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;

/// Serves until shutdown. A session lives on with its leg.
pub(super) async fn serve(
    door: Door,
    config: Arc<AsteriskConfig>,
    second_legs: Arc<SecondLegs>,
    events: mpsc::UnboundedSender<Event>,
    shutdown: CancellationToken,
) {
    let accepting = async {
        loop {
            greet(door.admit().await, (&config, &second_legs), &events);
        }
    };
    shutdown.run_until_cancelled(accepting).await;
}

fn greet(
    guest: Guest,
    (config, second_legs): (&Arc<AsteriskConfig>, &Arc<SecondLegs>),
    events: &mpsc::UnboundedSender<Event>,
) {
    let Guest { stream, from, seat } = guest;
    let (config, second_legs, events) = (config.clone(), second_legs.clone(), events.clone());
    tokio::spawn(async move {
        let handed = hand_over(stream, seat, &config, second_legs);
        match tokio::time::timeout(config.timing.environment, handed).await {
            Ok(Ok(news)) => {
                let _ = events.send(Event {
                    switch: config.name.clone(),
                    news,
                });
            }
            Ok(Err(reason)) => tracing::warn!(%from, reason, "closed a FastAGI connection"),
            Err(_) => tracing::warn!(%from, "closed a FastAGI connection that sent no environment in time"),
        }
    });
}

/// Reads the environment and finds out whose session it is.
async fn hand_over(
    mut stream: TcpStream,
    seat: OwnedSemaphorePermit,
    config: &AsteriskConfig,
    second_legs: Arc<SecondLegs>,
) -> Result<News, &'static str> {
    stream.set_nodelay(true).map_err(|_| "the connection broke")?;
    let mut decoder = Decoder::default();
    let environment = read_environment(&mut stream, &mut decoder).await?;
    let find = |name: &str| {
        environment
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let script = find("network_script").unwrap_or_default();
    let argument = find("arg_1").unwrap_or_default().to_owned();
    let caller = find("callerid").and_then(international);
    let channel = find("uniqueid").unwrap_or_default().to_owned();
    let mut leg = AgiLeg::new(stream, decoder, config, (channel, second_legs), seat);
    if let Some(call) = token::verify(&config.token_key, script) {
        return Ok(News::Leg {
            call,
            leg: Box::new(leg),
        });
    }
    if script.starts_with("call/") {
        return Err("a call's session without its right token");
    }
    let Ok(project) = argument.parse::<ProjectId>() else {
        return Err("neither a call of ours nor a project id as first argument");
    };
    let trunk = leg
        .variable("APICALL_TRUNK")
        .await
        .and_then(|name| name.parse().ok());
    let prefix = leg.variable("APICALL_PREFIX").await;
    Ok(News::Visitor(Box::new(Visitor {
        project,
        number: caller,
        trunk,
        prefix,
        leg: Box::new(leg),
    })))
}

async fn read_environment(
    stream: &mut TcpStream,
    decoder: &mut Decoder,
) -> Result<Vec<(String, String)>, &'static str> {
    let mut input = [0; 4096];
    loop {
        match decoder.poll().map(|message| message.item) {
            Some(Ok(Inbound::Environment(variables))) => return Ok(variables),
            Some(Ok(_)) => return Err("a message before the environment"),
            Some(Err(malformed)) => return Err(malformed.reason),
            None => match stream.read(&mut input).await {
                Ok(count) if count > 0 => decoder.feed(&input[..count]),
                _ => return Err("the connection broke"),
            },
        }
    }
}
