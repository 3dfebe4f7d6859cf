//! A store that is clean, and one for each violation that is planted in it.

mod callees;

use super::*;
use apicall_core::audit::Rule;
use apicall_core::model::{
    Call, CallState, Campaign, CampaignState, Cause, Digits, Limits, Moment, Origin, Outcome, PhoneNumber,
    Project, ProjectFlow, RetryKey, RetryPolicy, Rules, Scope, SimpleFlow, TimelineEvent, Trunk, Variables,
};
use apicall_core::store::{Access, Claim, ContactFate, Gate, NewContact, Shows, Store};
use std::io::Write;
use tempfile::TempDir;

const START: i64 = 1_700_000_000_000;
const NUMBER: &str = "+573001234567";

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START + ms)
}

fn retries() -> RetryPolicy {
    RetryPolicy::new(2, [(RetryKey::Busy, 10)].into()).unwrap()
}

/// A store with a trunk of two starts a second and two channels, a project, a campaign and one contact.
struct Ground {
    store: Store,
    location: Location,
    dir: TempDir,
}

async fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let location: Location = format!("sqlite://{}", dir.path().join("a.db").display())
        .parse()
        .unwrap();
    let store = Store::open(&location, Access::Engine).await.unwrap();
    let limits = Limits {
        cps: Some(2.0.try_into().unwrap()),
        channels: Some(2.try_into().unwrap()),
    };
    let trunk = move |id| Trunk {
        id,
        name: "carrier".parse().unwrap(),
        switch: "pbx1".parse().unwrap(),
        prefix: "9".to_owned(),
        limits,
        caller_id_format: apicall_core::model::CallerIdFormat::AsIs,
        enabled: true,
        breaker: false,
        created_at: at(0),
    };
    store.create_trunk(trunk).await.unwrap();
    store.create_project(None, project).await.unwrap();
    let campaign = |id| Campaign {
        id,
        project: 1.try_into().unwrap(),
        name: "one".to_owned(),
        state: CampaignState::Running,
        limits: Limits::default(),
        weight: 10,
        hours: None,
        starts_at: None,
        ends_at: None,
        created_at: at(0),
        started_at: None,
        ended_at: None,
    };
    let campaign = store.create_campaign(campaign).await.unwrap().id;
    let import = store.begin_import(campaign).await.unwrap();
    let contact = NewContact {
        line: 1,
        number: NUMBER.parse().unwrap(),
        variables: Variables::default(),
    };
    store.add_contacts(import, vec![contact]).await.unwrap();
    store.commit_import(import).await.unwrap();
    let own = [
        Scope::Engine(String::new()),
        Scope::Switch(String::new(), "pbx1".parse().unwrap()),
    ];
    let own = own.map(|scope| (scope, Rules::default()));
    store.begin_run(at(0), own.into()).await.unwrap();
    Ground { store, location, dir }
}

fn project(id: apicall_core::model::ProjectId) -> Project {
    Project {
        id,
        name: "tenant".to_owned(),
        country: "CO".parse().unwrap(),
        timezone: "America/Bogota".to_owned(),
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
        retry: retries(),
        limits: Limits::default(),
        ring_timeout_s: 30,
        max_call_s: 600,
        created_at: at(0),
    }
}

impl Ground {
    /// A call that somebody placed, from its start to its end.
    async fn placed(&self, from: i64, to: i64) -> Call {
        self.placed_from(None, from, to).await
    }

    /// The same, from a number that the callee saw.
    async fn placed_from(&self, caller_id: Option<&str>, from: i64, to: i64) -> Call {
        let call = Call {
            id: apicall_core::model::CallId::draw(),
            origin: Origin::Manual,
            project: 1.try_into().unwrap(),
            campaign: None,
            contact: None,
            attempt: 1,
            number: Some(NUMBER.parse::<PhoneNumber>().unwrap()),
            switch: Some("pbx1".parse().unwrap()),
            trunk: Some(1.try_into().unwrap()),
            instead_of: None,
            caller_id: caller_id.map(|number| number.parse().unwrap()),
            caller_id_choice: None,
            variables: Variables::default(),
            state: CallState::Queued,
            created_at: at(from),
            dialed_at: None,
            ringing_at: None,
            answered_at: None,
            ended_at: None,
            outcome: None,
            answered_by: None,
            contradiction: None,
            result: None,
            cause: Cause::default(),
            digits: Digits::default(),
            transfer: None,
        };
        self.store
            .journal()
            .place(call.clone())
            .unwrap()
            .await
            .unwrap()
            .unwrap();
        self.finish(&call, from, to, Outcome::Busy, None).await;
        call
    }

    /// Claims the contact at a time, and has it called until another.
    async fn called(&self, from: i64, to: i64, outcome: Outcome, fate: ContactFate) -> Call {
        let claim = Claim {
            campaign: 1.try_into().unwrap(),
            project: 1.try_into().unwrap(),
            trunk: 1.try_into().unwrap(),
            switch: "pbx1".parse().unwrap(),
            again: None,
            shows: Shows::Always(None),
            limit: 1,
            now: at(from),
            gate: Gate::open(),
        };
        let claimed = self.store.journal().claim(claim).unwrap().await.unwrap().unwrap();
        let call = claimed.calls.into_iter().next().expect("the contact is due");
        self.finish(&call, from, to, outcome, Some(fate)).await;
        call
    }

    async fn finish(&self, call: &Call, from: i64, to: i64, outcome: Outcome, fate: Option<ContactFate>) {
        let call = Call {
            state: CallState::Ended,
            dialed_at: Some(at(from)),
            ended_at: Some(at(to)),
            outcome: Some(outcome),
            ..call.clone()
        };
        let end = end(to, outcome);
        let written = self.store.journal().finish(call, vec![end], fate).unwrap();
        written.await.unwrap().unwrap();
    }

    async fn audited(&self, options: &Options) -> Report {
        audit(&self.location, options).await.unwrap()
    }

    async fn broken(&self) -> Vec<Rule> {
        let report = self.audited(&Options::default()).await;
        let mut rules: Vec<_> = report.findings().kept().map(|found| found.rule).collect();
        rules.dedup();
        rules
    }

    fn carrier(&self, lines: &[(i64, &str)]) -> Options {
        let path = self.dir.path().join("invites");
        let mut file = File::create(&path).unwrap();
        for (ms, number) in lines {
            let ms = START + ms;
            writeln!(file, "{}.{:03} {number} 5551234", ms / 1_000, ms % 1_000).unwrap();
        }
        Options {
            carrier: Some(path),
            ..Options::default()
        }
    }
}

fn end(ms: i64, outcome: Outcome) -> Moment {
    Moment {
        at: at(ms),
        event: TimelineEvent::Ended {
            outcome,
            cause: Cause::default(),
        },
    }
}

#[tokio::test]
async fn a_record_that_keeps_the_rules_is_clean() {
    let ground = ground().await;
    ground.placed(0, 400).await;
    ground.placed(500, 900).await;
    ground
        .called(1_000, 2_000, Outcome::Busy, ContactFate::RetryAt(at(12_000)))
        .await;
    ground
        .called(12_000, 13_000, Outcome::Answered, ContactFate::Done)
        .await;
    let invites = [
        (10, "9573001234567"),
        (510, "9573001234567"),
        (1_010, "9573001234567"),
        (12_010, "9573001234567"),
    ];
    let report = ground.audited(&ground.carrier(&invites)).await;
    assert!(report.is_clean(), "{:?}", report.findings());
    for (rule, judged) in [
        (Rule::Rate, 4),
        (Rule::Channels, 4),
        (Rule::OneOutcome, 4),
        (Rule::OneCall, 1),
        (Rule::Attempts, 1),
        (Rule::Standing, 1),
        (Rule::Carrier, 4),
    ] {
        assert_eq!(report.findings().tally(rule).judged, judged, "{rule}");
    }
    report.print(false).unwrap();
    report.print(true).unwrap();
}

#[tokio::test]
async fn a_rate_that_was_exceeded_is_found() {
    let ground = ground().await;
    for ms in [0, 500, 999] {
        ground.placed(ms, ms + 1).await;
    }
    assert_eq!(ground.broken().await, [Rule::Rate]);
}

#[tokio::test]
async fn a_cap_that_was_exceeded_is_found() {
    let ground = ground().await;
    for ms in [0, 600, 1_200] {
        ground.placed(ms, ms + 5_000).await;
    }
    assert_eq!(ground.broken().await, [Rule::Channels]);
}

#[tokio::test]
async fn a_call_that_ends_twice_is_found() {
    let ground = ground().await;
    let call = ground.placed(0, 10).await;
    assert_eq!(ground.broken().await, []);
    let again = Call {
        id: apicall_core::model::CallId::draw(),
        ..call
    };
    ground
        .store
        .journal()
        .place(again.clone())
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    // A record that is saved once too often, with an end in its timeline.
    let saved = ground
        .store
        .journal()
        .save(again.clone(), vec![end(2_000, Outcome::Lost)]);
    saved.unwrap().await.unwrap().unwrap();
    ground.finish(&again, 2_000, 2_100, Outcome::Busy, None).await;
    assert_eq!(ground.broken().await, [Rule::OneOutcome], "it ended twice");
}

#[tokio::test]
async fn a_contact_in_two_calls_is_found() {
    let ground = ground().await;
    ground
        .called(0, 15_000, Outcome::Busy, ContactFate::RetryAt(at(1_000)))
        .await;
    ground
        .called(1_000, 2_000, Outcome::Answered, ContactFate::Done)
        .await;
    let broken = ground.broken().await;
    assert!(broken.contains(&Rule::OneCall), "{broken:?}");
}

#[tokio::test]
async fn a_call_too_many_is_found() {
    let ground = ground().await;
    ground
        .called(0, 1_000, Outcome::Busy, ContactFate::RetryAt(at(11_000)))
        .await;
    ground
        .called(11_000, 12_000, Outcome::Busy, ContactFate::RetryAt(at(22_000)))
        .await;
    assert_eq!(
        ground.broken().await,
        [Rule::Standing],
        "it waits for a third call"
    );
    ground
        .called(22_000, 23_000, Outcome::Busy, ContactFate::Done)
        .await;
    assert_eq!(ground.broken().await, [Rule::Attempts]);
}

#[tokio::test]
async fn a_contact_that_is_given_up_too_early_is_found() {
    let ground = ground().await;
    ground.called(0, 1_000, Outcome::Busy, ContactFate::Done).await;
    assert_eq!(ground.broken().await, [Rule::Standing]);
}

#[tokio::test]
async fn what_a_carrier_got_beside_the_record_is_found() {
    let ground = ground().await;
    ground.placed(0, 400).await;
    let right = (10, "9573001234567");
    for wrong in [
        (20, "9573001234567"),
        (20, "573001234567"),
        (30_000, "9573001234567"),
    ] {
        let report = ground.audited(&ground.carrier(&[right, wrong])).await;
        let rules: Vec<_> = report.findings().kept().map(|found| found.rule).collect();
        assert_eq!(rules, [Rule::Carrier], "{wrong:?}");
    }
    let unsorted = ground.carrier(&[(20, "9573001234567"), right]);
    let error = audit(&ground.location, &unsorted).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("line 2: it is older than the line before"),
        "{error:#}"
    );
}

/// Limits that were changed are those that counted then.
#[tokio::test]
async fn a_limit_counts_from_its_change_on() {
    let ground = ground().await;
    let wide = |trunk: &mut Trunk| trunk.limits = Limits::default();
    ground
        .store
        .update_trunk(1.try_into().unwrap(), at(20_000), wide)
        .await
        .unwrap();
    for ms in [30_000, 30_010, 30_020] {
        ground.placed(ms, ms + 5).await;
    }
    assert_eq!(ground.broken().await, []);
    for ms in [10_000, 10_010, 10_020] {
        ground.placed(ms, ms + 5).await;
    }
    assert_eq!(ground.broken().await, [Rule::Rate]);
}

/// An engine that starts before its own last call: the clock went back, and nothing of that time can be judged.
#[tokio::test]
async fn a_clock_that_went_back_is_no_violation() {
    let ground = ground().await;
    for ms in [0, 10, 20] {
        ground.placed(3_600_000 + ms, 3_600_001 + ms).await;
    }
    assert_eq!(ground.broken().await, [Rule::Rate]);
    ground.store.begin_run(at(3_599_000), Vec::new()).await.unwrap();
    assert_eq!(ground.broken().await, []);
    let report = ground.audited(&Options::default()).await;
    assert_eq!(
        report.findings().tally(Rule::Rate).unjudged.values().sum::<u64>(),
        3
    );
}
