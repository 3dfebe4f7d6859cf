//! What is read from where, and how a refusal reads.

use super::{Config, ConfigError};
use secrecy::ExposeSecret;
use std::io::Write;
use std::path::Path;

const SWITCH: &str = "[[switch]]\nname='a'\nkind='asterisk'\nami='10.0.0.5:5038'\nuser='u'\nsecret='s3cret'\nagi_listen='127.0.0.1:4573'\n";

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(Some(file.path()), variables)
}

#[test]
fn the_example_of_the_docs_is_one() {
    let docs = include_str!("../../../docs/configuration.md");
    let example = docs.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let config = load(example, &[]).unwrap();
    assert_eq!(config.switches[0].name.as_str(), "pbx1");
    assert_eq!(config.limits.cps.per_second(), 100.0);
}

#[test]
fn the_example_shows_the_defaults() {
    let docs = include_str!("../../../docs/configuration.md");
    let example = docs.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let (shown, usual) = (load(example, &[]).unwrap(), load("", &[]).unwrap());
    assert_eq!(format!("{:?}", shown.http), format!("{:?}", usual.http));
    assert_eq!(format!("{:?}", shown.limits), format!("{:?}", usual.limits));
    assert_eq!(format!("{:?}", shown.log), format!("{:?}", usual.log));
    assert_eq!(format!("{:?}", shown.webhooks), format!("{:?}", usual.webhooks));
    assert_eq!(
        shown.switches[0].max_unanswered(),
        load(SWITCH, &[]).unwrap().switches[0].max_unanswered()
    );
}

#[test]
fn every_key_of_the_docs_table_is_one_and_none_is_missing() {
    let docs = include_str!("../../../docs/configuration.md");
    let described = |key: &str| docs.contains(&format!("| `{key}` |"));
    for key in [
        "engine.name",
        "http.listen",
        "http.trusted_proxies",
        "http.max_import_bytes",
        "http.session_h",
        "store.url",
        "store.password",
        "store.password_file",
        "audio.dir",
        "audio.max_bytes",
        "audio.max_s",
        "limits.cps",
        "limits.channels",
        "limits.drain_s",
        "limits.span_engines",
        "log.level",
        "log.format",
        "webhooks.allow",
        "webhooks.deny",
        "webhooks.max_at_once",
        "retention.calls_days",
        "retention.timelines_days",
        "retention.export",
        "switch.name",
        "switch.kind",
        "switch.emulated",
        "switch.ami",
        "switch.user",
        "switch.secret",
        "switch.agi_listen",
        "switch.agi_url",
        "switch.agi_allow",
        "switch.originate",
        "switch.spool_dir",
        "switch.dial",
        "switch.cps",
        "switch.channels",
        "switch.max_unanswered",
        "switch.esl",
        "switch.password",
        "switch.sounds",
        "switch.recordings",
        "switch.audio_dir",
        "switch.audio_url",
        "switch.audio_address",
        "switch.audio_ports",
        "switch.visitors_listen",
        "switch.visitors_allow",
        "switch.seed",
        "switch.callees",
    ] {
        assert!(described(key), "{key} is not described");
    }
    // The message of an unknown key lists the known ones: nothing but those above.
    for (section, keys) in [
        ("engine", 1),
        ("http", 7),
        ("store", 3),
        ("audio", 3),
        ("limits", 4),
        ("log", 2),
        ("webhooks", 3),
    ] {
        let error = load(&format!("[{section}]\nnothing=1"), &[])
            .unwrap_err()
            .to_string();
        let known = error.split("use one of ").nth(1).unwrap().split(", ");
        let known: Vec<_> = known.map(|key| format!("{section}.{key}")).collect();
        assert_eq!(known.len(), keys, "{error}");
        // A table within is told key by key.
        let told = |key: &String| described(key) || docs.contains(&format!("| `{key}."));
        assert!(known.iter().all(told), "{error}");
    }
}

#[test]
fn the_environment_is_over_the_file() {
    let config = load(
        &format!("[http]\nlisten='127.0.0.1:1'\n{SWITCH}"),
        &[
            ("APICALL__HTTP__LISTEN", "[::1]:9"),
            ("APICALL__HTTP__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
            ("APICALL__LIMITS__CPS", "0.5"),
            ("APICALL__LOG__FORMAT", "json"),
            ("APICALL__SWITCH__0__SECRET", "0123"),
            ("APICALL__SWITCH__0__CPS", "20"),
            ("APICALL_TOKEN", "not ours"),
        ],
    )
    .unwrap();
    assert_eq!(config.http.listen, "[::1]:9".parse().unwrap());
    assert_eq!(config.http.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
    assert_eq!(config.limits.cps.per_second(), 0.5);
    let switch = &config.switches[0];
    assert_eq!(
        (
            switch.name.as_str(),
            switch.secret.as_ref().unwrap().expose_secret()
        ),
        ("a", "0123")
    );
    assert_eq!(switch.cps.map(|cps| cps.per_second()), Some(20.0));
}

#[test]
fn a_password_of_the_store_stands_in_one_place_and_is_shown_nowhere() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"s3cret\n").unwrap();
    let url = "[store]\nurl = 'mysql://u@db/apicall'\n";
    let named = format!("{url}password_file = '{}'\n", file.path().display());
    for config in [
        load(&named, &[]),
        load(url, &[("APICALL__STORE__PASSWORD", "s3cret")]),
        load("[store]\nurl = 'mysql://u:s3cret@db/apicall'\n", &[]),
    ] {
        assert_eq!(
            config.unwrap().store().unwrap().to_string(),
            "mysql://u@db:3306/apicall"
        );
    }
    let both = load(&named, &[("APICALL__STORE__PASSWORD", "s3cret")])
        .unwrap_err()
        .to_string();
    assert!(
        both.contains("store.password_file: give a password or a file"),
        "{both}"
    );
    let absent = load(&format!("{url}password_file = '/nowhere/at/all'\n"), &[]).unwrap();
    let absent = absent.store().unwrap_err().to_string();
    assert!(
        absent.contains("name a file that the engine may read"),
        "{absent}"
    );
    let needless = load("[store]\nurl = 'sqlite://a.db'\npassword = 's3cret'\n", &[]).unwrap();
    let needless = needless.store().unwrap_err().to_string();
    assert!(
        needless.contains("a file has no password") && !needless.contains("s3cret"),
        "{needless}"
    );
}

#[test]
fn a_switch_may_come_from_the_environment_alone() {
    let config = load(
        "",
        &[
            ("APICALL__SWITCH__0__NAME", "7"),
            ("APICALL__SWITCH__0__KIND", "asterisk"),
            ("APICALL__SWITCH__0__AMI", "[::1]:5038"),
            ("APICALL__SWITCH__0__USER", "u"),
            ("APICALL__SWITCH__0__SECRET", "12"),
            ("APICALL__SWITCH__0__AGI_LISTEN", "127.0.0.1:4573"),
            ("APICALL__SWITCH__0__MAX_UNANSWERED", "7"),
        ],
    )
    .unwrap();
    let adapter = config.switches[0].adapter(Vec::new()).unwrap();
    assert_eq!(
        (adapter.agi_url.as_str(), config.switches[0].max_unanswered()),
        ("agi://127.0.0.1:4573", 7)
    );
}

#[test]
fn an_emulated_switch_needs_only_a_name() {
    let config = load("[[switch]]\nname='here'\nkind='emulator'\ncps=500\nseed=7\n", &[]).unwrap();
    let switch = &config.switches[0];
    assert_eq!((switch.told_kind(), switch.seed), ("emulator", Some(7)));
    assert_eq!(switch.max_unanswered(), 5_000);
    for (key, line) in [
        ("originate", "originate='spool'"),
        ("spool_dir", "spool_dir='/out'"),
    ] {
        let text = format!("[[switch]]\nname='here'\nkind='emulator'\npbx='freeswitch'\n{line}\n");
        let error = load(&text, &[]).unwrap_err().to_string();
        let told = format!("switch here: {key}: is not of a FreeSWITCH, which takes no call files");
        assert!(error.contains(&told), "{error}");
    }
}

#[test]
fn a_switch_that_is_an_emulator_behind_its_protocol_is_told_as_one() {
    for (text, told, unanswered) in [
        (SWITCH.to_owned(), "asterisk", 100),
        (format!("{SWITCH}emulated=true\n"), "emulator", 5_000),
    ] {
        let switch = &load(&text, &[]).unwrap().switches[0];
        assert_eq!((switch.told_kind(), switch.max_unanswered()), (told, unanswered));
        assert_eq!(switch.adapter(Vec::new()).unwrap().ami, "10.0.0.5:5038");
    }
    let itself = "[[switch]]\nname='a'\nkind='emulator'\nemulated=true\n";
    let error = load(itself, &[]).unwrap_err().to_string();
    assert!(error.contains("switch a: emulated: is of no use"), "{error}");
}

#[test]
fn a_freeswitch_needs_its_event_socket_and_the_password() {
    const FREESWITCH: &str =
        "[[switch]]\nname='f'\nkind='freeswitch'\nesl='10.0.0.6:8021'\npassword='ClueCon'\n";
    let config = load(FREESWITCH, &[]).unwrap();
    let adapter = config.switches[0].adapter_of_freeswitch().unwrap();
    assert_eq!(
        (config.switches[0].kind.as_str(), adapter.esl.as_str()),
        ("freeswitch", "10.0.0.6:8021")
    );
    assert_eq!(adapter.dial, "sofia/gateway/{trunk}/{number}".parse().unwrap());
    assert_eq!(adapter.user, None);
    assert_eq!((adapter.audio.address, adapter.audio.ports), (None, None));
    let audio = format!("{FREESWITCH}audio_address='203.0.113.7'\naudio_ports='40000-44999'");
    let adapter = load(&audio, &[]).unwrap().switches[0]
        .adapter_of_freeswitch()
        .unwrap();
    assert_eq!(adapter.audio.address, Some([203, 0, 113, 7].into()));
    assert_eq!(adapter.audio.ports, Some(40_000..=44_999));
    assert!(adapter.visitors.is_none());
    let visitors = format!("{FREESWITCH}visitors_listen='10.0.0.7:8084'");
    for (text, allowed) in [
        (visitors.clone(), "127.0.0.0/8 ::1/128 10.0.0.6/32"),
        (
            format!("{visitors}\nvisitors_allow=['10.0.0.0/24']"),
            "10.0.0.0/24",
        ),
    ] {
        let adapter = load(&text, &[]).unwrap().switches[0]
            .adapter_of_freeswitch()
            .unwrap();
        let visitors = adapter.visitors.unwrap();
        assert_eq!(visitors.listen, "10.0.0.7:8084".parse().unwrap());
        let allow: Vec<_> = visitors.allow.iter().map(ToString::to_string).collect();
        assert_eq!(allow.join(" "), allowed);
    }
    for (text, key, remedy) in [
        (FREESWITCH.replace(":8021", ""), "esl", "host:port"),
        (
            FREESWITCH.replace("password='ClueCon'\n", ""),
            "password",
            "is missing; add it",
        ),
        (
            FREESWITCH.replace("ClueCon", ""),
            "password",
            "event_socket.conf.xml",
        ),
        (format!("{FREESWITCH}user='a:b'"), "user", "name@domain"),
        (
            format!("{FREESWITCH}ami='10.0.0.6:5038'"),
            "ami",
            "esl and password",
        ),
        (format!("{FREESWITCH}sounds='/a b'"), "sounds", "without spaces"),
        (
            format!("{FREESWITCH}audio_ports='5-3'"),
            "audio_ports",
            "`5-3`: write it as first-last",
        ),
        (
            format!("{SWITCH}audio_ports='4000-4999'").replace("'a'", "'f'"),
            "audio_ports",
            "kind = \"freeswitch\"",
        ),
        (
            format!("{FREESWITCH}visitors_allow=['10.0.0.0/24']"),
            "visitors_allow",
            "without visitors_listen",
        ),
        (
            format!("{SWITCH}visitors_listen='127.0.0.1:8084'").replace("'a'", "'f'"),
            "visitors_listen",
            "kind = \"freeswitch\"",
        ),
        (
            FREESWITCH.replace("freeswitch", "emulator"),
            "esl",
            "kind = \"freeswitch\"",
        ),
        (
            format!("{SWITCH}recordings='/tmp'").replace("'a'", "'f'"),
            "recordings",
            "kind = \"freeswitch\"",
        ),
    ] {
        let error = load(&text, &[]).unwrap_err().to_string();
        assert!(error.contains(&format!(": switch f: {key}: ")), "{key}: {error}");
        assert!(error.contains(remedy), "{key}: {error}");
    }
}

#[test]
fn who_may_connect_is_loopback_and_the_switch() {
    let adapter = load(SWITCH, &[]).unwrap().switches[0]
        .adapter(Vec::new())
        .unwrap();
    let allowed: Vec<_> = adapter.agi_allow.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["127.0.0.0/8", "::1/128", "10.0.0.5/32"]);
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
    for (text, key, remedy) in [
        (
            "[http]\nlissten='x'",
            "http.lissten",
            "no such key; use one of listen, ",
        ),
        (
            "[htttp]\nlisten='x'",
            "htttp",
            "no such key; use one of engine, http, ",
        ),
        ("[http]\nlisten='nowhere'", "http.listen", "address"),
        ("[http]\nsession_h=0", "http.session_h", "use 1 to 8760"),
        ("[limits]\ncps=2.5", "limits.cps", "use a whole number"),
        ("[limits]\nchannels=0", "limits.channels", "use a whole number"),
        (
            "[retention]\ncalls_days=0",
            "retention.calls_days",
            "use 1 to 36500",
        ),
        (
            "[retention]\ncalls_days=3\ntimelines_days=4",
            "retention.timelines_days",
            "use 3 or less",
        ),
        (
            "[retention]\nexport='x'",
            "retention.export",
            "set calls_days or timelines_days",
        ),
        ("[log]\nlevel='info,x=loud'", "log.level", "use error, warn"),
        ("[log]\nformat='xml'", "log.format", "use one of `text`, `json`"),
        (
            &format!("{SWITCH}dial='PJSIP/x'"),
            "switch a: dial",
            "PJSIP/{number}@{trunk}",
        ),
        (
            &format!("{SWITCH}originate='spool'"),
            "switch a: spool_dir",
            "is missing",
        ),
        (
            &format!("{SWITCH}agi_url='http://x'"),
            "switch a: agi_url",
            "agi://host:port",
        ),
        (
            &format!("{SWITCH}{SWITCH}"),
            "switch.name",
            "two switches are called a",
        ),
        (
            &format!("{SWITCH}max_unanswered=0"),
            "switch a: max_unanswered",
            "use 1 to 100000",
        ),
        (
            &SWITCH.replace("10.0.0.5:5038", "10.0.0.5"),
            "switch a: ami",
            "host:port",
        ),
        (
            &SWITCH.replace("127.0.0.1:4573", "0.0.0.0:4573"),
            "switch a: agi_url",
            "is missing",
        ),
        (
            &SWITCH.replace("user='u'\n", ""),
            "switch a: user",
            "is missing; add it",
        ),
        (
            &SWITCH.replace("asterisk", "pbx"),
            "switch.0.kind",
            "`asterisk`, `freeswitch`, `emulator`",
        ),
        (
            "[[switch]]\nname='a'\nkind='emulator'\npbx='pbx'\n",
            "switch.0.pbx",
            ": `pbx` is none of them; use one of `asterisk`, `freeswitch`",
        ),
        (&format!("{SWITCH}seed=1"), "switch a: seed", "emulated"),
        (
            &SWITCH.replace("asterisk", "emulator"),
            "switch a: ami",
            "needs only a name",
        ),
    ] {
        let error = load(text, &[]).unwrap_err().to_string();
        assert!(error.contains(&format!(": {key}: ")), "{key}: {error}");
        assert!(error.contains(remedy), "{key}: {error}");
        assert!(error.starts_with("/"), "the file is named: {error}");
    }
}

#[test]
fn a_variable_that_is_wrong_is_named_as_it_is_written() {
    for (variable, value, remedy) in [
        ("APICALL__HTTP__LISSTEN", "x", "no such key; use one of listen, "),
        ("APICALL__HTTP__SESSION_H", "long", "expected u32"),
        ("APICALL__HTTP", "x", "APICALL__SECTION__KEY"),
        ("APICALL__SWITCH__PBX1__SECRET", "x", "APICALL__SWITCH__0__KEY"),
        ("APICALL__SWITCH__2__SECRET", "x", "number them from 0"),
    ] {
        let error = load("", &[(variable, value)]).unwrap_err().to_string();
        assert!(error.starts_with("the environment: APICALL__"), "{error}");
        assert!(error.contains(remedy), "{error}");
    }
}

#[test]
fn no_refusal_shows_a_secret() {
    for text in [
        SWITCH.replace("'s3cret'", "34512"),
        SWITCH.replace("'s3cret'", "'34512\\n'").replace('\'', "\""),
        "[store]\nurl=34512".to_owned(),
    ] {
        let error = load(&text, &[]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("34512"), "{error}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let error = Config::read(Some(Path::new("/nowhere/apicall.toml")), std::iter::empty()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/nowhere/apicall.toml: no such configuration file"
    );
}

#[test]
fn a_switch_gets_audio_by_a_path_or_by_links() {
    let with = |line: &str| load(&format!("{SWITCH}{line}\n"), &[]);
    let seen = |config: &Config| config.audio_seen_by(&config.switches[0]).display().to_string();
    assert!(seen(&with("").unwrap()).starts_with('/'));
    assert_eq!(seen(&with("audio_dir='/mnt/audio'").unwrap()), "/mnt/audio");
    assert!(with("audio_url='http://10.0.0.5:8080'").is_ok());
    for (line, why) in [
        ("audio_dir='audio'", "write it from `/`"),
        ("audio_url='10.0.0.5:8080'", "http://host:port"),
        ("audio_url='http://'", "http://host:port"),
        ("audio_url='http://a/?b'", "http://host:port"),
        ("audio_dir='/a'\naudio_url='http://a'", "by one of them"),
    ] {
        let refused = with(line).unwrap_err().to_string();
        assert!(
            refused.contains(why) && refused.contains("switch "),
            "{line}: {refused}"
        );
    }
    let emulated = load("[[switch]]\nname='e'\nkind='emulator'\naudio_dir='/a'\n", &[]);
    assert!(emulated.unwrap_err().to_string().contains("has every sound"));
}
