//! Visitors: channels that FreeSWITCH's dialplan hands over by its application `socket`, each over a connection of its
//! own. `docs/decisions/0012-visitors-of-freeswitch.md` has the alternatives.
//!
//! While the connection lives the channel is parked, and it is driven over it as a call of ours is. When the connection
//! ends, for whatever reason, the channel goes on in its dialplan: that is what `resume` asks for, and what the
//! dialplan's `socket_resume` makes sure of before we have said a word.
//!
//! Deliberately absent: when a flow is over, and what is kept of it.

use super::config::FreeSwitchConfig;
use super::connection::{Connection, Heard, in_words};
use super::leg::{EslLeg, LegNews, LegOrder};
use super::listen::Ears;
use super::originate::FOR_A_FLOW;
use crate::model::{CallId, PhoneNumber, ProjectId, TrunkName};
use crate::switch::attempt::AT_ONCE;
use crate::switch::door::{Door, Guest};
use crate::switch::socket::Broken;
use crate::switch::visitor::international;
use crate::switch::{Event, News, Visitor};
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Format, Frame, is_refusal};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a leg hears of.
const EVENTS: [&str; 3] = ["CHANNEL_BRIDGE", "CHANNEL_EXECUTE_COMPLETE", "DTMF"];
/// The number of what is sent for no leg; those of a leg begin with 1.
const FOR_NOBODY: u64 = 0;

/// Who receives them.
#[derive(Debug, Clone)]
pub(super) struct Host {
    config: Arc<FreeSwitchConfig>,
    ears: Ears,
    events: mpsc::UnboundedSender<Event>,
}

impl Host {
    pub(super) fn new(
        config: Arc<FreeSwitchConfig>,
        ears: Ears,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        Self { config, ears, events }
    }

    /// Serves until shutdown. A visit lives on with its leg.
    pub(super) async fn serve(self, door: Door, shutdown: CancellationToken) {
        let admitting = async {
            loop {
                let guest = door.admit().await;
                tokio::spawn(self.clone().receive(guest));
            }
        };
        shutdown.run_until_cancelled(admitting).await;
    }

    async fn receive(self, guest: Guest) {
        let Guest { stream, from, seat } = guest;
        let timing = self.config.timing;
        let welcoming = async {
            let mut connection = Connection::over(stream, timing)?;
            let channel = welcome(&mut connection).await?;
            Ok::<_, Broken>((connection, channel))
        };
        let (connection, channel) = match tokio::time::timeout(timing.environment, welcoming).await {
            Ok(Ok(both)) => both,
            Ok(Err(reason)) => {
                return tracing::warn!(%from, reason, "let a visitor go on in its dialplan");
            }
            Err(_) => {
                return tracing::warn!(%from, "closed a visitor's connection that said too little in time");
            }
        };
        let (tell, news) = mpsc::unbounded_channel();
        let (orders, asked) = mpsc::unbounded_channel();
        let ears = self.ears.at(connection.own_address());
        // Its connection serves nobody else: any name will do.
        let leg = EslLeg::new(CallId::draw(), orders, news, self.config.clone(), ears);
        let visit = Visit {
            connection,
            tell,
            asked,
            restored: channel.restored,
        };
        let leg = leg.visiting(channel.uuid, channel.answered);
        let news = News::Visitor(Box::new(Visitor {
            project: channel.project,
            number: channel.number,
            trunk: channel.trunk,
            prefix: channel.prefix,
            leg: Box::new(leg),
        }));
        let switch = self.config.name.clone();
        // The dialer is only gone when the process is about to be.
        let _ = self.events.send(Event { switch, news });
        visit.last().await;
        drop(seat);
    }
}

/// What its channel says of a visitor.
#[derive(Debug)]
struct Channel {
    uuid: String,
    answered: bool,
    project: ProjectId,
    number: Option<PhoneNumber>,
    trunk: Option<TrunkName>,
    prefix: Option<String>,
    /// What gives the channel its own variables back.
    restored: Vec<Command>,
}

/// Finds out who comes, and has the channel ready for its flow.
async fn welcome(connection: &mut Connection<u64>) -> Result<Channel, Broken> {
    let data = connection.ask_for_all(&Command::new("connect")).await?;
    done(connection, &Command::new("resume")).await?;
    let channel = Channel::of(&data)?;
    for command in prepared(&channel.uuid).map_err(in_words)? {
        done(connection, &command).await?;
    }
    Ok(channel)
}

/// What a flow needs of the channel; events last, because none may come before there is a leg to hear them.
fn prepared(uuid: &str) -> Result<Vec<Command>, InvalidValue> {
    let variables = FOR_A_FLOW.map(|(name, value)| set(uuid, name, Some(value)));
    let events = [
        Command::filter("Unique-ID", uuid),
        Command::events(Format::Plain, EVENTS),
    ];
    variables.into_iter().chain(events).collect()
}

async fn done(connection: &mut Connection<u64>, command: &Command) -> Result<(), Broken> {
    let said = connection.ask(command).await?;
    if is_refusal(&said) {
        return Err(format!("FreeSWITCH refuses what a visit needs: {}", said.trim()));
    }
    Ok(())
}

fn set(uuid: &str, name: &str, value: Option<&str>) -> Result<Command, InvalidValue> {
    let command = Command::api("uuid_setvar")
        .word("channel", uuid)?
        .word("variable", name)?;
    match value {
        Some(value) => command.quoted("value", value),
        None => Ok(command),
    }
}

impl Channel {
    fn of(data: &Frame) -> Result<Self, Broken> {
        let find = |name: &str| data.headers.find(name);
        let variable = |name: &str| find(&format!("variable_{name}")).filter(|value| !value.is_empty());
        if (find("Socket-Mode"), find("Control")) != (Some("async"), Some("full")) {
            return Err("write the dialplan's action as `socket` with `HOST:PORT async full`".to_owned());
        }
        let uuid = find("Unique-ID")
            .ok_or("a channel without a Unique-ID")?
            .to_owned();
        let project = variable("APICALL_PROYECTO_ID").and_then(|id| id.parse().ok());
        let project = project.ok_or(
            "its channel variable APICALL_PROYECTO_ID is not the id of a project; set it before `socket`",
        )?;
        let restored = FOR_A_FLOW.map(|(name, _)| set(&uuid, name, variable(name)));
        Ok(Self {
            answered: find("Answer-State") == Some("answered"),
            project,
            number: find("Caller-Caller-ID-Number").and_then(international),
            trunk: variable("APICALL_TRUNK").and_then(|name| name.parse().ok()),
            prefix: variable("APICALL_PREFIX").map(str::to_owned),
            restored: restored.into_iter().collect::<Result<_, _>>().map_err(in_words)?,
            uuid,
        })
    }
}

/// A visit under way.
#[derive(Debug)]
struct Visit {
    connection: Connection<u64>,
    /// Where its leg hears, and what it asks.
    tell: mpsc::UnboundedSender<LegNews>,
    asked: mpsc::UnboundedReceiver<(CallId, LegOrder)>,
    /// What is sent last.
    restored: Vec<Command>,
}

impl Visit {
    /// Carries what the leg asks and hears until it lets go, or the connection ends: with the channel, or by itself.
    async fn last(mut self) {
        if let Err(reason) = self.carry().await {
            return tracing::debug!(reason, "a visit ended");
        }
        for command in &self.restored {
            self.connection.send(command, FOR_NOBODY);
        }
        self.connection.send(&Command::exit(), FOR_NOBODY);
        let ending = tokio::time::timeout(AT_ONCE, async {
            while self.hear().is_ok() && self.connection.move_bytes().await.is_ok() {}
        });
        if ending.await.is_err() {
            tracing::warn!("FreeSWITCH did not end a visitor's connection in time; it is closed");
        }
    }

    /// Until the leg lets go.
    async fn carry(&mut self) -> Result<(), Broken> {
        loop {
            self.hear()?;
            tokio::select! {
                moved = self.connection.move_bytes() => moved?,
                asked = self.asked.recv() => match asked {
                    Some((_, LegOrder::Send(id, command))) => self.connection.send(&command, id),
                    Some((_, LegOrder::LetGo)) | None => return Ok(()),
                },
            }
        }
    }

    /// Passes on what has come.
    fn hear(&mut self) -> Result<(), Broken> {
        while let Some(heard) = self.connection.poll()? {
            let news = match heard {
                Heard::Reply(FOR_NOBODY, _) => continue,
                Heard::Reply(id, text) => LegNews::Replied(id, text),
                Heard::Event(event) => LegNews::Event(Box::new(event)),
            };
            // A leg that has let go hears nothing more.
            let _ = self.tell.send(news);
        }
        Ok(())
    }
}
