//! All combinations of values, and the best of them.

use super::recordings::Labelled;
use super::{Tried, usage};
use crate::error::Error;
use crate::values::Try;
use apicall_core::model::AmdSettings;
use std::cmp::Ordering;

/// Judgements of one command; some seconds.
const MOST: usize = 2_000_000;

/// The best combinations of these values, and of what is not tried as it is; none when nothing is to be tried.
pub(super) fn best(
    recordings: &[Labelled],
    settings: AmdSettings,
    tries: &[Try],
    most: u32,
) -> Result<Vec<Tried>, Error> {
    if tries.is_empty() {
        return Ok(Vec::new());
    }
    for (place, one) in tries.iter().enumerate() {
        if tries[..place].iter().any(|other| other.key == one.key) {
            return Err(usage(format!(
                "--try {}: give all its values in one --try",
                one.key
            )));
        }
    }
    let count = tries
        .iter()
        .map(|one| one.values.len())
        .fold(1_usize, usize::saturating_mul);
    if count.saturating_mul(recordings.len()) > MOST {
        return Err(usage(format!(
            "--try makes {count} combinations for {} recordings, more than {MOST} judgements; try fewer values at once",
            recordings.len()
        )));
    }
    let mut all = vec![settings];
    for Try { key, values } in tries {
        let with_each = |settings: AmdSettings| values.iter().map(move |value| settings.with(*key, *value));
        all = all
            .into_iter()
            .flat_map(with_each)
            .collect::<Result<_, _>>()
            .map_err(usage)?;
    }
    let mut tried: Vec<_> = all
        .into_iter()
        .map(|settings| Tried::on(recordings, settings))
        .collect();
    tried.sort_by(better);
    tried.truncate(most as usize);
    Ok(tried)
}

/// Fewer mistakes; of the same number fewer persons lost; of the same of these a quicker finding.
fn better(one: &Tried, other: &Tried) -> Ordering {
    let (a, b) = (&one.confusion, &other.confusion);
    let mistakes = a.badness().total_cmp(&b.badness());
    let lost = || a.humans_lost().total_cmp(&b.humans_lost());
    mistakes
        .then_with(lost)
        .then_with(|| a.mean_took().cmp(&b.mean_took()))
}
