//! Recording what the caller says.

use super::EslLeg;
use crate::model::{DigitSet, LegReply, Recording, SoundName};
use crate::switch::attempt::{AT_ONCE, Failure, Outcome, SLACK};
use std::time::Duration;

/// What a recording takes for silence: an energy, of which speech has thousands.
const SILENCE_ENERGY: u32 = 200;
const BEEP: &str = "tone_stream://%(500,0,1000)";

impl EslLeg {
    /// Records until a key, a silence, the time, or the end of the call; what there was until then is kept.
    pub(super) async fn record(
        &mut self,
        name: SoundName,
        (max_length, silence): (Duration, Duration),
        stop_on: DigitSet,
        beep: bool,
    ) -> Outcome<LegReply> {
        let Some(path) = self.config.recording(&name) else {
            let reason = "there is nowhere to record to; set `recordings` of the switch";
            return Err(Failure::Refused(reason.to_owned()));
        };
        if beep {
            self.run("playback", BEEP, (DigitSet::NONE, None), AT_ONCE)
                .await?;
        }
        // FreeSWITCH counts whole seconds: it is stopped in time, and stops by itself should that fail.
        let mut argument = format!("{path} {}", whole_seconds(max_length) + 1);
        if !silence.is_zero() {
            argument.push_str(&format!(" {SILENCE_ENERGY} {}", whole_seconds(silence)));
        }
        let stop = (stop_on, Some(max_length));
        let (ended, stopped_by) = self
            .run_to_end("record", &argument, stop, max_length + SLACK)
            .await?;
        if ended.variable("record_completion_cause") == Some("uri-failure") {
            return Err(Failure::Refused(format!(
                "cannot record {name}: FreeSWITCH cannot write {path}"
            )));
        }
        let length_ms = ended.variable("record_ms").and_then(|ms| ms.parse().ok());
        if length_ms.is_none() {
            self.settle(&ended)?;
        }
        Ok(LegReply::Recorded(Recording {
            name,
            length: Duration::from_millis(length_ms.unwrap_or(0)),
            stopped_by,
        }))
    }
}

fn whole_seconds(time: Duration) -> u128 {
    time.as_millis().div_ceil(1000).max(1)
}
