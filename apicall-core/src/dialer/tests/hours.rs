//! Hours and schedules on a clock of the test's choosing: nothing leaves outside them, and nobody has to wake it up.

use super::*;
use crate::model::{CallingHours, Contact, ContactState, Hold, Project, Timestamp};

/// Bogota, a Friday.
const OPENS: &str = "2026-11-20T08:00:00-05:00";
const CLOSES: &str = "2026-11-20T20:00:00-05:00";
const TOMORROW: &str = "2026-11-21T08:00:00-05:00";

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn hours(text: &str) -> Option<CallingHours> {
    Some(serde_json::from_str(text).unwrap())
}

fn daily() -> Option<CallingHours> {
    hours(r#"{"windows":["daily 08:00-20:00"]}"#)
}

/// A bench whose clock shows so much before a time when it is made.
async fn before(
    time: &str,
    ms: i64,
    contacts: u64,
    change: impl Fn(&mut Project) + Send + Sync + 'static,
) -> (Bench, Clock) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    store.create_trunk(trunk).await.unwrap();
    let build = move |id| {
        let mut project = project(id);
        change(&mut project);
        project
    };
    let project = store.create_project(None, build).await.unwrap().id;
    let campaign = store
        .create_campaign(move |id| campaign(id, project, "one"))
        .await
        .unwrap()
        .id;
    import(&store, campaign, 0..contacts).await;
    let clock = Clock::anchored(
        tokio::time::Instant::now().into_std(),
        Timestamp::from_millis(at(time).millis() - ms),
    );
    let bench = start_at(dir, store, project, campaign, clock).await;
    bench.up(&[]);
    (bench, clock)
}

impl Bench {
    /// Its contacts, once they are as told.
    pub(super) async fn contacts_are(&self, which: impl Fn(&[Contact]) -> bool) -> Vec<Contact> {
        let look = async {
            loop {
                let page = self.store.contacts(self.campaign, None, None, 100).await.unwrap();
                if which(&page.items) {
                    return page.items;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), look)
            .await
            .expect("the contacts get there")
    }
}

#[tokio::test]
async fn a_campaign_waits_for_its_hours_and_goes_on_by_itself() {
    let (mut bench, _) = before(OPENS, 400, 1, |project| project.hours = daily()).await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let call = bench.originated().await;
    let record = bench.record(call, CallState::Dialing).await;
    assert!(
        record.created_at >= at(OPENS),
        "it was not even fetched before: {}",
        record.created_at
    );
    assert!(record.dialed_at.unwrap() >= at(OPENS));
}

#[tokio::test]
async fn who_waits_for_a_slot_when_it_closes_waits_for_the_next_day() {
    let (mut bench, _) = before(CLOSES, 0, 5, |project| {
        project.limits.channels = Some(1.try_into().unwrap());
    })
    .await;
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let first = bench.originated().await;
    bench.change_project(|project| project.hours = daily()).await;
    bench.end(first, Outcome::InvalidNumber);
    bench.record(first, CallState::Ended).await;
    let held = |contact: &Contact| contact.held_by == Some(Hold::CallingHours);
    let contacts = bench
        .contacts_are(|all| all.iter().any(held) && all.iter().all(|one| one.state != ContactState::Claimed))
        .await;
    for contact in contacts.iter().filter(|contact| held(contact)) {
        assert_eq!(contact.next_attempt_at, Some(at(TOMORROW)));
        assert_eq!(
            (contact.attempts, contact.state),
            (0, ContactState::Pending),
            "it was no attempt"
        );
    }
    let calls = bench.store.calls(&CallQuery::default(), None, 10).await.unwrap();
    assert_eq!(calls.items.len(), 1, "what never left is no call");
    assert!(bench.commands.try_recv().is_err(), "nothing left");
}

#[tokio::test]
async fn the_callees_clock_decides_for_each_number() {
    let (mut bench, _) = before("2026-11-20T09:00:00-05:00", 0, 0, |project| {
        project.hours = hours(r#"{"zone":"callee","windows":["daily 08:00-20:00"]}"#);
    })
    .await;
    let numbers = ["+12135550100", "+8821612345678", "+573001112233"];
    let import = bench.store.begin_import(bench.campaign).await.unwrap();
    let new = numbers
        .iter()
        .zip(1..)
        .map(|(number, line)| crate::store::NewContact {
            line,
            number: number.parse().unwrap(),
            variables: Default::default(),
        });
    bench.store.add_contacts(import, new.collect()).await.unwrap();
    bench.store.commit_import(import).await.unwrap();
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let call = bench.originated().await;
    let record = bench.record(call, CallState::Dialing).await;
    assert_eq!(record.number.unwrap().to_string(), "+573001112233");
    let contacts = bench
        .contacts_are(|all| all.iter().filter(|one| one.held_by.is_some()).count() == 2)
        .await;
    let of = |number: &str| {
        contacts
            .iter()
            .find(|one| one.number.to_string() == number)
            .unwrap()
    };
    let west = of("+12135550100");
    assert_eq!(
        (west.held_by, west.next_attempt_at),
        (Some(Hold::CallingHours), Some(at("2026-11-20T08:00:00-08:00")))
    );
    assert_eq!(
        of("+8821612345678").held_by,
        Some(Hold::UnknownZone),
        "doubt is no"
    );
    // Whoever widens the hours has them judged anew.
    bench
        .store
        .update_project(bench.project, NOW, |project| project.hours = None)
        .await
        .unwrap();
    bench.store.let_go(bench.project, None, NOW).await.unwrap();
    bench
        .dialer
        .refresh(Changed::Project(bench.project))
        .await
        .unwrap();
    bench.originated().await;
    bench.originated().await;
}

#[tokio::test]
async fn a_schedule_starts_and_stops_a_campaign() {
    let (mut bench, _) = before(OPENS, 400, 2, |project| {
        project.limits.channels = Some(1.try_into().unwrap());
    })
    .await;
    bench
        .store
        .update_campaign(bench.campaign, NOW, |campaign| {
            campaign.starts_at = Some(at(OPENS));
        })
        .await
        .unwrap();
    bench.dialer.order(bench.campaign, Order::Start).await.unwrap();
    let call = bench.originated().await;
    let record = bench.record(call, CallState::Dialing).await;
    assert!(record.dialed_at.unwrap() >= at(OPENS));
    bench
        .store
        .update_campaign(bench.campaign, NOW, |campaign| campaign.ends_at = Some(at(OPENS)))
        .await
        .unwrap();
    bench
        .dialer
        .refresh(Changed::Campaign(bench.campaign))
        .await
        .unwrap();
    bench.state_of_campaign(CampaignState::Stopped).await;
    bench.end(call, Outcome::InvalidNumber);
    bench.record(call, CallState::Ended).await;
    let refused = bench
        .dialer
        .order(bench.campaign, Order::Start)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("ends_at"), "{refused}");
}

#[tokio::test]
async fn a_single_call_outside_hours_is_refused_with_the_time() {
    let (bench, _) = before(OPENS, 3_600_000, 0, |project| project.hours = daily()).await;
    bench.dialer.load().await.unwrap();
    let number = "+573001234567".parse().unwrap();
    let refused = bench
        .dialer
        .place(bench.project, number, None, Default::default())
        .await
        .unwrap_err();
    let text = refused.to_string();
    assert!(
        matches!(
            refused,
            DialerError::Held {
                reason: Hold::CallingHours,
                ..
            }
        ),
        "{text}"
    );
    assert!(text.contains("2026-11-20T13:00:00.000Z"), "{text}");
}
