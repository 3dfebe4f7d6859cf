//! The detection of answering machines, and of the end of what they say: FreeSWITCH has none, so what the caller says is
//! listened to here.

use super::{Begun, EslLeg, LegNews, Whose, is_end_of};
use crate::amd::{Detector, Ending, Listener};
use crate::model::{AmdSettings, CallId, LegReply};
use crate::switch::attempt::{AT_ONCE, Failure, Outcome};
use crate::switch::freeswitch::listen::Ear;
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Dial, is_refusal};
use std::time::Duration;
use tokio::time::Instant;

/// What has come is looked at as often as this: three frames.
const EVERY: Duration = Duration::from_millis(60);
/// Audio that is later than this is none: FreeSWITCH sends nothing while the network does.
const LATE: Duration = Duration::from_millis(200);
/// Samples a second, of nearly all calls.
const USUAL_RATE: u32 = 8_000;

/// A second channel that is parked, by whose parking a visitor's is not touched: FreeSWITCH's own, through `mod_loopback`.
const BESIDE: &str = "loopback/m:+:answer+park/default/inline";

/// A channel that hears what a visitor says, connected to it by an application.
#[derive(Debug)]
struct Beside {
    bridge: Begun,
    channel: String,
}

impl EslLeg {
    /// Listens for a machine.
    pub(super) async fn detect(&mut self, settings: AmdSettings) -> Outcome<LegReply> {
        let found = self.listen_with(|rate| Detector::new(settings, rate)).await?;
        Ok(LegReply::Detected(found.verdict(), found.reason.to_string()))
    }

    /// Listens for the end of a greeting.
    pub(super) async fn hear_out(&mut self, silence: Duration, within: Duration) -> Outcome<LegReply> {
        let end = self
            .listen_with(|rate| Ending::new(silence, within, rate))
            .await?;
        Ok(LegReply::HeardOut(end))
    }

    /// Has what is made for the rate of the audio listen until there is a finding. Who leaves meanwhile is gone.
    async fn listen_with<L: Listener + Send>(
        &mut self,
        made: impl FnOnce(u32) -> L + Send,
    ) -> Outcome<L::Finding>
    where
        L::Finding: Send,
    {
        // FreeSWITCH 1.10.12 itself ends when it is to send the audio of a channel that has none yet (`switch_ivr_park`).
        self.answer().await?;
        let mut ear = self.ears.open().map_err(Failure::Refused)?;
        let found = match self.whose {
            Whose::Ours => {
                self.unsettled = true;
                let channel = self.channel.clone();
                let found = self.listen_to(&channel, &mut ear, made).await?;
                self.park_again().await?;
                found
            }
            // Parked anew it would not know where to go on.
            Whose::Visitor { .. } => {
                let beside = self.connect_beside().await?;
                let found = self.listen_to(&beside.channel, &mut ear, made).await?;
                self.leave(&beside).await?;
                found
            }
        };
        ear.warn_when_deaf();
        self.unsettled = false;
        Ok(found)
    }

    async fn listen_to<L: Listener + Send>(
        &mut self,
        channel: &str,
        ear: &mut Ear,
        made: impl FnOnce(u32) -> L + Send,
    ) -> Outcome<L::Finding>
    where
        L::Finding: Send,
    {
        let rate = self.begin_to_listen(channel, ear).await?;
        let mut listener = made(rate);
        // What was heard reaches to here.
        let mut heard_until = Instant::now();
        loop {
            self.hear(Instant::now() + EVERY).await?;
            let now = Instant::now();
            let (samples, mut found) = ear.pass_on(&mut listener);
            heard_until += time_of(samples, rate);
            let missing = now.saturating_duration_since(heard_until + LATE);
            if !missing.is_zero() && found.is_none() {
                found = listener.miss(samples_of(missing, rate));
                heard_until += missing;
            }
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// Asks for the audio, and how many samples a second it has.
    async fn begin_to_listen(&mut self, channel: &str, ear: &Ear) -> Outcome<u32> {
        let asked = self.send(ear.wanted(channel)?);
        let rate_asked = self.send(variable_of(channel, "read_rate")?);
        loop {
            match self.reply_in_time().await? {
                (of, said) if of == asked && is_refusal(&said) => return Err(Failure::Gone),
                (of, said) if of == rate_asked => {
                    let rate = said.trim().parse().ok().filter(|rate| *rate > 0);
                    return Ok(rate.unwrap_or(USUAL_RATE));
                }
                _ => {}
            }
        }
    }

    /// The next reply. Where none comes in time there is no channel any more.
    async fn reply_in_time(&mut self) -> Outcome<(u64, String)> {
        let until = Instant::now() + AT_ONCE;
        loop {
            match self.hear(until).await? {
                Some(LegNews::Replied(of, said)) => return Ok((of, said)),
                Some(LegNews::Event(_)) => {}
                None => return Err(Failure::Gone),
            }
        }
    }

    /// Connects the channel to one that can be listened to.
    async fn connect_beside(&mut self) -> Outcome<Beside> {
        let near = CallId::draw().to_string();
        let dial = Dial::to(BESIDE)?.variable("origination_uuid", &near)?;
        let bridge = self.begin("bridge", &dial.application_argument()?)?;
        let until = Instant::now() + AT_ONCE;
        loop {
            match self.hear(until).await? {
                Some(LegNews::Event(event)) if event.name() == "CHANNEL_BRIDGE" => break,
                Some(LegNews::Event(event)) if is_end_of(&event, &bridge.name) => {
                    self.settle(&event)?;
                    let said = event.variable("originate_disposition").unwrap_or("nothing");
                    let reason =
                        format!("nowhere to be listened to: FreeSWITCH says {said}; load mod_loopback there");
                    return Err(Failure::Refused(reason));
                }
                Some(LegNews::Replied(of, said)) if of == bridge.id && is_refusal(&said) => {
                    return Err(Failure::Gone);
                }
                Some(_) => {}
                None => return Err(Failure::Gone),
            }
        }
        let asked = self.send(variable_of(&near, "other_loopback_leg_uuid")?);
        loop {
            match self.reply_in_time().await? {
                (of, said) if of == asked && is_refusal(&said) => return Err(Failure::Gone),
                (of, said) if of == asked => {
                    let channel = said.trim().to_owned();
                    return Ok(Beside { bridge, channel });
                }
                _ => {}
            }
        }
    }

    /// Ends the channel beside, and awaits that the visitor's own is parked as it was.
    async fn leave(&mut self, beside: &Beside) -> Outcome<()> {
        self.send(Command::api("uuid_kill").word("channel", &beside.channel)?);
        let until = Instant::now() + AT_ONCE;
        loop {
            match self.hear(until).await? {
                Some(LegNews::Event(event)) if is_end_of(&event, &beside.bridge.name) => {
                    return self.settle(&event);
                }
                Some(_) => {}
                None => return Err(Failure::Gone),
            }
        }
    }

    /// Parks the channel anew: only the end of a parking ends the audio.
    async fn park_again(&mut self) -> Outcome<()> {
        let id = self.send(
            Command::api("uuid_transfer")
                .word("channel", &self.channel)?
                .text("to", "park inline")?,
        );
        let until = Instant::now() + AT_ONCE;
        loop {
            match self.hear(until).await? {
                Some(LegNews::Event(event)) if event.name() == "CHANNEL_PARK" => return Ok(()),
                Some(LegNews::Replied(of, said)) if of == id && is_refusal(&said) => {
                    tracing::warn!(
                        said,
                        "FreeSWITCH does not park a call anew; allow `uuid_transfer` to the user"
                    );
                    return Err(Failure::Gone);
                }
                Some(_) => {}
                None => {
                    tracing::warn!("FreeSWITCH did not park a call anew in time");
                    return Err(Failure::Gone);
                }
            }
        }
    }
}

/// Asks for a variable of any channel.
fn variable_of(channel: &str, name: &str) -> Result<Command, InvalidValue> {
    Command::api("uuid_getvar")
        .word("channel", channel)?
        .word("variable", name)
}

fn time_of(samples: usize, rate: u32) -> Duration {
    Duration::from_secs(samples as u64) / rate
}

fn samples_of(time: Duration, rate: u32) -> usize {
    let samples = time.as_micros() * u128::from(rate) / 1_000_000;
    usize::try_from(samples).unwrap_or(usize::MAX)
}
