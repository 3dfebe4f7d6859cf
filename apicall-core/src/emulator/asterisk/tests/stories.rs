//! Logins, limits, acts, and faults.

use super::{Bench, Inbound, Input};
use crate::emulator::machine::Machine;
use crate::emulator::{EventFault, Fault};
use crate::wire::ami::Message;
use std::time::Duration;

#[test]
fn a_wrong_secret_is_refused_after_a_second() {
    let mut bench = Bench::new(|_| {});
    let login = "Action: Login\r\nActionID: 1\r\nUsername: apicall\r\nSecret: wrong\r\n\r\n";
    assert_eq!(bench.ask(login), None);
    bench.pass_ms(999);
    assert!(!bench.closed);
    bench.pass_ms(1);
    assert!(bench.closed);
    let Some(Message::Response(refusal)) = bench.told.last() else {
        panic!("{:?}", bench.told)
    };
    assert_eq!(
        (refusal.name(), refusal.find("Message")),
        ("Error", Some("Authentication failed"))
    );
}

#[test]
fn who_says_nothing_is_closed_after_thirty_seconds() {
    let mut bench = Bench::new(|_| {});
    bench.pass_ms(29_999);
    assert!(!bench.closed);
    bench.pass_ms(1);
    assert!(bench.closed);
}

#[test]
fn nothing_but_a_login_is_done_before_one() {
    let mut bench = Bench::new(|_| {});
    for action in ["Ping", "CoreStatus", "Originate"] {
        let refused = bench
            .ask(&format!("Action: {action}\r\nActionID: 1\r\n\r\n"))
            .unwrap();
        assert_eq!(refused.find("Message"), Some("Permission denied"), "{action}");
    }
    let challenge = bench.ask("Action: Challenge\r\nAuthType: MD5\r\n\r\n").unwrap();
    assert!(challenge.find("Challenge").unwrap().parse::<u32>().is_ok());
    let none = bench
        .ask("Action: Challenge\r\nAuthType: SHA256\r\n\r\n")
        .unwrap();
    assert_eq!(none.find("Message"), Some("Must specify AuthType"));
}

#[test]
fn masks_and_filters_choose_what_is_told() {
    let mut bench = Bench::logged_in("on", |_| {});
    for (mask, answer) in [("off", "Off"), ("call,system", "On"), ("call,nonsense", "On")] {
        let answered = bench
            .ask(&format!("Action: Events\r\nEventMask: {mask}\r\n\r\n"))
            .unwrap();
        assert_eq!(answered.find("Events"), Some(answer), "{mask}");
    }
    for (filter, answer) in [
        (
            "",
            "Filter was formatted incorrectly.  Check the syntax of the filter given.",
        ),
        (
            "(((",
            "Filter did not compile.  Check the syntax of the filter given.",
        ),
        ("^Event: (Hangup|DialEnd)[[:space:]]", "Success"),
    ] {
        let answered = bench
            .ask(&format!(
                "Action: Filter\r\nOperation: Add\r\nFilter: {filter}\r\n\r\n"
            ))
            .unwrap();
        assert_eq!(answered.find("Message"), Some(answer), "{filter}");
    }
    let before = bench.names().len();
    bench.originate("5710", "");
    bench.pass_ms(100);
    let mut told = bench.names().split_off(before);
    told.sort_unstable();
    assert_eq!(told, ["DialEnd", "Hangup"]);
}

#[test]
fn acts_upon_a_prompt_are_used_up_one_a_playing() {
    let mut bench = Bench::logged_in("off", |_| {});
    bench.originate(
        "5799",
        "Variable: APICALL_CALLEE={\"do\":[{\"upon\":\"prueba\"\\,\"after_ms\":500\\,\"press\":\"7\"}\\,\
         {\"upon\":\"prueba\"\\,\"after_ms\":300\\,\"hang_up\":true}]}\r\n"
            .replace("\\,", ",")
            .replace('"', "\\\"")
            .replace(',', "\\,")
            .as_str(),
    );
    bench.pass_ms(10);
    bench.command(1, "STREAM FILE prueba \"0123456789\"");
    bench.pass_ms(599);
    assert!(matches!(
        bench.sessions[&1].heard.last(),
        Some(Inbound::Environment(_))
    ));
    bench.pass_ms(1);
    assert_eq!(bench.reply(1), "200 result=55 endpos=4800");
}

#[test]
fn a_key_that_nobody_waits_for_is_lost() {
    let mut bench = Bench::logged_in("off", |_| {});
    bench.originate("5702", "");
    bench.pass_ms(4_000);
    bench.command(1, "WAIT FOR DIGIT 500");
    bench.pass_ms(500);
    assert_eq!(bench.reply(1), "200 result=0");
}

#[test]
fn one_call_too_many_finds_the_carrier_full() {
    let mut bench = Bench::logged_in("call", |config| config.capacity = 1);
    bench.originate("5720", "");
    bench.originate("5721", "");
    bench.pass_ms(50);
    let end = bench.event("Hangup");
    assert_eq!(
        (end.find("Uniqueid"), end.find("Cause")),
        (Some("c-5721"), Some("34"))
    );
}

#[test]
fn an_id_in_use_and_nonsense_are_refused() {
    let mut bench = Bench::logged_in("off", |_| {});
    bench.originate("5720", "");
    for (headers, words) in [
        (
            "Channel: PJSIP/1@carrier\r\nChannelId: c-5720\r\n",
            "Uniqueid already in use",
        ),
        ("", "Channel not specified"),
        ("Channel: nowhere\r\n", "Invalid channel"),
        ("Channel: PJSIP/1@carrier\r\nTimeout: soon\r\n", "Invalid timeout"),
    ] {
        let refused = bench
            .ask(&format!("Action: Originate\r\nAsync: true\r\n{headers}\r\n"))
            .unwrap();
        assert_eq!((refused.name(), refused.find("Message")), ("Error", Some(words)));
    }
}

#[test]
fn the_same_seed_plays_the_same() {
    let told = |seed| {
        let mut bench = Bench::logged_in("on", |config| config.seed = seed);
        for number in 0..60 {
            bench.originate(&format!("57{number:02}"), "");
        }
        bench.pass(Duration::from_secs(20));
        format!("{:?}", bench.told)
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}

#[test]
fn a_stalled_switch_says_it_all_later() {
    let mut bench = Bench::logged_in("call", |_| {});
    bench.pbx.inflict(Fault::Stall(Duration::from_secs(2)), bench.now);
    let before = bench.told.len();
    bench.originate_quietly("5710");
    bench.pass_ms(1_999);
    assert_eq!(bench.told.len(), before);
    bench.pass_ms(1);
    assert!(bench.names().contains(&"Hangup"));
}

#[test]
fn a_half_open_connection_hears_nothing_more() {
    let mut bench = Bench::logged_in("call", |_| {});
    bench.pbx.inflict(Fault::HalfOpen, bench.now);
    let before = bench.told.len();
    bench.originate_quietly("5710");
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.told.len(), before);
    assert!(!bench.closed);
    assert!(bench.pbx.calls.is_empty(), "nor is it heard");
}

#[test]
fn events_come_late_twice_and_out_of_order() {
    let numbers = || (0..40).map(|number| format!("573{number:02}10"));
    let ends = |fault: Option<Fault>| {
        let mut bench = Bench::logged_in("call", |_| {});
        if let Some(fault) = fault {
            bench.pbx.inflict(fault, bench.now);
        }
        numbers().for_each(|number| bench.originate(&number, ""));
        bench.pass_ms(50);
        let soon = bench.names().len();
        bench.pass_ms(2_000);
        (
            soon,
            bench.names().into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
    };
    let (_, usual) = ends(None);
    let (soon, late) = ends(Some(Fault::Events(EventFault::Late(Duration::from_secs(1)))));
    assert_eq!((soon, late.len()), (0, usual.len()));
    let (_, doubled) = ends(Some(Fault::Events(EventFault::Double(1.0))));
    assert_eq!(doubled.len(), 2 * usual.len());
    let (_, shuffled) = ends(Some(Fault::Events(EventFault::Shuffle(0.5))));
    assert_ne!(shuffled, usual);
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    assert_eq!(sorted(shuffled), sorted(usual));
}

#[test]
fn a_crash_takes_all_calls_along() {
    let mut bench = Bench::logged_in("call", |_| {});
    bench.originate("5720", "");
    bench.pass_ms(50);
    bench.pbx.inflict(Fault::Crash(Duration::from_secs(5)), bench.now);
    bench.drain();
    assert!(bench.closed && bench.sessions[&1].closed);
    assert_eq!(bench.down_until, Some(bench.now + Duration::from_secs(5)));
    assert!(!bench.names().contains(&"Hangup"), "nobody is told");
    bench.closed = false;
    bench.take(Input::Opened(1));
    bench.ask("Action: Login\r\nUsername: apicall\r\nSecret: apicall-secret\r\n\r\n");
    bench.ask("Action: CoreShowChannels\r\nActionID: 2\r\n\r\n");
    assert_eq!(
        bench.event("CoreShowChannelsComplete").find("ListItems"),
        Some("0")
    );
}

#[test]
fn a_stop_waits_for_the_last_call() {
    let mut bench = Bench::logged_in("call,system", |_| {});
    bench.originate("5721", "");
    bench.pass_ms(50);
    bench.pbx.inflict(Fault::Stop(Duration::from_secs(5)), bench.now);
    let refused = bench
        .ask("Action: Originate\r\nActionID: 2\r\nChannel: PJSIP/1@x\r\nAsync: true\r\n\r\n")
        .unwrap();
    assert_eq!(refused.find("Message"), Some("Asterisk is shutting down"));
    bench.pass_ms(2_000);
    assert!(!bench.closed, "its session goes on");
    bench.leave_agi(1);
    bench.pass_ms(1);
    assert_eq!(bench.names().last(), Some(&"Shutdown"));
    assert!(bench.closed && bench.down_until.is_some());
}

#[test]
fn agi_may_be_slow_or_never_come() {
    let mut bench = Bench::logged_in("call", |_| {});
    bench
        .pbx
        .inflict(Fault::LegSlow(Duration::from_secs(1)), bench.now);
    bench.originate("5720", "");
    bench.pass_ms(1_000);
    assert!(bench.sessions[&1].heard.is_empty());
    bench.pass_ms(10);
    bench.command(1, "ANSWER");
    bench.pass_ms(999);
    assert_eq!(bench.sessions[&1].heard.len(), 1);
    bench.pass_ms(1);
    assert_eq!(bench.reply(1), "200 result=0");
    bench.pbx.inflict(Fault::LegNever, bench.now);
    bench.originate("5733", "");
    bench.pass_ms(9_000);
    assert!(!bench.names().contains(&"Hangup"));
    bench.pass_ms(2_000);
    assert_eq!(bench.event("Hangup").find("Uniqueid"), Some("c-5733"));
    assert_eq!(bench.sessions.len(), 1);
}

#[test]
fn garbage_is_no_message_and_ends_with_an_empty_line() {
    let mut bench = Bench::logged_in("call", |_| {});
    bench.pbx.inflict(Fault::Garbage, bench.now);
    let pong = bench.ask("Action: Ping\r\nActionID: 9\r\n\r\n").unwrap();
    assert_eq!(pong.find("Ping"), Some("Pong"));
}

impl Bench {
    /// An originate whose response is not waited for.
    fn originate_quietly(&mut self, number: &str) {
        self.ask(&format!(
            "Action: Originate\r\nActionID: o\r\nChannel: PJSIP/{number}@carrier\r\nAsync: true\r\n\r\n"
        ));
    }
}

/// `app_playback.c`: whoever is not there hears nothing, and that is no error of the command.
#[test]
fn a_playback_that_a_hang_up_ends_has_failed() {
    let mut bench = Bench::logged_in("off", |_| {});
    bench.originate("3006", "");
    bench.pass_ms(100);
    let key = *bench.sessions.keys().next().unwrap();
    bench.command(key, "EXEC Playback prueba&prueba");
    bench.pass_ms(4_000);
    assert_eq!(bench.reply(key), "200 result=0");
    bench.command(key, "SET VARIABLE PLAYBACKSTATUS x");
    bench.command(key, "EXEC Playback prueba");
    assert_eq!(bench.reply(key), "200 result=0", "at once");
    bench.command(key, "GET VARIABLE PLAYBACKSTATUS");
    assert_eq!(bench.reply(key), "200 result=1 (FAILED)");
}
