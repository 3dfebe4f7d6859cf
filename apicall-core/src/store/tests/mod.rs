//! A store of its own for each test: a file, and with the feature `mariadb` also a database of the server that
//! `dev/mariadb` started.

mod accounts;
mod audios;
mod caller_ids;
mod copies;
mod counts;
mod disk;
mod held;
mod imports;
mod placings;
mod plans;
mod refusals;
mod retention;
#[cfg(feature = "mariadb")]
mod server;
mod stories;
mod waiting;
mod webhooks;

use super::*;
use crate::model::{
    Call, CallState, Campaign, CampaignId, CampaignState, Cause, ContactState, Limits, Moment, Outcome,
    Project, ProjectFlow, RetryPolicy, SimpleFlow, TimelineEvent, Timestamp, Trunk, TrunkId, Variables,
};
use tempfile::TempDir;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Makes every story a test on each database.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::Ground::Sqlite).await })*
        }
        #[cfg(feature = "mariadb")]
        mod mariadb {
            $(#[tokio::test] async fn $name() { super::$name(super::Ground::MariaDb).await })*
        }
    };
}
use on_each_database;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    Sqlite,
    #[cfg(feature = "mariadb")]
    MariaDb,
}

struct Fixture {
    store: Store,
    location: Location,
    campaign: CampaignId,
    trunk: TrunkId,
    _dir: TempDir,
}

async fn fixture(ground: Ground) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let location = match ground {
        Ground::Sqlite => file_in(&dir),
        #[cfg(feature = "mariadb")]
        Ground::MariaDb => server::database().await,
    };
    let store = Store::open(&location, Access::Engine).await.unwrap();
    let trunk = store.create_trunk(trunk).await.unwrap().id;
    let project = store.create_project(None, project).await.unwrap().id;
    let campaign = store
        .create_campaign(move |id| campaign(id, project, "one"))
        .await
        .unwrap()
        .id;
    Fixture {
        store,
        location,
        campaign,
        trunk,
        _dir: dir,
    }
}

pub(crate) fn file_in(dir: &TempDir) -> Location {
    let path = dir.path().join("apicall.db");
    format!("sqlite://{}", path.display()).parse().unwrap()
}

pub(crate) fn trunk(id: TrunkId) -> Trunk {
    Trunk {
        id,
        name: "carrier".parse().unwrap(),
        switch: "pbx1".parse().unwrap(),
        prefix: String::new(),
        limits: Limits::default(),
        caller_id_format: crate::model::CallerIdFormat::AsIs,
        enabled: true,
        breaker: false,
        created_at: NOW,
    }
}

pub(crate) fn project(id: crate::model::ProjectId) -> Project {
    Project {
        id,
        name: format!("project {id}"),
        country: "CO".parse().unwrap(),
        timezone: "America/Bogota".into(),
        hours: None,
        number_caps: Default::default(),
        caller_id: None,
        caller_ids: None,
        trunk: Some(1.try_into().unwrap()),
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
    }
}

/// An admin.
pub(crate) fn user(username: &str, full_name: &str) -> crate::model::User {
    crate::model::User {
        username: username.parse().unwrap(),
        full_name: full_name.to_owned(),
        role: crate::model::Role::Admin,
        projects: Default::default(),
        disabled: false,
        created_at: NOW,
    }
}

pub(crate) fn campaign(id: CampaignId, project: crate::model::ProjectId, name: &str) -> Campaign {
    Campaign {
        id,
        project,
        name: name.to_owned(),
        state: CampaignState::Created,
        limits: Limits::default(),
        weight: 10,
        hours: None,
        starts_at: None,
        ends_at: None,
        created_at: NOW,
        started_at: None,
        ended_at: None,
    }
}

impl Fixture {
    async fn import(&self, numbers: std::ops::Range<u64>) {
        import(&self.store, self.campaign, numbers).await;
    }

    /// More holds on the same store: on a server each has a writer of its own.
    async fn more(&self, count: usize) -> Vec<Store> {
        let mut stores = Vec::new();
        for _ in 0..count {
            stores.push(match self.location {
                Location::Sqlite(_) => self.store.clone(),
                Location::MySql(_) => Store::open(&self.location, Access::Admin).await.unwrap(),
            });
        }
        stores
    }

    /// The file, for somebody else.
    fn file(&self) -> sqlx::sqlite::SqliteConnectOptions {
        match &self.location {
            Location::Sqlite(options) => (**options).clone(),
            Location::MySql(_) => panic!("this is no file"),
        }
    }

    fn asked(&self, limit: u32, now: Timestamp) -> Claim {
        Claim {
            campaign: self.campaign,
            project: 1.try_into().unwrap(),
            trunk: self.trunk,
            switch: "pbx1".parse().unwrap(),
            again: None,
            shows: Shows::Always(None),
            limit,
            now,
            gate: Gate::open(),
        }
    }

    async fn claim(&self, limit: u32, now: Timestamp) -> Claimed {
        let claim = self.asked(limit, now);
        self.store.journal().claim(claim).unwrap().await.unwrap().unwrap()
    }

    async fn finish(&self, call: &Call, outcome: Outcome, fate: ContactFate) {
        let call = ended(call, outcome);
        let moment = Moment {
            at: NOW,
            event: TimelineEvent::Ended {
                outcome,
                cause: Cause::default(),
            },
        };
        self.store
            .journal()
            .finish(call, vec![moment], Some(fate))
            .unwrap()
            .await
            .unwrap()
            .unwrap();
    }
}

pub(crate) async fn import(store: &Store, campaign: CampaignId, numbers: std::ops::Range<u64>) {
    let id = store.begin_import(campaign).await.unwrap();
    store
        .add_contacts(id, numbers.map(new_contact).collect())
        .await
        .unwrap();
    store.commit_import(id).await.unwrap();
}

fn new_contact(n: u64) -> NewContact {
    NewContact {
        line: n,
        number: format!("+5730{n:08}").parse().unwrap(),
        variables: Variables::default(),
    }
}

/// A call that ended so, of nobody.
pub(crate) fn ended_call(outcome: Outcome) -> Call {
    let call = Call {
        id: crate::model::CallId::draw(),
        origin: crate::model::Origin::Campaign,
        project: 1.try_into().unwrap(),
        campaign: None,
        contact: None,
        attempt: 1,
        number: None,
        switch: None,
        trunk: None,
        instead_of: None,
        caller_id: None,
        caller_id_choice: None,
        variables: Variables::default(),
        state: CallState::Queued,
        created_at: NOW,
        dialed_at: None,
        ringing_at: None,
        answered_at: None,
        ended_at: None,
        outcome: None,
        answered_by: None,
        contradiction: None,
        result: None,
        cause: Cause::default(),
        digits: crate::model::Digits::default(),
        transfer: None,
    };
    ended(&call, outcome)
}

fn ended(call: &Call, outcome: Outcome) -> Call {
    Call {
        state: CallState::Ended,
        outcome: Some(outcome),
        ended_at: Some(NOW),
        ..call.clone()
    }
}
