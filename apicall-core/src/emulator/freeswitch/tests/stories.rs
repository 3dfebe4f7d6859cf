//! FreeSWITCH's oddities, one by one.

use super::recordings::recorded;
use super::{Bench, CLIENT};
use crate::emulator::machine::Machine;
use crate::emulator::{EventFault, Fault};
use crate::wire::esl::{Event, Message};
use std::time::Duration;

/// When the first event of that name came, after the start.
fn heard_at(bench: &Bench, name: &str) -> Duration {
    let told = &bench.clients[&CLIENT].told;
    let heard = told.iter().find(|(_, message)| match message {
        Message::Event(event) => event.name() == name,
        _ => false,
    });
    heard
        .unwrap_or_else(|| panic!("no {name} among {:?}", bench.names()))
        .0
}

fn of<'a>(bench: &'a Bench, uuid: &str) -> Vec<&'a str> {
    let events = bench
        .events()
        .filter(|event| event.find("Unique-ID") == Some(uuid));
    events.map(Event::name).collect()
}

fn responses(bench: &Bench) -> Vec<(&str, &str)> {
    let done = bench
        .events()
        .filter(|event| event.name() == "CHANNEL_EXECUTE_COMPLETE");
    done.map(|event| {
        (
            event.find("Application-UUID").unwrap(),
            event.find("Application-Response").unwrap(),
        )
    })
    .collect()
}

#[test]
fn a_half_typed_command_stops_events() {
    let mut bench = Bench::hearing("BACKGROUND_JOB", |_| {});
    bench.say("bgapi hostname\nJob-UUID: one\n\nbgapi ");
    bench.pass_ms(3_000);
    assert_eq!(bench.names().len(), 0);
    bench.say("version\n\n");
    bench.pass_ms(40);
    assert_eq!(bench.names().len(), 2);
}

#[test]
fn commands_in_a_row_starve_events() {
    let mut bench = Bench::hearing("BACKGROUND_JOB", |_| {});
    bench.say(&"bgapi hostname\n\n".repeat(1_000));
    bench.pass_ms(1_000);
    assert_eq!((bench.replies().len(), bench.names().len()), (1_002, 0));
    bench.pass_ms(200);
    assert_eq!(bench.names().len(), 1_000);
}

#[test]
fn an_idle_connection_hears_within_twenty_milliseconds() {
    let mut bench = Bench::hearing("CHANNEL_PROGRESS", |_| {});
    bench.originate("1", &[("APICALL_CALLEE", r#"{"ring_ms":300}"#)]);
    let placed = bench.now - bench.started;
    bench.pass_ms(100);
    let late = heard_at(&bench, "CHANNEL_PROGRESS") - placed;
    assert!(late <= Duration::from_millis(20), "{late:?}");
}

#[test]
fn an_empty_line_has_events_looked_for_at_once() {
    let callee = [("APICALL_CALLEE", r#"{"delay_ms":110,"ring_ms":300}"#)];
    let ringing = |lines: bool| {
        let mut bench = Bench::hearing("CHANNEL_PROGRESS", |_| {});
        bench.originate("1", &callee);
        for _ in 0..150 {
            bench.pass_ms(1);
            if lines {
                bench.say("\n");
            }
        }
        heard_at(&bench, "CHANNEL_PROGRESS")
    };
    let (sooner, idle) = (ringing(true), ringing(false));
    assert!(
        sooner + Duration::from_millis(1) < idle,
        "{sooner:?} and {idle:?}"
    );
    // In the middle of a command it is none.
    let mut bench = Bench::hearing("CHANNEL_PROGRESS", |_| {});
    bench.originate("1", &callee);
    bench.say("bgapi ver");
    bench.pass_ms(200);
    bench.say("\n");
    assert_eq!(bench.names().len(), 0);
}

#[test]
fn a_filter_with_a_sign_stops_what_others_let_through() {
    let kinds = "BACKGROUND_JOB CHANNEL_ANSWER CHANNEL_EXECUTE_COMPLETE";
    let mut bench = Bench::hearing(kinds, |_| {});
    bench.say("filter variable_held_by_apicall /./\n\nfilter Application -park\n\n");
    bench.originate("573000000120", &[]);
    bench.originate("573000000220", &[("held_by_apicall", "us")]);
    bench.pass_ms(5_000);
    bench.execute("573000000220", "sleep", "10", true);
    bench.pass_ms(1_000);
    for number in ["573000000120", "573000000220"] {
        bench.say(&format!("api uuid_kill {number}\n\n"));
    }
    bench.pass_ms(1_000);
    assert_eq!(bench.names(), ["CHANNEL_ANSWER", "CHANNEL_EXECUTE_COMPLETE"]);
    let ended = bench.event("CHANNEL_EXECUTE_COMPLETE").find("Application");
    assert_eq!(ended, Some("sleep"));
    bench.say("filter delete Application -park\n\n");
    bench.originate("573000000320", &[("held_by_apicall", "us")]);
    bench.pass_ms(5_000);
    bench.say("api uuid_kill 573000000320\n\n");
    bench.pass_ms(1_000);
    let last = bench.events().last().unwrap();
    assert_eq!(last.find("Application"), Some("park"));
}

#[test]
fn who_does_not_log_in_is_closed() {
    let mut bench = Bench::new(|_| {});
    bench.pass(Duration::from_secs(24));
    assert!(!bench.clients[&CLIENT].closed);
    bench.pass_ms(700);
    assert!(bench.clients[&CLIENT].closed);
    let mut bench = Bench::new(|config| config.user = Some("apicall@default".to_owned()));
    bench.say("userauth apicall@default:ClueCon\n\n");
    assert_eq!(bench.replies(), ["+OK accepted"]);
    bench.connect(2);
    bench.say_as(2, b"userauth other@default:ClueCon\n\n");
    assert!(bench.clients[&2].closed);
}

#[test]
fn who_is_not_on_the_list_is_turned_away() {
    let mut bench = Bench::new(|_| {});
    bench.pbx.inflict(Fault::TurnAway, bench.now);
    bench.connect(2);
    let told: Vec<_> = bench.clients[&2]
        .told
        .iter()
        .map(|(_, message)| message)
        .collect();
    let real = recorded("acl_rude_rejection");
    assert_eq!(told, real.iter().collect::<Vec<_>>());
    assert!(bench.clients[&2].closed);
    bench.say("auth ClueCon\n\n");
    assert_eq!(bench.replies(), ["+OK accepted"], "whoever is there stays");
    bench.pbx.inflict(Fault::Mend, bench.now);
    bench.connect(3);
    assert!(!bench.clients[&3].closed);
}

#[test]
fn of_so_many_sessions_a_second_one_less_is_let_in() {
    let mut bench = Bench::hearing("BACKGROUND_JOB CHANNEL_CREATE", |config| {
        config.sessions_per_second = Some(3);
    });
    for number in 1..=4 {
        bench.originate(&number.to_string(), &[]);
    }
    bench.pass_ms(100);
    let created = bench
        .names()
        .iter()
        .filter(|name| **name == "CHANNEL_CREATE")
        .count();
    assert_eq!(created, 2);
    let refused = bench
        .events()
        .filter(|event| event.body() == Some("-ERR DESTINATION_OUT_OF_ORDER\n"));
    assert_eq!(refused.count(), 2);
    bench.pass_ms(1_000);
    bench.originate("5", &[]);
    bench.pass_ms(100);
    let created = bench
        .names()
        .iter()
        .filter(|name| **name == "CHANNEL_CREATE")
        .count();
    assert_eq!(created, 3, "a new second");
}

#[test]
fn executes_nest_without_a_lock_and_wait_with_one() {
    for (lock, expected) in [(false, ["second", "first"]), (true, ["first", "second"])] {
        let mut bench = Bench::hearing("CHANNEL_EXECUTE_COMPLETE", |_| {});
        bench.originate("20", &[]);
        bench.pass_ms(100);
        bench.execute("20", "playback", "first", lock);
        bench.pass_ms(1_000);
        bench.execute("20", "playback", "second", lock);
        bench.pass_ms(5_000);
        let ended: Vec<_> = responses(&bench).iter().map(|(uuid, _)| *uuid).collect();
        assert_eq!(ended, expected, "lock {lock}");
        // Two seconds each, one within the other or behind it.
        let last = bench.clients[&CLIENT].told.last().unwrap().0;
        assert!((4_100..4_300).contains(&last.as_millis()), "{last:?}");
    }
}

#[test]
fn playing_ends_by_itself_by_a_break_by_a_key_and_for_want_of_a_file() {
    let mut bench = Bench::hearing("CHANNEL_EXECUTE_COMPLETE PLAYBACK_STOP DTMF", |config| {
        config.sounds = crate::emulator::Sounds::new([("menu", Duration::from_secs(2))], None);
    });
    let callee = r#"{"do":[{"upon":"menu","after_ms":500,"press":"1*"}]}"#;
    bench.originate("20", &[("APICALL_CALLEE", callee)]);
    bench.pass_ms(100);
    bench.execute("20", "playback", "/sounds/menu.wav", true);
    bench.pass_ms(1_000);
    let keys: Vec<_> = bench
        .events()
        .filter_map(|event| event.find("DTMF-Digit"))
        .collect();
    assert_eq!(keys, ["1", "*"], "the star stops it");
    bench.execute("20", "playback", "menu.wav", true);
    bench.pass_ms(1_000);
    bench.say("api uuid_break 20\n\n");
    bench.execute("20", "playback", "menu.wav", true);
    bench.pass_ms(3_000);
    bench.execute("20", "playback", "nothing", true);
    bench.pass_ms(100);
    let stops: Vec<_> = bench
        .events()
        .filter_map(|event| event.find("Playback-Status"))
        .collect();
    assert_eq!(stops, ["break", "break", "done"]);
    let responses: Vec<_> = responses(&bench).iter().map(|(_, response)| *response).collect();
    assert_eq!(
        responses,
        ["FILE PLAYED", "FILE PLAYED", "FILE PLAYED", "FILE NOT FOUND"]
    );
}

#[test]
fn a_bridge_has_a_channel_of_its_own_and_gives_the_caller_back() {
    let mut bench = Bench::hearing("ALL", |_| {});
    bench.originate(
        "20",
        &[("hangup_after_bridge", "false"), ("continue_on_fail", "true")],
    );
    bench.pass_ms(100);
    bench.execute(
        "20",
        "bridge",
        "{origination_uuid=b}sofia/gateway/carrier/21",
        true,
    );
    bench.pass_ms(2_000);
    let second = of(&bench, "b");
    assert_eq!(second.first(), Some(&"CHANNEL_OUTGOING"));
    assert!(second.contains(&"CHANNEL_HANGUP_COMPLETE"), "{second:?}");
    let bridge = bench.event("CHANNEL_BRIDGE");
    assert_eq!(bridge.find("Unique-ID"), Some("20"));
    assert_eq!(bridge.find("Bridge-B-Unique-ID"), Some("b"));
    let first = of(&bench, "20");
    let bridged = first.iter().position(|name| *name == "CHANNEL_BRIDGE").unwrap();
    assert_eq!(
        first[bridged..],
        ["CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_EXECUTE_COMPLETE"]
    );
    bench.say("api uuid_getvar 20 bridge_hangup_cause\n\n");
    assert_eq!(bench.replies().last(), Some(&"NORMAL_CLEARING"));
}

#[test]
fn a_bridge_that_comes_to_nothing_leaves_the_caller() {
    for (number, disposition) in [("10", "USER_BUSY"), ("15", "NO_ANSWER")] {
        let mut bench = Bench::hearing("CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE", |_| {});
        bench.originate("20", &[("continue_on_fail", "true")]);
        bench.pass_ms(100);
        let dial = format!("{{originate_timeout=3}}sofia/gateway/carrier/{number}");
        bench.execute("20", "bridge", &dial, true);
        bench.pass_ms(3_000);
        let ended = bench.event("CHANNEL_EXECUTE_COMPLETE");
        assert_eq!(ended.variable("originate_disposition"), Some(disposition));
        assert!(!of(&bench, "20").contains(&"CHANNEL_HANGUP_COMPLETE"));
    }
}

#[test]
fn whoever_dialed_takes_the_other_along() {
    for (passes, cause) in [(500, "ORIGINATOR_CANCEL"), (2_000, "NORMAL_CLEARING")] {
        let mut bench = Bench::hearing("CHANNEL_HANGUP_COMPLETE", |_| {});
        bench.originate("20", &[("APICALL_TRANSFER_CALLEE", r#"{"ring_ms":1000}"#)]);
        bench.pass_ms(100);
        bench.execute(
            "20",
            "bridge",
            "{origination_uuid=b}sofia/gateway/carrier/33",
            true,
        );
        bench.pass_ms(passes);
        bench.say("api uuid_kill 20\n\n");
        bench.pass_ms(100);
        let ended = bench.events().find(|event| event.find("Unique-ID") == Some("b"));
        assert_eq!(ended.and_then(|event| event.find("Hangup-Cause")), Some(cause));
        assert!(bench.pbx.channels.is_empty());
    }
}

#[test]
fn a_recording_is_as_long_as_somebody_was_heard() {
    for (says, ms) in [("human", "1000"), ("nothing", "0")] {
        let mut bench = Bench::hearing("RECORD_STOP", |_| {});
        let callee = format!(r#"{{"says":"{says}"}}"#);
        bench.originate("20", &[("APICALL_CALLEE", &callee)]);
        bench.pass_ms(100);
        bench.execute("20", "record", "/recordings/r.wav 5 200 1", true);
        bench.pass_ms(2_000);
        assert_eq!(bench.event("RECORD_STOP").variable("record_ms"), Some(ms));
    }
}

#[test]
fn an_originate_that_is_waited_for_keeps_its_connection() {
    let mut bench = Bench::hearing("CHANNEL_ANSWER", |_| {});
    bench.say("api originate {origination_uuid=u}sofia/gateway/carrier/1 &park()\n\napi hostname\n\n");
    assert_eq!(bench.replies().len(), 2, "it has not been answered");
    bench.pass_ms(400);
    assert_eq!(bench.replies()[2..4], ["+OK u\n", "emulated"]);
}

#[test]
fn faults_do_what_they_say() {
    let mut bench = Bench::hearing("BACKGROUND_JOB", |_| {});
    bench.pbx.inflict(Fault::Stall(Duration::from_secs(2)), bench.now);
    bench.say("bgapi hostname\n\n");
    bench.pass_ms(1_900);
    assert_eq!(bench.replies().len(), 2);
    bench.pass_ms(200);
    assert_eq!((bench.replies().len(), bench.names().len()), (3, 1));
    bench
        .pbx
        .inflict(Fault::Events(EventFault::Double(1.0)), bench.now);
    bench.pbx.inflict(
        Fault::Events(EventFault::Late(Duration::from_millis(500))),
        bench.now,
    );
    bench.say("bgapi hostname\n\n");
    bench.pass_ms(400);
    assert_eq!(bench.names().len(), 1);
    bench.pass_ms(200);
    assert_eq!(bench.names().len(), 3);
    bench.pbx.inflict(Fault::HalfOpen, bench.now);
    bench.say("api hostname\n\n");
    bench.pass_ms(5_000);
    assert_eq!(bench.replies().len(), 4);
    bench.pbx.inflict(Fault::Cut, bench.now);
    bench.drain();
    assert!(bench.clients[&CLIENT].closed);
}

#[test]
fn a_crash_takes_everything_and_a_stop_waits_for_the_last_call() {
    let mut bench = Bench::hearing("CHANNEL_HANGUP_COMPLETE SHUTDOWN", |_| {});
    bench.originate("20", &[]);
    bench.pass_ms(100);
    bench.pbx.inflict(Fault::Crash(Duration::from_secs(1)), bench.now);
    bench.drain();
    assert!(bench.clients[&CLIENT].closed && bench.pbx.channels.is_empty());
    assert_eq!(bench.names().len(), 0, "nothing is said of it");
    let mut bench = Bench::hearing("CHANNEL_HANGUP_COMPLETE SHUTDOWN", |_| {});
    bench.originate("21", &[]);
    bench.pass_ms(100);
    bench.pbx.inflict(Fault::Stop(Duration::from_secs(1)), bench.now);
    bench.pass_ms(500);
    assert!(!bench.clients[&CLIENT].closed);
    bench.pass_ms(1_000);
    assert_eq!(bench.names(), ["CHANNEL_HANGUP_COMPLETE", "SHUTDOWN"]);
    assert!(bench.clients[&CLIENT].closed);
}

#[test]
fn a_leg_that_is_slow_or_never_driven() {
    let mut bench = Bench::hearing("CHANNEL_EXECUTE", |_| {});
    bench.originate("20", &[]);
    bench.pass_ms(100);
    bench
        .pbx
        .inflict(Fault::LegSlow(Duration::from_secs(1)), bench.now);
    bench.execute("20", "playback", "a", true);
    bench.pass_ms(900);
    assert_eq!(bench.names().len(), 1, "only the park");
    bench.pass_ms(3_000);
    assert_eq!(bench.names().len(), 2);
    bench.pbx.inflict(Fault::LegNever, bench.now);
    bench.execute("20", "playback", "b", true);
    bench.pass_ms(60_000);
    assert_eq!(bench.names().len(), 2);
    bench.pbx.inflict(Fault::Mend, bench.now);
    bench.pass_ms(100);
    assert_eq!(bench.names().len(), 3);
}

#[test]
fn channels_are_listed_and_values_kept() {
    let mut bench = Bench::hearing("CHANNEL_DESTROY", |_| {});
    bench.say("api show channels as json\n\n");
    assert_eq!(bench.replies().last(), Some(&r#"{"row_count":0}"#));
    bench.originate("20", &[]);
    bench.pass_ms(100);
    bench.say("api show channels as json\n\n");
    let listed: serde_json::Value = serde_json::from_str(bench.replies().last().unwrap()).unwrap();
    assert_eq!(listed["rows"][0]["uuid"], "20");
    assert_eq!(listed["rows"][0]["callstate"], "ACTIVE");
    bench.say("api uuid_setvar 20 note it\\'s, so\n\napi uuid_getvar 20 note\n\napi uuid_getvar 20 none\n\n");
    let replies = bench.replies();
    assert_eq!(replies[replies.len() - 3..], ["+OK\n", "it's, so", "_undef_"]);
}
