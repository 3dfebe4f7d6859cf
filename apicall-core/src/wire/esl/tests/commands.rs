//! Commands: written as meant, read as written, and no value leaves its field.

use super::{recordings, requests};
use crate::wire::InvalidValue;
use crate::wire::esl::{Command, Event, Format, Headers, Message, Request};
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn commands_are_read_as_they_were_meant() {
    let all = requests(
        b"auth x\r\n\r\n\n\n\r\n\r\nbgapi originate a b\r\nJob-UUID: 1\r\n\r\n\
        sendmsg u\ncall-command: execute\ncontent-length: 4\n\na\n\nbexit\n\n",
    );
    let verbs: Vec<_> = all.iter().map(Request::verb).collect();
    let meant = [
        ("auth", "x"),
        ("bgapi", "originate a b"),
        ("sendmsg", "u"),
        ("exit", ""),
    ];
    assert_eq!(verbs, meant);
    assert_eq!(all[1].headers.find("job-uuid"), Some("1"));
    assert_eq!(all[2].body, "a\n\nb");
    let execute = Command::execute("u", "playback", "a b.wav", "id-1").unwrap();
    let [execute] = &requests(&execute.encode())[..] else {
        panic!()
    };
    assert_eq!(execute.verb(), ("sendmsg", "u"));
    let lines: Vec<_> = execute.headers.iter().collect();
    let meant = [
        ("call-command", "execute"),
        ("execute-app-name", "playback"),
        ("execute-app-arg", "a b.wav"),
        ("event-lock", "true"),
        ("Event-UUID", "id-1"),
    ];
    assert_eq!(lines, meant);
}

#[test]
fn commands_are_written_as_the_recorded_client_wrote_them() {
    let written = [
        ("auth_ok_status_exit", Command::auth("ClueCon").unwrap()),
        ("auth_ok_status_exit", Command::api("status")),
        ("auth_ok_status_exit", Command::exit()),
        (
            "heartbeat_json",
            Command::events(Format::Json, ["HEARTBEAT"]).unwrap(),
        ),
        (
            "filter",
            Command::filter("variable_campaign", "/^c[0-9]+$/").unwrap(),
        ),
        ("filter", Command::new("filter delete all")),
        ("error_replies", Command::nixevent(["CHANNEL_CREATE"]).unwrap()),
        (
            "outbound_inbound_call_dialplan_socket",
            Command::linger(Duration::from_secs(2)),
        ),
        (
            "partial_command_stalls_events",
            Command::bgapi("hostname", "stall-1").unwrap(),
        ),
    ];
    let all = recordings(".client.raw");
    for (name, command) in written {
        let (_, bytes) = all
            .iter()
            .find(|(path, _)| path.ends_with(format!("{name}.client.raw")))
            .unwrap();
        let command = String::from_utf8(command.encode()).unwrap();
        assert!(
            String::from_utf8_lossy(bytes).contains(&command),
            "{name}: {command}"
        );
    }
}

#[test]
fn no_value_leaves_its_field() {
    for bad in ["a\rb", "a\nb", "a\0b", "a\n\napi status"] {
        let api = || Command::api("uuid_kill");
        let refused: [(&str, Result<Command, InvalidValue>); 16] = [
            ("password", Command::auth(bad)),
            ("password", Command::userauth("u", bad)),
            ("user", Command::userauth(bad, "p")),
            ("channel", api().word("channel", bad)),
            ("text", api().text("text", bad)),
            ("Job-UUID", Command::bgapi("status", bad)),
            ("event", Command::events(Format::Plain, [bad])),
            ("event", Command::nixevent(["A", bad])),
            ("header", Command::filter(bad, "v")),
            ("value", Command::filter("h", bad)),
            ("value", Command::filter_delete("h", bad)),
            ("channel", Command::sendmsg(bad, "hangup")),
            ("call-command", Command::sendmsg("c", bad)),
            ("application", Command::execute("c", bad, "", "i")),
            ("execute-app-arg", Command::execute("c", "a", bad, "i")),
            ("Event-UUID", Command::execute("c", "a", "", bad)),
        ];
        for (field, result) in refused {
            let error = result.unwrap_err();
            assert_eq!(error.field, field);
            assert!(error.reason.contains("NUL"), "{field}: {error}");
        }
        assert!(api().header("Job-UUID", bad).is_err() && api().header(bad, "x").is_err());
        assert!(Message::reply(bad).is_err() && Headers::new().with(bad, "x").is_err());
        assert!(Event::new("X").unwrap().with(bad, "x").is_err());
    }
}

#[test]
fn a_word_is_one_word() {
    let refused = [
        Command::api("uuid_kill").word("channel", "a b"),
        Command::api("uuid_kill").word("channel", ""),
        Command::events(Format::Plain, []),
        Command::events(Format::Plain, ["A B"]),
        Command::userauth("a:b", "p"),
        Command::userauth("a b", "p"),
        Command::api("x").header("A:", "b"),
        Command::filter("Unique-ID", " "),
    ];
    for (place, result) in refused.into_iter().enumerate() {
        assert!(result.is_err(), "{place}: {result:?}");
    }
}

#[test]
fn a_login_is_not_shown() {
    let logins = [Command::auth("s3cret"), Command::userauth("u@d", "s3cret")];
    for login in logins {
        let login = login.unwrap();
        assert!(!format!("{login:?}").contains("s3cret"));
        assert!(String::from_utf8(login.encode()).unwrap().contains("s3cret"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn commands_come_back(
        texts in proptest::collection::vec("\\PC{1,20}", 0..4),
        headers in proptest::collection::vec(("[A-Za-z-]{1,12}", "\\PC{1,20}"), 0..4),
    ) {
        let mut command = Command::api("originate");
        let mut line = "api originate".to_owned();
        let mut taken = vec![];
        for text in &texts {
            if let Ok(longer) = command.clone().text("argument", text) {
                command = longer;
                line = format!("{line} {text}");
            }
        }
        for (name, value) in headers {
            if let Ok(longer) = command.clone().header(&name, &value) {
                command = longer;
                taken.push((name, value));
            }
        }
        let all = requests(&command.encode());
        prop_assert_eq!(all.len(), 1);
        prop_assert_eq!(&all[0].line, line.trim_ascii_end());
        let back: Vec<_> = all[0].headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        prop_assert_eq!(back, taken);
    }
}
