//! `campaign simulate`

use crate::cli::Format;
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::api::SimulateCampaign;
use apicall_core::model::{CalleeModel, CampaignId, Forecast};
use std::collections::BTreeMap;
use std::path::Path;

const COLUMNS: &[Column<Forecast>] = &[
    Column::Text("campaign", |told| told.campaign.to_string()),
    Column::Time("begins_at", |told| Some(told.begins_at)),
    Column::Time("ends_at", |told| Some(told.ends_at)),
    Column::Text("lasts", |told| {
        length(told.ends_at.since(told.begins_at).as_secs())
    }),
    Column::Text("finishes", |told| told.finishes.to_string()),
    Column::Text("contacts", |told| told.contacts.to_string()),
    Column::Text("reached", |told| told.reached.to_string()),
    Column::Text("not_called", |told| counts(&told.not_called, u64::to_string)),
    Column::Text("attempts", |told| told.attempts.to_string()),
    Column::Text("by_outcome", |told| counts(&told.by_outcome, u64::to_string)),
    Column::Text("peak_channels", |told| told.peak_channels.to_string()),
    Column::Text("peak_cps", |told| told.peak_cps.to_string()),
    Column::Text("mean_cps", |told| format!("{:.2}", told.mean_cps)),
    Column::Text("waited", |told| {
        counts(&told.waited_s, |seconds| length(*seconds))
    }),
    Column::Text("held", |told| counts(&told.held, u64::to_string)),
    Column::Text("seed", |told| told.seed.to_string()),
    Column::Text("learned_from", |told| maybe(told.learned_from)),
];

/// Has a campaign simulated, and shows what becomes of it.
pub(super) async fn run(
    remote: &Remote,
    format: Format,
    id: CampaignId,
    model: Option<&Path>,
    seed: u64,
) -> Result<(), Error> {
    let asked = SimulateCampaign {
        model: model.map(read).transpose()?,
        seed: Some(seed),
    };
    let told: Forecast = remote
        .post_slow(&format!("/campaigns/{id}/simulate"), &asked)
        .await?;
    output::one(format, &told, COLUMNS)
}

fn read(file: &Path) -> Result<CalleeModel, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Usage(format!("--model {}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    serde_json::from_str(&text).map_err(|error| wrong(&error))
}

fn counts<K: ToString>(counts: &BTreeMap<K, u64>, show: fn(&u64) -> String) -> String {
    let each = counts
        .iter()
        .map(|(what, count)| format!("{} {}", what.to_string(), show(count)));
    each.collect::<Vec<_>>().join(", ")
}

/// So many seconds as people say them.
fn length(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
