//! What a store is furnished with before it is measured.

use apicall_core::model::{
    Campaign, CampaignId, CampaignState, Limits, Project, ProjectFlow, ProjectId, RetryPolicy, SimpleFlow,
    Timestamp, Trunk, TrunkId, Variables,
};
use apicall_core::store::{NewContact, Store};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// Rows of one import batch.
const BATCH: usize = 2_000;

/// A trunk, and a project that uses it.
pub(super) async fn project(store: &Store) -> (ProjectId, TrunkId) {
    let trunk = store.create_trunk(|id| Trunk {
        id,
        name: "carrier".parse().unwrap(),
        switch: "pbx1".parse().unwrap(),
        prefix: String::new(),
        limits: Limits::default(),
        caller_id_format: apicall_core::model::CallerIdFormat::AsIs,
        enabled: true,
        breaker: false,
        created_at: NOW,
    });
    let trunk = trunk.await.unwrap().id;
    let project = move |id| Project {
        id,
        name: "measured".to_owned(),
        country: "CO".parse().unwrap(),
        timezone: "America/Bogota".to_owned(),
        hours: None,
        number_caps: Default::default(),
        caller_id: None,
        caller_ids: None,
        trunk: Some(trunk),
        trunks: Default::default(),
        flow: ProjectFlow::Simple(SimpleFlow {
            audio: "prueba".parse().unwrap(),
            expected_digit: "1".parse().unwrap(),
            overflow_number: None,
            amd: None,
            machine_message: None,
        }),
        retry: RetryPolicy::default(),
        limits: Limits::default(),
        ring_timeout_s: 30,
        max_call_s: 600,
        created_at: NOW,
    };
    (store.create_project(None, project).await.unwrap().id, trunk)
}

/// A campaign with so many contacts.
pub(super) async fn campaign(store: &Store, project: ProjectId, name: &str, contacts: u64) -> CampaignId {
    let name = name.to_owned();
    let campaign = move |id| Campaign {
        id,
        project,
        name: name.clone(),
        state: CampaignState::Created,
        limits: Limits::default(),
        weight: 10,
        hours: None,
        starts_at: None,
        ends_at: None,
        created_at: NOW,
        started_at: None,
        ended_at: None,
    };
    let campaign = store.create_campaign(campaign).await.unwrap().id;
    let import = store.begin_import(campaign).await.unwrap();
    for first in (0..contacts).step_by(BATCH) {
        let batch = (first..contacts.min(first + BATCH as u64)).map(contact).collect();
        assert!(store.add_contacts(import, batch).await.unwrap().is_empty());
    }
    store.commit_import(import).await.unwrap();
    campaign
}

fn contact(n: u64) -> NewContact {
    let mut variables = Variables::default();
    variables.set("name", &format!("Customer {n}")).unwrap();
    variables.set("balance", &format!("{}.50", n % 9_999)).unwrap();
    NewContact {
        line: n + 1,
        number: scattered(n).parse().unwrap(),
        variables,
    }
}

/// A number of its own for each: a list is in no order, and an index of numbers must not look better than it is.
pub(super) fn scattered(n: u64) -> String {
    format!("+573{:09}", n * 617_647_411 % 999_999_937)
}
