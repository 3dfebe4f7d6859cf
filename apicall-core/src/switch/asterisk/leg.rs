//! An answered channel, driven over FastAGI.

use super::config::{AsteriskConfig, ring_s};
use super::second_leg::SecondLegs;
use crate::model::{
    AmdSettings, AmdVerdict, CallerId, Cause, Digit, DigitSet, GreetingEnd, LegCommand, LegReply, Recording,
    SoundName, TransferReport, TransferStatus, TransferTarget,
};
use crate::switch::attempt::{AT_ONCE, Failure, Keypad, LONGEST_SOUND, Outcome, SLACK, millis};
use crate::switch::library::Playable;
use crate::switch::{DialTemplate, GoneFuture, Leg, LegFuture, Supply, WayOut};
use crate::wire::agi::{Command, Decoder, Inbound, Reply};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// Samples a second of recordings and positions.
const SAMPLE_RATE: u64 = 8_000;

/// A channel behind a FastAGI session.
#[derive(Debug)]
pub(super) struct AgiLeg {
    stream: Option<TcpStream>,
    decoder: Decoder,
    dial: DialTemplate,
    supply: Supply,
    way: Option<WayOut>,
    /// Asterisk's id of the channel.
    channel: String,
    second_legs: Arc<SecondLegs>,
    /// Asterisk said that the channel was hung up.
    hung_up: bool,
    /// A command is out whose reply has not been read. Whoever finds it so takes the next reply for another's: when a
    /// command was given up, by its deadline or with the flow, the session is of no more use.
    unsettled: bool,
    _seat: OwnedSemaphorePermit,
}

impl Leg for AgiLeg {
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
                self.stream = None;
            }
            reply.unwrap_or_else(LegReply::from)
        })
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(async move {
            while self.listen().is_ok()
                && let Some(stream) = &self.stream
                && stream.readable().await.is_ok()
            {}
        })
    }

    fn saw_end(&self) -> bool {
        self.hung_up
    }
}

impl Keypad for AgiLeg {
    async fn wait_for_key(&mut self, timeout: Duration) -> Outcome<Option<Digit>> {
        let command = Command::new("WAIT FOR DIGIT").arg("timeout", &timeout.as_millis().to_string())?;
        let reply = self.living(&command, timeout + SLACK).await?;
        Ok(reply.number().and_then(digit))
    }
}

impl AgiLeg {
    pub(super) fn new(
        stream: TcpStream,
        decoder: Decoder,
        config: &AsteriskConfig,
        (channel, second_legs): (String, Arc<SecondLegs>),
        seat: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            stream: Some(stream),
            decoder,
            dial: config.dial.clone(),
            supply: config.supply.clone(),
            way: None,
            channel,
            second_legs,
            hung_up: false,
            unsettled: false,
            _seat: seat,
        }
    }

    /// A channel variable, when it is set.
    pub(super) async fn variable(&mut self, name: &str) -> Option<String> {
        let command = Command::new("GET VARIABLE").arg("variable", name).ok()?;
        let reply = self.ask(&command, AT_ONCE).await.ok()?;
        reply.data.filter(|value| !value.is_empty())
    }

    /// Reads what came unasked: a hang-up while the flow was thinking. Without it a transfer would ring somebody for
    /// a caller who has left, because a dead channel still runs `Dial`.
    fn listen(&mut self) -> Outcome<()> {
        let mut input = [0; 256];
        while let Some(stream) = &self.stream {
            match stream.try_read(&mut input) {
                Ok(0) => return Err(Failure::Gone),
                Ok(count) => self.decoder.feed(&input[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Err(Failure::Gone),
            }
        }
        while let Some(message) = self.decoder.poll() {
            self.hung_up |= matches!(message.item, Ok(Inbound::Hangup));
        }
        if self.hung_up || self.unsettled {
            Err(Failure::Gone)
        } else {
            Ok(())
        }
    }

    async fn carry_out(&mut self, command: LegCommand) -> Outcome<LegReply> {
        match command {
            LegCommand::Answer => {
                self.living(&Command::new("ANSWER"), AT_ONCE).await?;
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
            } => self.record(name, max_length, silence, stop_on, beep).await,
            LegCommand::SetVariable { name, value } => {
                let command = Command::new("SET VARIABLE")
                    .arg("variable", &name)?
                    .arg(&name, &value)?;
                self.ask(&command, AT_ONCE).await?;
                Ok(LegReply::Done)
            }
            LegCommand::Hangup => {
                self.hung_up |= self.ask(&Command::new("HANGUP"), AT_ONCE).await.is_ok();
                self.stream = None;
                Ok(LegReply::Gone)
            }
        }
    }

    async fn detect(&mut self, settings: AmdSettings) -> Outcome<LegReply> {
        let numbers: Vec<_> = settings.numbers().map(|number| number.to_string()).collect();
        let command = Command::new("EXEC AMD").arg("amd", &numbers.join(","))?;
        let total = Duration::from_millis(settings.total_analysis_ms.into());
        self.ask(&command, total + SLACK).await?;
        let status = self.variable("AMDSTATUS").await.unwrap_or_default();
        let reason = self.variable("AMDCAUSE").await.unwrap_or_default();
        match status.as_str() {
            "HUMAN" => Ok(LegReply::Detected(AmdVerdict::Human, reason)),
            "MACHINE" => Ok(LegReply::Detected(AmdVerdict::Machine, reason)),
            "NOTSURE" => Ok(LegReply::Detected(AmdVerdict::Unsure, reason)),
            "HANGUP" => Err(self.left()),
            _ => self.gone_or("AMD gave no status; is app_amd loaded?").await,
        }
    }

    /// Silence alone ends it: Asterisk has no ear for a beep of any pitch. Its time-out is in whole seconds.
    async fn hear_out(&mut self, silence: Duration, within: Duration) -> Outcome<LegReply> {
        let arguments = format!("{},1,{}", silence.as_millis(), ring_s(within));
        let command = Command::new("EXEC WaitForSilence").arg("silence", &arguments)?;
        self.ask(&command, within + silence + SLACK).await?;
        let status = self.variable("WAITSTATUS").await.unwrap_or_default();
        match status.as_str() {
            "SILENCE" => Ok(LegReply::HeardOut(GreetingEnd::Silence)),
            "TIMEOUT" => Ok(LegReply::HeardOut(GreetingEnd::TooLong)),
            "HANGUP" => Err(self.left()),
            _ => {
                self.gone_or("WaitForSilence gave no status; is app_waitforsilence loaded?")
                    .await
            }
        }
    }

    /// Plays in order until one of the keys; that key.
    async fn play(&mut self, sounds: &[SoundName], interrupt: DigitSet) -> Outcome<Option<Digit>> {
        for sound in sounds {
            // Of a path Asterisk takes the best of the files that it finds; an address it knows by its `://`.
            let file = match self.supply.playable(sound) {
                Playable::Own => sound.to_string(),
                Playable::File(path, _) => path,
                Playable::Link(link) => link,
            };
            let command = Command::new("STREAM FILE")
                .arg("sound", &file)?
                .arg("interrupt", &interrupt.to_string())?;
            let reply = self.ask(&command, LONGEST_SOUND).await?;
            match reply.number() {
                Some(0) => {}
                Some(key) if key > 0 => return Ok(digit(key)),
                // The same answer for a sound that is not there and for a caller who is not.
                _ => {
                    let missing =
                        format!("cannot play {sound}: the switch has no such sound in a format it can use");
                    return self.gone_or(&missing).await;
                }
            }
        }
        Ok(None)
    }

    async fn transfer(
        &mut self,
        target: &TransferTarget,
        caller_id: Option<CallerId>,
        ring_timeout: Duration,
        max_talk: Duration,
    ) -> Outcome<LegReply> {
        let (shown, channel) = self.second_leg(target)?;
        if let Some(caller_id) = caller_id {
            let command = Command::new("SET VARIABLE").arg("variable", "CALLERID(num)")?;
            self.ask(&command.arg("caller_id", caller_id.as_str())?, AT_ONCE)
                .await?;
        }
        // g: go on here when the other side hangs up. i: call nobody whom the other side names instead of itself (SIP 302).
        // L: part them after so many milliseconds.
        let arguments = format!("{channel},{},giL({})", ring_s(ring_timeout), max_talk.as_millis());
        let command = Command::new("EXEC Dial").arg("transfer", &arguments)?;
        let watch = self.second_legs.watch(&self.channel);
        let began = Instant::now();
        self.ask(&command, ring_timeout + max_talk + SLACK).await?;
        let ended = Instant::now();
        let total_ms = millis(ended - began);
        let Some(status) = self.variable("DIALSTATUS").await else {
            return self.gone_or("Dial gave no status").await;
        };
        let status = transfer_status(&status);
        let answered_at = watch.answered_at().map_or(began, Instant::from_std);
        let talked_ms = if status == TransferStatus::Answered {
            millis(ended - answered_at)
        } else {
            0
        };
        let q850 = self
            .variable("HANGUPCAUSE")
            .await
            .and_then(|cause| cause.parse().ok())
            .filter(|cause| *cause != 0);
        let cause = Cause {
            q850,
            ..Cause::default()
        };
        Ok(LegReply::Transferred(TransferReport {
            target: shown,
            status,
            total_ms,
            talked_ms,
            cause,
        }))
    }

    /// The second leg, for people and for Dial. Neither holds what Dial takes for syntax.
    fn second_leg(&self, target: &TransferTarget) -> Outcome<(String, String)> {
        match (target, &self.way) {
            (TransferTarget::Number(number), Some(way)) => {
                Ok((number.to_string(), self.dial.channel(number, way)?))
            }
            (TransferTarget::Number(_), None) => {
                Err(Failure::Refused("there is no trunk to transfer by".to_owned()))
            }
            (TransferTarget::Extension(extension), _) => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-+*#.".contains(&b);
                let ok = extension.split_once('@').is_some_and(|(extension, context)| {
                    !extension.is_empty()
                        && !context.is_empty()
                        && (extension.bytes().chain(context.bytes())).all(plain)
                });
                if ok {
                    Ok((extension.clone(), format!("Local/{extension}")))
                } else {
                    Err(Failure::Refused(format!(
                        "`{extension}` is not `extension@context` of plain characters"
                    )))
                }
            }
        }
    }

    async fn record(
        &mut self,
        name: SoundName,
        max_length: Duration,
        silence: Duration,
        stop_on: DigitSet,
        beep: bool,
    ) -> Outcome<LegReply> {
        let mut command = Command::new("RECORD FILE")
            .arg("name", name.as_str())?
            .arg("format", "wav")?
            .arg("stop_on", &stop_on.to_string())?
            .arg("max_length", &max_length.as_millis().to_string())?;
        if beep {
            command = command.arg("beep", "BEEP")?;
        }
        if !silence.is_zero() {
            command = command.arg("silence", &format!("s={}", silence.as_secs()))?;
        }
        let reply = self.ask(&command, max_length + SLACK).await?;
        let length = Duration::from_millis(reply.endpos.unwrap_or(0) * 1_000 / SAMPLE_RATE);
        let stopped_by = match (reply.data.as_deref(), reply.number()) {
            (Some("hangup"), _) => {
                let left = self.left();
                // Who has said what they wanted to hangs up: what was recorded until then is kept.
                if length.is_zero() {
                    return Err(left);
                }
                None
            }
            (Some("dtmf"), Some(key @ 0..)) => digit(key),
            (_, Some(0..)) => None,
            _ => return self.gone_or(&format!("cannot record {name}")).await,
        };
        Ok(LegReply::Recorded(Recording {
            name,
            length,
            stopped_by,
        }))
    }

    /// After an answer that has two meanings: gone if the channel is, else the refusal.
    async fn gone_or<T>(&mut self, refusal: &str) -> Outcome<T> {
        if !self.hung_up {
            let status = self.ask(&Command::new("CHANNEL STATUS"), AT_ONCE).await?;
            if status.number() == Some(6) && !self.hung_up {
                return Err(Failure::Refused(refusal.to_owned()));
            }
        }
        Err(self.left())
    }

    /// Asterisk itself says that the channel is gone.
    fn left(&mut self) -> Failure {
        self.hung_up = true;
        Failure::Gone
    }

    /// A command whose result -1 means that the channel is gone.
    async fn living(&mut self, command: &Command, limit: Duration) -> Outcome<Reply> {
        let reply = self.ask(command, limit).await?;
        if reply.number() == Some(-1) {
            Err(self.left())
        } else {
            Ok(reply)
        }
    }

    /// Sends a command and waits for its reply. One that does not come in time ends the session.
    async fn ask(&mut self, command: &Command, limit: Duration) -> Outcome<Reply> {
        let asked = tokio::time::timeout(limit, self.converse(command)).await;
        asked.unwrap_or_else(|_| {
            tracing::warn!("Asterisk did not answer a FastAGI command in time");
            Err(Failure::Gone)
        })
    }

    async fn converse(&mut self, command: &Command) -> Outcome<Reply> {
        let stream = self.stream.as_mut().ok_or(Failure::Gone)?;
        if std::mem::replace(&mut self.unsettled, true) {
            return Err(Failure::Gone);
        }
        stream
            .write_all(&command.encode())
            .await
            .map_err(|_| Failure::Gone)?;
        let mut input = [0; 2048];
        loop {
            match self.decoder.poll().map(|message| message.item) {
                Some(Ok(Inbound::Hangup)) => self.hung_up = true,
                Some(Ok(Inbound::Reply(reply))) if reply.code == 100 => {}
                Some(Ok(Inbound::Reply(reply))) => {
                    self.unsettled = false;
                    return match reply.code {
                        200 => Ok(reply),
                        511 => Err(self.left()),
                        code => Err(Failure::Refused(format!("Asterisk said {code} {}", reply.text))),
                    };
                }
                Some(Ok(Inbound::Environment(_))) => {}
                Some(Err(malformed)) => {
                    tracing::warn!(%malformed, "Asterisk answered a FastAGI command with something unreadable");
                    return Err(Failure::Gone);
                }
                None => match stream.read(&mut input).await {
                    Ok(count) if count > 0 => self.decoder.feed(&input[..count]),
                    _ => return Err(Failure::Gone),
                },
            }
        }
    }
}

/// The key with that code; none for 0, which is a time-out.
fn digit(code: i64) -> Option<Digit> {
    let key = char::from(u8::try_from(code).ok()?);
    Digit::try_from(key).ok()
}

fn transfer_status(status: &str) -> TransferStatus {
    match status {
        "ANSWER" => TransferStatus::Answered,
        "BUSY" => TransferStatus::Busy,
        "NOANSWER" => TransferStatus::NoAnswer,
        "CONGESTION" => TransferStatus::Congestion,
        "CANCEL" => TransferStatus::Cancelled,
        _ => TransferStatus::Unavailable,
    }
}
