//! The lease, by itself and with the scripted FreeSWITCH.

use super::super::lease::Lease;
use super::super::{AudioConfig, Timing};
use super::peers::{bench, bench_of, originate, timing};
use crate::model::CallId;
use crate::switch::Command;
use crate::wire::esl::{self, Message};
use std::time::Duration;
use tokio::time::Instant;

#[test]
fn there_is_a_new_task_before_the_old_one_is_deleted() {
    let mut lease = Lease::new(Duration::from_secs(60));
    let now = Instant::now().into_std();
    let holder = lease.mark().1.to_owned();
    let asked = String::from_utf8(lease.ask().unwrap().encode()).unwrap();
    assert_eq!(asked, format!("api sched_del apicall-{holder}-1\n\n"));
    assert!(lease.renewal(now).is_none(), "it may not be allowed");
    lease.replied(false, now);
    let mut said = |at_s| {
        let renewal = lease.renewal(now + Duration::from_secs(at_s))?;
        let text = |command: &esl::Command| String::from_utf8(command.encode()).unwrap();
        Some(
            renewal
                .unwrap()
                .each_ref()
                .map(|command| text(command).replace(&holder, "WE")),
        )
    };
    let renewed = |new, old| {
        Some([
            format!("api sched_api +60 apicall-WE-{new} hupall ALLOTTED_TIMEOUT held_by_apicall WE\n\n"),
            format!("api sched_del apicall-WE-{old}\n\n"),
        ])
    };
    assert_eq!(said(0), renewed(1, 0));
    assert_eq!(said(14), None);
    assert_eq!(said(15), renewed(0, 1));
    lease.replied(true, now);
    assert_eq!(
        lease.next_due(),
        None,
        "a task that could not be deleted would end all calls"
    );
}

#[tokio::test]
async fn without_leave_for_it_calls_are_placed_all_the_same() {
    let mut bench = bench().await;
    let (mut peer, asked) = bench.connecting().await;
    assert!(asked.starts_with("api sched_del "), "{asked}");
    let refusal = "-ERR sched_del Command not found!\n".to_owned();
    peer.commands.say(&Message::Response(refusal)).await;
    assert_eq!(peer.commands.hear_any().await.line, "api show channels as json");
    peer.list(&[]).await;
    bench.news().await;
    let call = CallId::draw();
    bench.order(Command::Originate(Box::new(originate(call))));
    let placed = peer.commands.hear_any().await.line;
    assert!(placed.starts_with("bgapi originate "), "{placed}");
}

#[tokio::test]
async fn calls_live_as_long_as_their_lease_is_renewed() {
    let lease = Duration::from_secs(1);
    let timing = Timing { lease, ..timing() };
    let mut bench = bench_of(None, timing, AudioConfig::default()).await;
    let mut peer = bench.up(&[]).await;
    for _ in 0..2 {
        let renewed = peer.commands.hear_any().await.line;
        let (start, holder) = renewed.rsplit_once(' ').unwrap();
        assert!(
            start.starts_with(&format!("api sched_api +1 apicall-{holder}-")),
            "{renewed}"
        );
        assert!(
            start.ends_with(" hupall ALLOTTED_TIMEOUT held_by_apicall"),
            "{renewed}"
        );
        let deleted = peer.commands.hear_any().await.line;
        assert!(
            deleted.starts_with(&format!("api sched_del apicall-{holder}-")),
            "{deleted}"
        );
        assert!(
            !start.contains(deleted.trim_start_matches("api sched_del ")),
            "{deleted}"
        );
        for said in ["+OK Added: 2\n", "+OK Deleted: 1\n"] {
            peer.commands.say(&Message::Response(said.to_owned())).await;
        }
    }
    // A call of an earlier run gets the mark of this one.
    let call = CallId::draw();
    bench.order(Command::Adopt(call));
    let request = peer.commands.hear().await.line;
    assert!(
        request.starts_with(&format!("api uuid_setvar {call} held_by_apicall ")),
        "{request}"
    );
}
