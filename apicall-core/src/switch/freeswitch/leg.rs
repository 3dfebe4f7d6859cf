//! An answered channel, driven over the event socket: one application at a time, keys heard as events.

mod detect;
mod record;

use super::config::FreeSwitchConfig;
use super::listen::Ears;
use super::originate::{NO_REDIRECT, hang_up_after, ring_s, variable_name};
use super::transfer;
use crate::model::{
    CallId, CallerId, Cause, Digit, DigitSet, LegCommand, LegReply, SoundName, TransferReport,
    TransferStatus, TransferTarget,
};
use crate::switch::attempt::{AT_ONCE, Failure, Keypad, LONGEST_SOUND, Outcome, SLACK, millis};
use crate::switch::{GoneFuture, Leg, LegFuture, WayOut};
use crate::wire::esl::{Command, Event, is_refusal};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// An application that was broken off before it began is broken off again after this.
const BREAK_AGAIN: Duration = Duration::from_millis(500);

/// What a leg asks of the client.
#[derive(Debug)]
pub(super) enum LegOrder {
    /// Send this; its reply carries the number.
    Send(u64, Command),
    /// End the channel; a visitor's goes on in its dialplan.
    LetGo,
}

/// What a leg hears. When no more can come, the channel or the connection is gone.
#[derive(Debug)]
pub(super) enum LegNews {
    /// A reply to what was sent under this number.
    Replied(u64, String),
    /// An event of the channel.
    Event(Box<Event>),
}

/// Whose channel it is.
#[derive(Debug)]
enum Whose {
    /// A call of ours, which is hung up when it is let go.
    Ours,
    /// The dialplan's, which goes on there.
    Visitor {
        /// Applications may run on it before it is answered, but a detection may not.
        answered: bool,
    },
}

/// A parked channel.
#[derive(Debug)]
pub(super) struct EslLeg {
    call: CallId,
    /// Its channel, as FreeSWITCH calls it.
    channel: String,
    whose: Whose,
    orders: mpsc::UnboundedSender<(CallId, LegOrder)>,
    news: mpsc::UnboundedReceiver<LegNews>,
    config: Arc<FreeSwitchConfig>,
    ears: Arc<Ears>,
    way: Option<WayOut>,
    /// How much was sent.
    sent: u64,
    /// Keys that were pressed and not yet asked for.
    keys: VecDeque<Digit>,
    /// When the caller was last connected to somebody.
    bridged_at: Option<Instant>,
    gone: bool,
    /// An application or a detection runs whose end was not awaited: when a command was given up with the flow, the leg
    /// is of no more use.
    unsettled: bool,
}

impl Leg for EslLeg {
    fn leave_by(&mut self, way: WayOut) {
        self.way = Some(way);
    }

    fn execute(&mut self, command: LegCommand) -> LegFuture<'_> {
        Box::pin(async move {
            let reply = match self.listen() {
                Ok(()) => self.carry_out(command).await,
                Err(gone) => Err(gone),
            };
            if let Err(Failure::Gone) = reply {
                self.let_go();
            }
            reply.unwrap_or_else(LegReply::from)
        })
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(async move {
            while self.listen().is_ok() {
                match self.news.recv().await {
                    Some(LegNews::Event(event)) => self.note(&event),
                    Some(LegNews::Replied(..)) => {}
                    None => return,
                }
            }
        })
    }
}

impl Drop for EslLeg {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Keypad for EslLeg {
    async fn wait_for_key(&mut self, timeout: Duration) -> Outcome<Option<Digit>> {
        let until = Instant::now() + timeout;
        loop {
            if let Some(key) = self.keys.pop_front() {
                return Ok(Some(key));
            }
            if self.hear(until).await?.is_none() {
                return Ok(None);
            }
        }
    }
}

impl EslLeg {
    pub(super) fn new(
        call: CallId,
        orders: mpsc::UnboundedSender<(CallId, LegOrder)>,
        news: mpsc::UnboundedReceiver<LegNews>,
        config: Arc<FreeSwitchConfig>,
        ears: Arc<Ears>,
    ) -> Self {
        Self {
            call,
            channel: call.to_string(),
            whose: Whose::Ours,
            orders,
            news,
            config,
            ears,
            way: None,
            sent: 0,
            keys: VecDeque::new(),
            bridged_at: None,
            gone: false,
            unsettled: false,
        }
    }

    /// The leg of a channel that the dialplan handed over.
    pub(super) fn visiting(mut self, channel: String, answered: bool) -> Self {
        self.channel = channel;
        self.whose = Whose::Visitor { answered };
        self
    }

    /// Asks for the channel's end, or lets it go on in its dialplan, once.
    fn let_go(&mut self) {
        if !std::mem::replace(&mut self.gone, true) {
            // The client outlives its legs, or the process ends.
            let _ = self.orders.send((self.call, LegOrder::LetGo));
        }
    }

    /// Takes in what came unasked: keys, and a hang-up while the flow was thinking.
    fn listen(&mut self) -> Outcome<()> {
        loop {
            match self.news.try_recv() {
                Ok(LegNews::Event(event)) => self.note(&event),
                Ok(LegNews::Replied(..)) => {}
                Err(mpsc::error::TryRecvError::Empty) if self.gone || self.unsettled => {
                    return Err(Failure::Gone);
                }
                Err(mpsc::error::TryRecvError::Empty) => return Ok(()),
                Err(mpsc::error::TryRecvError::Disconnected) => return Err(Failure::Gone),
            }
        }
    }

    fn note(&mut self, event: &Event) {
        match event.name() {
            "DTMF" => {
                let key = event.find("DTMF-Digit").and_then(|key| key.parse::<Digit>().ok());
                self.keys.extend(key);
            }
            "CHANNEL_BRIDGE" => self.bridged_at = Some(Instant::now()),
            _ => {}
        }
    }

    async fn carry_out(&mut self, command: LegCommand) -> Outcome<LegReply> {
        match command {
            LegCommand::Answer => {
                self.answer().await?;
                Ok(LegReply::Done)
            }
            LegCommand::Detect(settings) => self.detect(settings).await,
            LegCommand::HearOut { silence, within } => self.hear_out(silence, within).await,
            LegCommand::Play { sounds, interrupt } => {
                Ok(LegReply::Played(self.play(&sounds, interrupt).await?))
            }
            LegCommand::Gather {
                prompt,
                max_digits,
                terminators,
                first_timeout,
                next_timeout,
            } => {
                let first = self.play(&prompt, DigitSet::TELEPHONE).await?;
                let waits = (first_timeout, next_timeout);
                Ok(LegReply::Gathered(
                    self.collect(first, max_digits, terminators, waits).await?,
                ))
            }
            LegCommand::Transfer {
                target,
                caller_id,
                ring_timeout,
                max_talk,
            } => self.transfer(&target, caller_id, ring_timeout, max_talk).await,
            LegCommand::Record {
                name,
                max_length,
                silence,
                stop_on,
                beep,
            } => self.record(name, (max_length, silence), stop_on, beep).await,
            LegCommand::SetVariable { name, value } => self.set_variable(&name, &value).await,
            LegCommand::Hangup => {
                self.hang_up()?;
                let until = Instant::now() + AT_ONCE;
                while self.hear(until).await.is_ok_and(|news| news.is_some()) {}
                Ok(LegReply::Gone)
            }
        }
    }

    /// A call of ours is handed over when it is answered, a visitor may not be.
    async fn answer(&mut self) -> Outcome<()> {
        if let Whose::Visitor { answered: false } = self.whose {
            self.run("answer", "", (DigitSet::NONE, None), AT_ONCE).await?;
            self.whose = Whose::Visitor { answered: true };
        }
        Ok(())
    }

    fn hang_up(&mut self) -> Outcome<()> {
        match self.whose {
            Whose::Ours => self.let_go(),
            Whose::Visitor { .. } => {
                self.send(Command::api("uuid_kill").word("channel", &self.channel)?);
            }
        }
        Ok(())
    }

    /// Plays in order until one of the keys; that key. All others are lost.
    async fn play(&mut self, sounds: &[SoundName], interrupt: DigitSet) -> Outcome<Option<Digit>> {
        for sound in sounds {
            let path = self.config.sound(sound);
            let (ended, key) = self
                .run("playback", &path, (interrupt, None), LONGEST_SOUND)
                .await?;
            if key.is_some() {
                return Ok(key);
            }
            let said = ended.find("Application-Response").unwrap_or_default();
            if said != "FILE PLAYED" {
                let said = said.to_owned();
                // A link is nobody's but the switch's.
                let file = if path.contains("://") { "its link" } else { &path };
                let reason = format!("cannot play {sound}: FreeSWITCH says {said} of {file}");
                return Err(Failure::Refused(reason));
            }
        }
        Ok(self.take_key(interrupt))
    }

    async fn transfer(
        &mut self,
        target: &TransferTarget,
        caller_id: Option<CallerId>,
        ring_timeout: Duration,
        max_talk: Duration,
    ) -> Outcome<LegReply> {
        let second = transfer::second_leg(target, self.way.as_ref(), &self.config);
        let (shown, dial) = second.map_err(Failure::Refused)?;
        let mut dial = dial
            .variable("originate_timeout", &ring_s(ring_timeout).to_string())?
            .variable(NO_REDIRECT.0, NO_REDIRECT.1)?
            .variable("execute_on_answer", &hang_up_after(max_talk))?;
        if let Some(caller_id) = caller_id {
            dial = dial.variable("origination_caller_id_number", caller_id.as_str())?;
        }
        let argument = dial.application_argument()?;
        self.bridged_at = None;
        let began = Instant::now();
        let limit = ring_timeout + max_talk + SLACK;
        let (ended, _) = self
            .run_to_end("bridge", &argument, (DigitSet::NONE, None), limit)
            .await?;
        let now = Instant::now();
        let left = self.settle(&ended).is_err();
        let disposition = ended.variable("originate_disposition").unwrap_or_default();
        let status = match self.bridged_at {
            Some(_) => TransferStatus::Answered,
            None if left => TransferStatus::Cancelled,
            None => transfer::status(disposition),
        };
        let cause = Cause {
            q850: ended
                .variable("bridge_hangup_cause_q850")
                .and_then(|cause| cause.parse().ok()),
            sip: None,
            text: (!disposition.is_empty()).then(|| format!("bridge {disposition}")),
        };
        Ok(LegReply::Transferred(TransferReport {
            target: shown,
            status,
            total_ms: millis(now - began),
            talked_ms: self.bridged_at.map_or(0, |at| millis(now - at)),
            cause,
        }))
    }

    async fn set_variable(&mut self, name: &str, value: &str) -> Outcome<LegReply> {
        let mut command = Command::api("uuid_setvar")
            .word("channel", &self.channel)?
            .word("variable", &variable_name(name))?;
        if !value.trim().is_empty() {
            command = command.quoted(name, value)?;
        }
        let id = self.send(command);
        let until = Instant::now() + AT_ONCE;
        loop {
            match self.hear(until).await? {
                Some(LegNews::Replied(of, said)) if of == id => {
                    return if is_refusal(&said) {
                        Err(Failure::Gone)
                    } else {
                        Ok(LegReply::Done)
                    };
                }
                Some(_) => {}
                None => return Err(Failure::Gone),
            }
        }
    }

    /// Runs an application that brings nothing when the caller leaves.
    async fn run(
        &mut self,
        application: &str,
        argument: &str,
        stop: (DigitSet, Option<Duration>),
        limit: Duration,
    ) -> Outcome<(Box<Event>, Option<Digit>)> {
        let (ended, stopped_by) = self.run_to_end(application, argument, stop, limit).await?;
        self.settle(&ended)?;
        Ok((ended, stopped_by))
    }

    /// Runs an application until it ends, by itself or with the call, or until one of the keys or the time breaks it off.
    /// One that does not end within its limit ends the leg.
    async fn run_to_end(
        &mut self,
        application: &str,
        argument: &str,
        (stop_on, stop_after): (DigitSet, Option<Duration>),
        limit: Duration,
    ) -> Outcome<(Box<Event>, Option<Digit>)> {
        let Begun { id, name } = self.begin(application, argument)?;
        let began = Instant::now();
        let until = began + limit;
        let (mut stopped_by, mut break_at) = (None, stop_after.map(|time| began + time));
        let ended = loop {
            if stopped_by.is_none() {
                stopped_by = self.take_key(stop_on);
                break_at = stopped_by.map(|_| Instant::now()).or(break_at);
            }
            if break_at.is_some_and(|at| at <= Instant::now()) {
                self.send(Command::api("uuid_break").word("channel", &self.channel)?);
                break_at = Some(Instant::now() + BREAK_AGAIN);
            }
            let news = self.hear(break_at.map_or(until, |at| at.min(until))).await?;
            match news {
                Some(LegNews::Event(event)) if is_end_of(&event, &name) => break event,
                Some(LegNews::Replied(of, said)) if of == id && is_refusal(&said) => {
                    return Err(Failure::Gone);
                }
                None if Instant::now() >= until => {
                    tracing::warn!(application, "FreeSWITCH did not end an application in time");
                    return Err(Failure::Gone);
                }
                _ => {}
            }
        };
        self.unsettled = false;
        Ok((ended, stopped_by))
    }

    /// An application has ended. A hang-up ends it as well, and nothing else says so.
    fn settle(&mut self, ended: &Event) -> Outcome<()> {
        self.unsettled = false;
        match ended.find("Hangup-Cause") {
            Some(_) => Err(Failure::Gone),
            None => Ok(()),
        }
    }

    /// Begins an application, whose end is to be awaited.
    fn begin(&mut self, application: &str, argument: &str) -> Outcome<Begun> {
        let name = format!("{}-{}", self.call, self.sent + 1);
        let command = Command::execute(&self.channel, application, argument, &name)?;
        let id = self.send(command);
        self.unsettled = true;
        Ok(Begun { id, name })
    }

    /// The first key of these that was pressed. All before it are lost.
    fn take_key(&mut self, of: DigitSet) -> Option<Digit> {
        while let Some(key) = self.keys.pop_front() {
            if of.contains(key) {
                return Some(key);
            }
        }
        None
    }

    fn send(&mut self, command: Command) -> u64 {
        self.sent += 1;
        // The client outlives its legs, or the process ends.
        let _ = self.orders.send((self.call, LegOrder::Send(self.sent, command)));
        self.sent
    }

    /// The next news until then, of which keys and bridges are noted already.
    async fn hear(&mut self, until: Instant) -> Outcome<Option<LegNews>> {
        match tokio::time::timeout_at(until, self.news.recv()).await {
            Ok(Some(news)) => {
                if let LegNews::Event(event) = &news {
                    self.note(event);
                }
                Ok(Some(news))
            }
            Ok(None) => Err(Failure::Gone),
            Err(_) => Ok(None),
        }
    }
}

/// An application that was begun.
#[derive(Debug)]
struct Begun {
    /// The number of the command.
    id: u64,
    /// What its end calls it.
    name: String,
}

fn is_end_of(event: &Event, name: &str) -> bool {
    event.name() == "CHANNEL_EXECUTE_COMPLETE" && event.find("Application-UUID") == Some(name)
}
