//! `/why`: looks up what is known of a number, and has it judged. The rules are `schedule`'s.

use super::body::Query;
use super::by::By;
use super::problem::Failure;
use super::{Answer, Engine};
use apicall_core::api::{WhyQuery, WhyReport};
use apicall_core::dialer::DialerLoad;
use apicall_core::model::{Campaign, Contact, DncEntry, PhoneNumber, Project, Timestamp, normalise};
use apicall_core::schedule::why::{Facts, Ways, trace};
use apicall_core::schedule::{Level, Load, caller_id};
use axum::Json as Reply;
use std::sync::Arc;

/// Traces of one answer at most.
const TRACES: usize = 100;

/// `GET /why`
pub(super) async fn why(by: By, Query(asked): Query<WhyQuery>) -> Answer<Reply<WhyReport>> {
    let (engine, all) = known(&by, &asked).await?;
    let now = engine.clock.now();
    let at = asked.at.unwrap_or(now);
    if at < now && asked.at.is_some() {
        return Err(Failure::query(
            "at",
            format!("{at} is over; name a time to come, and ask `apicall-engine audit` about what was"),
        ));
    }
    let load = engine.dialer.load().await?;
    let look = Look { load, now, at };
    let mut traces = Vec::new();
    for known in all {
        for (campaign, contact) in known.ways_to_call(engine, &asked).await? {
            // One more than are told says that there are more.
            if traces.len() > TRACES {
                break;
            }
            let facts = known
                .facts(engine, &asked.number, campaign, contact, &look)
                .await?;
            traces.push(trace(&facts, at));
        }
    }
    let left_off = traces.len() > TRACES;
    traces.truncate(TRACES);
    Ok(Reply(WhyReport { at, traces, left_off }))
}

/// How the engine stands now, and the moment that is asked about.
struct Look {
    load: DialerLoad,
    now: Timestamp,
    at: Timestamp,
}

/// A number as a project knows it.
struct Known {
    project: Project,
    number: PhoneNumber,
    contacts: Vec<Contact>,
    listed: Vec<DncEntry>,
    is_live: bool,
    /// The campaign that is asked about, if one is.
    campaign: Option<Campaign>,
}

/// The projects that are asked about: the one that is named, those that know the number, or all.
async fn known<'a>(by: &'a By, asked: &WhyQuery) -> Answer<(&'a Arc<Engine>, Vec<Known>)> {
    let campaign = match asked.campaign {
        Some(id) => Some(by.campaign(id).await?.1),
        None => None,
    };
    let project = campaign
        .as_ref()
        .map(|campaign| campaign.project)
        .or(asked.project);
    if asked.project.is_some() && asked.project != project {
        return Err(Failure::query(
            "campaign",
            "it is another project's; leave `project` out",
        ));
    }
    if asked.campaign.is_some() && asked.single {
        return Err(Failure::query(
            "single",
            "a campaign's call is not single; leave one of them out",
        ));
    }
    let (engine, asked_about) = match project {
        Some(id) => {
            let (engine, project) = by.project(id).await?;
            (engine, vec![project])
        }
        None => by.projects().await?,
    };
    let (mut all, mut refused) = (Vec::new(), "there is no project to call it; make one".to_owned());
    for project in asked_about {
        match normalise(&asked.number, project.country) {
            Ok(number) => all.push(Known::look_up(engine, project, number, campaign.clone()).await?),
            Err(reason) => refused = format!("`{}`: {reason}", asked.number),
        }
    }
    if all.is_empty() {
        return Err(Failure::query("number", refused));
    }
    if all.iter().any(Known::is_known) {
        all.retain(Known::is_known);
    }
    Ok((engine, all))
}

impl Known {
    async fn look_up(
        engine: &Engine,
        project: Project,
        number: PhoneNumber,
        campaign: Option<Campaign>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            contacts: engine.store.contacts_with(project.id, &number).await?,
            listed: engine.store.listings(project.id, &number).await?,
            is_live: !engine.store.open_calls_to(project.id, &number).await?.is_empty(),
            project,
            number,
            campaign,
        })
    }

    /// Whether the project has anything to do with the number.
    fn is_known(&self) -> bool {
        let own_list = self.listed.iter().any(|entry| entry.project.is_some());
        !self.contacts.is_empty() || own_list || self.is_live
    }

    /// The calls that are asked about: by campaigns, the newest first, or singly.
    async fn ways_to_call(
        &self,
        engine: &Engine,
        asked: &WhyQuery,
    ) -> Result<Vec<(Option<Campaign>, Option<Contact>)>, Failure> {
        let contact_of = |campaign| {
            let contact = self.contacts.iter().find(|contact| contact.campaign == campaign);
            contact.cloned()
        };
        if let Some(campaign) = &self.campaign {
            return Ok(vec![(Some(campaign.clone()), contact_of(campaign.id))]);
        }
        if asked.single || self.contacts.is_empty() {
            return Ok(vec![(None, None)]);
        }
        let mut all = Vec::new();
        for campaign in engine.store.campaigns(Some(self.project.id), None).await? {
            if let Some(contact) = contact_of(campaign.id) {
                all.push((Some(campaign), Some(contact)));
            }
        }
        all.sort_by_key(|(campaign, _)| std::cmp::Reverse(campaign.as_ref().map(|campaign| campaign.id)));
        Ok(all)
    }

    /// All that the rules look at.
    async fn facts(
        &self,
        engine: &Engine,
        asked: &str,
        campaign: Option<Campaign>,
        contact: Option<Contact>,
        look: &Look,
    ) -> Result<Facts, Failure> {
        let (store, id) = (&engine.store, self.project.id);
        let day = caller_id::today(&self.project, look.at).day;
        let past = match self.project.number_caps.reach() {
            Some(reach) => store.past_calls(id, &self.number, reach, look.at).await?,
            None => Vec::new(),
        };
        let caller_ids = match &self.project.caller_ids {
            Some(ids) => store.caller_id_facts(id, ids.numbers(), day).await?,
            None => Vec::new(),
        };
        let ways = engine.dialer.ways(id, &look.load);
        Ok(Facts {
            fault: engine.fault(),
            limits: limits(&look.load, &self.project, campaign.as_ref(), &ways),
            known_at: look.now,
            live: store.open_calls_to(id, &self.number).await?,
            listed: self.listed.clone(),
            project: self.project.clone(),
            number: self.number.clone(),
            asked: asked.to_owned(),
            campaign,
            contact,
            past,
            caller_ids,
            day,
            ways,
        })
    }
}

/// The limits of every level that a call could count in.
fn limits(load: &DialerLoad, project: &Project, campaign: Option<&Campaign>, ways: &Ways) -> Vec<Load> {
    let concerns = |load: &&Load| match &load.level {
        Level::Engine => true,
        Level::Switch(name) => ways.all.iter().any(|way| way.switch.as_ref() == Some(name)),
        Level::Trunk(id) => ways.all.iter().any(|way| way.of.trunk == *id),
        Level::Project(id) => *id == project.id,
        Level::Campaign(id) => campaign.is_some_and(|campaign| campaign.id == *id),
    };
    load.levels.iter().filter(concerns).cloned().collect()
}
