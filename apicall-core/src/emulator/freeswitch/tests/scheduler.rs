//! What FreeSWITCH does later, by itself.

use super::Bench;

#[test]
fn calls_with_a_mark_are_hung_up_when_nobody_takes_the_task_back() {
    let mut bench = Bench::hearing("CHANNEL_HANGUP_COMPLETE", |_| {});
    bench.originate("20", &[("held_by", "one")]);
    bench.originate("120", &[("held_by", "other")]);
    bench.pass_ms(100);
    bench.say("api sched_api +2 one-1 hupall ALLOTTED_TIMEOUT held_by one\n\n");
    bench.pass_ms(1_500);
    bench.say("api sched_api +2 one-2 hupall ALLOTTED_TIMEOUT held_by one\n\napi sched_del one-1\n\n");
    assert_eq!(bench.replies().last(), Some(&"+OK Deleted: 1\n"));
    bench.pass_ms(1_900);
    assert_eq!(bench.names().len(), 0);
    bench.pass_ms(200);
    let ended = bench.event("CHANNEL_HANGUP_COMPLETE");
    assert_eq!(ended.find("Unique-ID"), Some("20"));
    assert_eq!(ended.find("Hangup-Cause"), Some("ALLOTTED_TIMEOUT"));
    assert_eq!(bench.names().len(), 1);
}
