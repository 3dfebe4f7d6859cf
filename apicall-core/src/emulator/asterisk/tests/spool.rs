//! Calls by file, against the recordings `spool_*` of 22.10.

use super::Bench;
use crate::emulator::Fault;
use crate::emulator::machine::{Input, Machine};
use crate::emulator::spool::{Fate, Spooled};
use std::time::Duration;

/// As it was recorded, with a callee who rings for a moment.
const FILE: &str = "Channel: PJSIP/5550002@carrier\nCallerID: \"APICALL\" <5551000>\nApplication: AGI\nData: agi://127.0.0.1:4573/x\n\
    SetVar: APICALL_CALLEE={\"ring_ms\":2}\nSetvar: B=a,b\nAccount: acc42\nWaitTime: 10\nMaxRetries: 0\n";

impl Bench {
    fn spool(&mut self, text: &str) {
        let (name, text) = ("a.call".to_owned(), text.to_owned());
        self.take(Input::Filed(Spooled { name, text }));
    }
}

#[test]
fn a_file_calls_as_recorded_and_is_gone_with_its_call() {
    let mut bench = Bench::logged_in("on", |_| {});
    bench.spool(FILE);
    bench.pass_ms(4);
    let begun = [
        "Newchannel",
        "Newexten",
        "VarSet",
        "VarSet",
        "VarSet",
        "NewAccountCode",
        "NewCallerid",
        "NewConnectedLine",
        "DialBegin",
    ];
    let names = bench.names();
    let from = names.iter().position(|name| *name == "Newchannel").unwrap();
    assert_eq!(names[from..][..begun.len()], begun);
    assert_eq!(bench.event("Newchannel").find("AccountCode"), Some(""));
    assert_eq!(bench.event("NewAccountCode").find("AccountCode"), Some("acc42"));
    assert_eq!(bench.event("DialBegin").find("DestAccountCode"), Some("acc42"));
    let variables = bench.events().filter(|event| event.name() == "VarSet");
    let variables: Vec<_> = variables.filter_map(|event| event.find("Variable")).collect();
    assert_eq!(variables, ["APICALL_CALLEE", "B", "AST_OUTGOING_ATTEMPT"]);
    bench.pass_ms(100);
    let key = *bench.sessions.keys().next().unwrap();
    bench.command(key, "GET VARIABLE B");
    assert_eq!(bench.reply(key), "200 result=1 (a,b)");
    assert_eq!(bench.pbx.poll_file(), None, "it stays while the call lives");
    bench.leave_agi(key);
    assert_eq!(bench.pbx.poll_file(), Some(Fate::Remove("a.call".to_owned())));
    assert!(bench.names().contains(&"Hangup"));
    assert!(
        !bench.names().contains(&"OriginateResponse"),
        "{:?}",
        bench.names()
    );
}

#[test]
fn a_call_that_fails_and_a_file_that_is_none_are_done_with() {
    let refused = FILE.replace("{\"ring_ms\":2}", "{\"response\":\"busy\"}");
    let unknown = FILE.replace("PJSIP/", "DAHDI/");
    let (nobody, nothing) = (
        FILE.replace("Channel", "Chanel"),
        FILE.replace("Application", "Exten"),
    );
    for text in [refused.as_str(), &unknown, &nobody, &nothing, "", "no call file"] {
        let mut bench = Bench::logged_in("call", |_| {});
        bench.spool(text);
        bench.pass_ms(100);
        assert_eq!(
            bench.pbx.poll_file(),
            Some(Fate::Remove("a.call".to_owned())),
            "{text:?}"
        );
        assert_eq!(bench.names().contains(&"Hangup"), text == refused, "{text:?}");
    }
}

#[test]
fn files_wait_for_a_switch_that_is_away_and_are_called_again_after_a_crash() {
    let mut bench = Bench::logged_in("call", |_| {});
    let again = || Some(Fate::Again("a.call".to_owned()));
    bench.spool(FILE);
    bench.pass_ms(100);
    bench.pbx.inflict(Fault::Crash(Duration::from_secs(2)), bench.now);
    assert_eq!(
        bench.pbx.poll_file(),
        again(),
        "its call is gone, and it is not done with"
    );
    bench.pass_ms(1_000);
    bench.spool(FILE);
    assert_eq!(bench.pbx.poll_file(), again(), "nobody is there");
    bench.pass_ms(1_000);
    bench.spool(FILE);
    assert_eq!(bench.pbx.poll_file(), None, "it is called");
    bench.pbx.inflict(Fault::Stop(Duration::from_secs(1)), bench.now);
    bench.spool(FILE);
    assert_eq!(bench.pbx.poll_file(), again(), "no new calls");
}
