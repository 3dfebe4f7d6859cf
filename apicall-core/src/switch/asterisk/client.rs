//! The task that owns the AMI connection: it connects again and again, passes commands on and events up.

use super::config::{AsteriskConfig, OriginateBy};
use super::second_leg::SecondLegs;
use super::session::Session;
use super::spool;
use super::tracker::{Order, Tracker};
use crate::model::CallId;
use crate::switch::hangups::Hangups;
use crate::switch::reporter::Reporter;
use crate::switch::socket::{Backoff, Broken, now, sleep_until};
use crate::switch::{Command, Event, Originate};
use crate::wire::InvalidValue;
use crate::wire::ami::{Action, Block, Message};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Runs until shutdown.
pub(super) async fn run(
    config: Arc<AsteriskConfig>,
    second_legs: Arc<SecondLegs>,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<Event>,
    shutdown: CancellationToken,
) {
    let (spooled, spool_results) = mpsc::unbounded_channel();
    let spool = match &config.originate {
        OriginateBy::Spool { dir } => Some(spool::start(dir.clone(), spooled)),
        OriginateBy::Ami => None,
    };
    let mut client = Client {
        reporter: Reporter::new(config.name.clone(), events),
        config,
        second_legs,
        commands,
        tracker: Tracker::default(),
        hangups: Hangups::default(),
        spool,
        spool_results,
    };
    shutdown.run_until_cancelled(client.stay_connected()).await;
}

struct Client {
    config: Arc<AsteriskConfig>,
    second_legs: Arc<SecondLegs>,
    commands: mpsc::UnboundedReceiver<Command>,
    reporter: Reporter,
    tracker: Tracker,
    hangups: Hangups,
    spool: Option<mpsc::UnboundedSender<spool::Job>>,
    spool_results: mpsc::UnboundedReceiver<(CallId, String)>,
}

impl Client {
    async fn stay_connected(&mut self) {
        let mut backoff = Backoff::new(self.config.timing);
        loop {
            let reason = match self.connect().await {
                Ok(mut session) => {
                    backoff.reset();
                    self.converse(&mut session).await
                }
                Err(reason) => reason,
            };
            self.reporter.down(reason);
            self.without_session(tokio::time::sleep(backoff.pause())).await;
        }
    }

    async fn connect(&mut self) -> Result<Session, Broken> {
        let config = self.config.clone();
        let opening = Session::open(&config.ami, &config.user, &config.secret, config.timing);
        self.without_session(opening).await
    }

    /// Waits for something; commands that come meanwhile find the switch down.
    async fn without_session<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        tokio::pin!(awaited);
        loop {
            tokio::select! {
                done = &mut awaited => return done,
                Some(command) = self.commands.recv() => self.refuse(command),
            }
        }
    }

    fn refuse(&mut self, command: Command) {
        match command {
            Command::Originate(originate) => self.reporter.never_tried(originate.call, "the switch is down"),
            Command::Forget(call) => self.tracker.forget(call),
            Command::Adopt(call) => self.tracker.adopt(call),
            // Done when the switch is back and still has it.
            Command::Hangup(call) => self.tracker.unwanted(call),
        }
        for order in self.tracker.orders() {
            if let Order::Withdraw(call) = order {
                self.spool(spool::Job::Withdraw(call));
            }
        }
        self.pass_on();
    }

    /// Lists the calls, then passes everything on until the connection breaks.
    async fn converse(&mut self, session: &mut Session) -> Broken {
        let list = session.draw_id();
        match Action::new("CoreShowChannels", &list) {
            Ok(action) => session.send(&action, &list),
            Err(error) => return error.to_string(),
        }
        self.tracker.begin_list();
        let list_due = Some(now() + self.config.timing.reply);
        let mut listing = Some(list);
        loop {
            while let Some(message) = session.poll() {
                if let Err(reason) = self.take(&message, &mut listing, session) {
                    return reason;
                }
            }
            self.expire(session);
            self.carry_out(session);
            self.pass_on();
            if listing.is_none()
                && let Some(reactions) = session.socket.reactions()
            {
                self.reporter.reacted(reactions);
            }
            let list_due = list_due.filter(|_| listing.is_some());
            if list_due.is_some_and(|at| at <= now()) {
                return "Asterisk did not list its channels in time".to_owned();
            }
            let report_due = session.socket.report_due().filter(|_| listing.is_none());
            let due = [self.next_due(), list_due, report_due]
                .into_iter()
                .flatten()
                .min();
            let moved = tokio::select! {
                biased;
                // First, as an originate is to leave when its turn is; the limits bound how many there are.
                Some(command) = self.commands.recv(), if listing.is_none() => {
                    self.obey(command, session);
                    Ok(())
                }
                moved = session.move_bytes() => moved,
                Some((call, why)) = self.spool_results.recv() => {
                    self.tracker.refused(call, &why);
                    Ok(())
                }
                () = sleep_until(due) => Ok(()),
            };
            if let Err(reason) = moved {
                return reason;
            }
        }
    }

    fn take(
        &mut self,
        message: &Message,
        listing: &mut Option<String>,
        session: &mut Session,
    ) -> Result<(), Broken> {
        match message {
            Message::Response(response)
                if response.name() == "Error" && response.find("ActionID") == listing.as_deref() =>
            {
                let said = response.find("Message").unwrap_or("no reason given");
                return Err(format!(
                    "Asterisk does not list its channels: {said}; give the user write permission `system,reporting`"
                ));
            }
            Message::Event(event) if event.name() == "CoreShowChannel" => self.tracker.list(event),
            Message::Event(event) if event.name() == "CoreShowChannelsComplete" => {
                if event.find("ActionID") == listing.as_deref() {
                    *listing = None;
                    let live = self.tracker.end_list();
                    self.reporter.up(live);
                }
            }
            Message::Event(event) => {
                if let Some(channel) = answered_second_leg(event) {
                    self.second_legs.answered(channel, now());
                }
                self.tracker.event(event, now());
            }
            Message::Response(response) => {
                let id = response.find("ActionID").unwrap_or_default();
                if id.parse::<CallId>().is_ok() {
                    session.socket.originated();
                }
                self.responded(response, id);
            }
            Message::Banner(_) | Message::Action(_) | Message::Other(_) => {}
        }
        Ok(())
    }

    /// Only refusals matter: of an originate, and of a hang-up that came before its channel.
    fn responded(&mut self, response: &Block, id: &str) {
        if response.name() != "Error" {
            return;
        }
        let said = response.find("Message").unwrap_or("no reason given");
        if let Some(call) = id.strip_prefix("hangup-").and_then(|call| call.parse().ok()) {
            if self.tracker.follows(call) {
                self.hangups.too_early(call, now());
            }
        } else if let Ok(call) = id.parse() {
            let remedy = missing_permission(said);
            self.tracker
                .refused(call, &format!("Originate refused: {said}{remedy}"));
        }
    }

    fn obey(&mut self, command: Command, session: &mut Session) {
        match command {
            Command::Originate(originate) => self.originate(&originate, session),
            Command::Hangup(call) => {
                self.tracker.unwanted(call);
                self.hang_up(call, session);
            }
            Command::Adopt(call) => self.tracker.adopt(call),
            Command::Forget(call) => self.tracker.forget(call),
        }
    }

    fn originate(&mut self, originate: &Originate, session: &mut Session) {
        let call = originate.call;
        let placed = match &self.config.originate {
            OriginateBy::Ami => action(originate, &self.config).map(|action| {
                self.tracker.originated(call, None);
                session.send(&action, &call.to_string());
            }),
            OriginateBy::Spool { .. } => spool::file(originate, &self.config).map(|file| {
                let give_up_at = now() + originate.ring_timeout + spool::SILENCE;
                self.tracker.originated(call, Some(give_up_at));
                self.spool(spool::Job::Submit(call, file));
            }),
        };
        if let Err(invalid) = placed {
            self.reporter.never_tried(call, &invalid.to_string());
        }
    }

    fn hang_up(&mut self, call: CallId, session: &mut Session) {
        let channel = self.tracker.channel(call);
        let id = format!("hangup-{call}");
        let action = Action::new("Hangup", &id)
            .and_then(|action| action.header("Channel", &channel)?.header("Cause", "16"));
        match action {
            Ok(action) => session.send(&action, &id),
            Err(error) => tracing::error!(%error, "a channel's name cannot be sent"),
        }
    }

    /// Does what the tracker asks for.
    fn carry_out(&mut self, session: &mut Session) {
        for order in self.tracker.orders() {
            match order {
                Order::HangUp(call) => self.hang_up(call, session),
                Order::Withdraw(call) => self.spool(spool::Job::Withdraw(call)),
            }
        }
    }

    fn spool(&self, job: spool::Job) {
        if let Some(spool) = &self.spool {
            // The spool's thread outlives this task.
            let _ = spool.send(job);
        }
    }

    fn expire(&mut self, session: &mut Session) {
        let now = now();
        self.tracker.expire(now);
        for call in self.hangups.due(now, |call| self.tracker.follows(call)) {
            self.hang_up(call, session);
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let due = [self.tracker.next_due(), self.hangups.next_due()];
        due.into_iter().flatten().min()
    }

    fn pass_on(&mut self) {
        for (call, sign) in self.tracker.told() {
            self.reporter.sign(call, sign);
        }
    }
}

/// The AMI action of an originate. Its channel gets the call's id, so that every event carries it.
fn action(originate: &Originate, config: &AsteriskConfig) -> Result<Action, InvalidValue> {
    let call = originate.call.to_string();
    let mut action = Action::new("Originate", &call)?
        .header(
            "Channel",
            &config.dial.channel(&originate.number, &originate.way)?,
        )?
        .header("ChannelId", &call)?
        .header("Async", "true")?
        .header("Timeout", &originate.ring_timeout.as_millis().to_string())?
        .header("Application", "AGI")?
        .header("Data", &spool::agi_url(config, originate.call))?;
    if let Some(caller_id) = &originate.caller_id {
        action = action.header("CallerID", caller_id.as_str())?;
    }
    for (name, value) in spool::variables(originate) {
        action = action.variable(&name, &value)?;
    }
    Ok(action)
}

/// What a user who may not originate is to be given.
fn missing_permission(said: &str) -> &'static str {
    if said.starts_with("Permission denied") {
        "; give the user write permission `originate`"
    } else if said.starts_with("Originate Access Forbidden") {
        "; give the user write permission `system`, which an AGI needs"
    } else {
        ""
    }
}

/// The channel whose transfer was answered: a dial with a caller is a transfer's.
fn answered_second_leg(event: &Block) -> Option<&str> {
    let answered = event.name() == "DialEnd" && event.find("DialStatus") == Some("ANSWER");
    event.find("Uniqueid").filter(|_| answered)
}
