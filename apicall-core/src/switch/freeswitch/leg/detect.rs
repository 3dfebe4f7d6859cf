//! The detection of answering machines: FreeSWITCH has none, so what the caller says is listened to here.

use super::{EslLeg, LegNews, Whose};
use crate::amd::Detector;
use crate::model::{AmdSettings, LegReply};
use crate::switch::attempt::{AT_ONCE, Failure, Outcome};
use crate::switch::freeswitch::listen::Ear;
use crate::wire::esl::{Command, is_refusal};
use std::time::Duration;
use tokio::time::Instant;

/// What has come is looked at as often as this: three frames.
const EVERY: Duration = Duration::from_millis(60);
/// Audio that is later than this is none: FreeSWITCH sends nothing while the network does.
const LATE: Duration = Duration::from_millis(200);
/// Samples a second, of nearly all calls.
const USUAL_RATE: u32 = 8_000;

impl EslLeg {
    /// Listens until there is a finding. Who leaves meanwhile is gone.
    pub(super) async fn detect(&mut self, settings: AmdSettings) -> Outcome<LegReply> {
        // FreeSWITCH 1.10.12 itself ends when it is to send the audio of a channel that has none yet (`switch_ivr_park`).
        self.answer().await?;
        if let Whose::Visitor { ear: Some(_), .. } = self.whose {
            let reason = "a channel of the dialplan is listened to once";
            return Err(Failure::Refused(reason.to_owned()));
        }
        let mut ear = self.ears.open().map_err(Failure::Refused)?;
        self.unsettled = true;
        let rate = self.begin_to_listen(&ear).await?;
        let mut detector = Detector::new(settings, rate);
        // What was heard reaches to here.
        let mut heard_until = Instant::now();
        let found = loop {
            self.hear(Instant::now() + EVERY).await?;
            let now = Instant::now();
            let (samples, mut found) = ear.pass_on(&mut detector);
            heard_until += time_of(samples, rate);
            let missing = now.saturating_duration_since(heard_until + LATE);
            if !missing.is_zero() && found.is_none() {
                found = detector.miss(samples_of(missing, rate));
                heard_until += missing;
            }
            if let Some(found) = found {
                break found;
            }
        };
        ear.warn_when_deaf();
        match &mut self.whose {
            Whose::Ours => self.park_again().await?,
            // Parked anew it would not know where to go on.
            Whose::Visitor { ear: kept, .. } => *kept = Some(ear),
        }
        self.unsettled = false;
        Ok(LegReply::Detected(found.verdict(), found.reason.to_string()))
    }

    /// Asks for the audio, and how many samples a second it has.
    async fn begin_to_listen(&mut self, ear: &Ear) -> Outcome<u32> {
        let asked = self.send(ear.wanted(&self.channel)?);
        let rate_asked = self.send(
            Command::api("uuid_getvar")
                .word("channel", &self.channel)?
                .word("variable", "read_rate")?,
        );
        let until = Instant::now() + AT_ONCE;
        loop {
            match self.hear(until).await? {
                Some(LegNews::Replied(of, said)) if of == asked && is_refusal(&said) => {
                    return Err(Failure::Gone);
                }
                Some(LegNews::Replied(of, said)) if of == rate_asked => {
                    let rate = said.trim().parse().ok().filter(|rate| *rate > 0);
                    return Ok(rate.unwrap_or(USUAL_RATE));
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

fn time_of(samples: usize, rate: u32) -> Duration {
    Duration::from_secs(samples as u64) / rate
}

fn samples_of(time: Duration, rate: u32) -> usize {
    let samples = time.as_micros() * u128::from(rate) / 1_000_000;
    usize::try_from(samples).unwrap_or(usize::MAX)
}
