//! `/campaigns/{id}/preflight`: looks up what is known of a campaign, and has it judged. The checks are `schedule`'s.

use super::body::Id;
use super::problem::Failure;
use super::{Answer, Engine, Shared, campaigns, projects};
use apicall_core::dialer::DialerLoad;
use apicall_core::flow::Flow;
use apicall_core::model::{
    CampaignId, ContactState, Cps, Limits, Preflight, Project, SoundName, SwitchName, Timestamp, TrunkId,
};
use apicall_core::schedule::preflight::{Plan, Sampled, look};
use apicall_core::schedule::why::Ways;
use apicall_core::schedule::{Level, caller_id};
use axum::Json as Reply;
use axum::extract::State;
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::path::Path;

/// Contacts that are held against lists and caps.
const SAMPLE: u32 = 500;

/// `GET /campaigns/{id}/preflight`
pub(super) async fn preflight(State(engine): Shared, Id(id): Id<CampaignId>) -> Answer<Reply<Preflight>> {
    let now = engine.clock.now();
    let campaign = campaigns::find(&engine, id).await?;
    let project = projects::find(&engine, campaign.project).await?;
    let (store, load) = (&engine.store, engine.dialer.load().await?);
    let totals = store.campaign_totals(id).await?.contacts_by_state;
    let ways = engine.dialer.ways(project.id, &load);
    let day = caller_id::today(&project, now).day;
    let caller_ids = match &project.caller_ids {
        Some(ids) => store.caller_id_facts(project.id, ids.numbers(), day).await?,
        None => Vec::new(),
    };
    let plan = Plan {
        contacts: totals.values().sum(),
        pending: totals.get(&ContactState::Pending).copied().unwrap_or(0),
        sample: sample(&engine, &project, id, now).await?,
        trunk_cps: trunk_cps(&engine, &ways, &load).await?,
        engine_cps: limits(&load, &Level::Engine).cps,
        missing: missing(&engine.config.audio.dir, &project),
        fault: engine.fault(),
        project,
        campaign,
        caller_ids,
        day,
        ways,
    };
    Ok(Reply(look(&plan, now)))
}

/// The first contacts that wait, and what is known of their numbers.
async fn sample(
    engine: &Engine,
    project: &Project,
    campaign: CampaignId,
    now: Timestamp,
) -> Result<Vec<Sampled>, Failure> {
    let store = &engine.store;
    let first = store
        .contacts(campaign, Some(ContactState::Pending), None, SAMPLE)
        .await?;
    let numbers: Vec<_> = first.items.into_iter().map(|contact| contact.number).collect();
    let listed = store.listed(project.id, numbers.clone()).await?;
    let mut sample = Vec::with_capacity(numbers.len());
    for number in numbers {
        let past = match project.number_caps.reach() {
            Some(reach) => store.past_calls(project.id, &number, reach, now).await?,
            None => Vec::new(),
        };
        sample.push(Sampled {
            is_listed: listed.contains(&number),
            number,
            past,
        });
    }
    Ok(sample)
}

/// The rates of trunks, by their own limits and those of their switches.
async fn trunk_cps(engine: &Engine, ways: &Ways, load: &DialerLoad) -> Result<Vec<(TrunkId, Cps)>, Failure> {
    let mut all = Vec::new();
    for trunk in engine.store.trunks().await? {
        if !ways.all.iter().any(|way| way.of.trunk == trunk.id) {
            continue;
        }
        let switch: SwitchName = trunk.switch.clone();
        let own = [trunk.limits.cps, limits(load, &Level::Switch(switch)).cps];
        let slower = own.into_iter().flatten();
        let slower = slower.min_by(|a, b| a.per_second().total_cmp(&b.per_second()));
        all.extend(slower.map(|cps| (trunk.id, cps)));
    }
    Ok(all)
}

fn limits(load: &DialerLoad, level: &Level) -> Limits {
    let known = load.levels.iter().find(|known| known.level == *level);
    known.map_or_else(Limits::default, |known| Limits {
        cps: known.cps,
        channels: known.channels,
    })
}

/// What the flow plays of which an audio directory that is in use has no file. A flow that is none is told of elsewhere.
fn missing(dir: &Path, project: &Project) -> Vec<SoundName> {
    let Ok(flow) = Flow::for_project(&project.flow) else {
        return Vec::new();
    };
    let in_use = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    let sounds = flow
        .sounds()
        .into_iter()
        .filter(|sound| in_use && !is_there(dir, sound));
    sounds.cloned().collect()
}

/// Whether there is a file of that name, of whatever form.
fn is_there(dir: &Path, sound: &SoundName) -> bool {
    let path = dir.join(sound.as_str());
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else {
        return false;
    };
    let begins = format!("{name}.");
    let is_it = |entry: DirEntry| {
        entry
            .file_name()
            .to_str()
            .is_some_and(|file| file.starts_with(&begins))
    };
    std::fs::read_dir(parent).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(is_it)))
}
