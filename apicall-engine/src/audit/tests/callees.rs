//! Hours, lists, caps on a number and caller IDs; and what an audit makes of a store from which old calls were removed.

use super::*;

impl Ground {
    async fn ruled(&self, ms: i64, change: impl Fn(&mut Project) + Send + Sync + 'static) {
        self.store
            .update_project(1.try_into().unwrap(), at(ms), change)
            .await
            .unwrap();
    }

    async fn pruned(&self, what: Old, before: i64) {
        let mut pruning = self.store.prune(what, at(before)).await.unwrap();
        while let Some(portion) = pruning.next(at(before)).await.unwrap() {
            pruning.remove(portion).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_call_outside_the_hours_is_found() {
    let ground = ground().await;
    let hours = r#"{"zone":"project","windows":["daily 08:00-17:14"],"holidays":[]}"#;
    ground
        .ruled(0, |project| project.hours = serde_json::from_str(hours).unwrap())
        .await;
    ground.placed(10_000, 10_001).await;
    assert_eq!(ground.broken().await, []);
    ground.placed(60_000, 60_001).await;
    assert_eq!(ground.broken().await, [Rule::Hours]);
}

#[tokio::test]
async fn a_call_to_a_listed_number_is_found() {
    let ground = ground().await;
    ground.placed(0, 1).await;
    let entry = apicall_core::store::NewDnc {
        number: NUMBER.parse().unwrap(),
        project: Some(1.try_into().unwrap()),
        origin: apicall_core::model::DncOrigin::OptOut,
        reason: String::new(),
        call: None,
    };
    ground
        .store
        .list_dnc(vec![entry.clone()], at(10_000))
        .await
        .unwrap();
    let listed = ground.store.dnc_since(None, 1).await.unwrap().remove(0);
    ground.store.unlist_dnc(listed.id, at(90_000)).await.unwrap();
    ground.placed(100_000, 100_001).await;
    assert_eq!(ground.broken().await, []);
    ground.placed(50_000, 50_001).await;
    assert_eq!(ground.broken().await, [Rule::DoNotCall]);
    ground.store.list_dnc(vec![entry], at(200_000)).await.unwrap();
    assert_eq!(ground.broken().await, [Rule::DoNotCall]);
}

#[tokio::test]
async fn a_call_over_a_cap_on_its_number_is_found() {
    let ground = ground().await;
    ground
        .ruled(0, |project| {
            project.number_caps = serde_json::from_str(r#"["1/1h"]"#).unwrap()
        })
        .await;
    ground.placed(0, 1).await;
    ground.placed(3_600_000, 3_600_001).await;
    assert_eq!(ground.broken().await, []);
    ground.placed(3_700_000, 3_700_001).await;
    assert_eq!(ground.broken().await, [Rule::NumberCaps]);
}

#[tokio::test]
async fn a_call_from_a_number_that_is_not_the_projects_is_found() {
    let ground = ground().await;
    let numbers = r#"{"numbers":["+573001110001","+573001110002"],"policy":"round_robin"}"#;
    ground
        .ruled(0, |project| {
            project.caller_id = Some("5551234".parse().unwrap());
            project.caller_ids = serde_json::from_str(numbers).unwrap();
        })
        .await;
    ground.placed_from(Some("+573001110002"), 10_000, 10_001).await;
    ground.ruled(60_000, |project| project.caller_ids = None).await;
    ground.placed_from(Some("5551234"), 70_000, 70_001).await;
    assert_eq!(ground.broken().await, []);
    ground.placed_from(Some("+573001110002"), 80_000, 80_001).await;
    assert_eq!(ground.broken().await, [Rule::CallerId]);
    let report = ground.audited(&Options::default()).await;
    assert_eq!(report.findings().tally(Rule::CallerId).judged, 3);
}

/// What was removed because it was old is no violation, and what needs it is not said to be proved.
#[tokio::test]
async fn an_audit_of_what_is_left_is_clean_and_says_what_it_could_not_look_at() {
    let ground = ground().await;
    ground
        .called(0, 1_000, Outcome::Busy, ContactFate::RetryAt(at(11_000)))
        .await;
    ground
        .called(12_000, 13_000, Outcome::Answered, ContactFate::Done)
        .await;
    for ms in [1_200_000, 1_300_000] {
        ground.placed(ms, ms + 1).await;
    }
    ground.pruned(Old::Calls, 5_000).await;
    ground.pruned(Old::Timelines, 1_250_000).await;
    let report = ground.audited(&Options::default()).await;
    assert!(report.is_clean(), "{:?}", report.findings());
    for (rule, judged, unjudged) in [
        (Rule::Rate, 2, 1),
        (Rule::OneOutcome, 1, 2),
        (Rule::OneCall, 1, 0),
        (Rule::Hours, 3, 0),
        (Rule::DoNotCall, 3, 0),
    ] {
        let tally = report.findings().tally(rule);
        assert_eq!(
            (tally.judged, tally.unjudged.values().sum::<u64>()),
            (judged, unjudged),
            "{rule}"
        );
    }
    report.print(false).unwrap();
    ground.pruned(Old::Calls, 9_000_000).await;
    assert!(ground.audited(&Options::default()).await.is_clean());
}

#[test]
fn what_may_go_while_it_is_looked_at_is_left_out_the_next_time() {
    assert_eq!(beyond(None, None), None);
    assert_eq!(beyond(Some(at(0)), None), Some(at(600_000)));
    assert_eq!(beyond(Some(at(5_000)), Some(at(2_000))), Some(at(611_000)));
}
