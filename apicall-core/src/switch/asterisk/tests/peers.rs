//! The adapter's tasks against an Asterisk that speaks from a script, over real sockets.

use super::super::{AsteriskConfig, OriginateBy, Timing, start, token};
use crate::model::{CallId, LegCommand, LegReply, Outcome, TransferTarget};
use crate::switch::{Command, Event, News, Originate, Sign, Supply, Switch, WayOut};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) struct Bench {
    manager: TcpListener,
    pub(super) switch: Switch,
    events: UnboundedReceiver<Event>,
    agi: std::net::SocketAddr,
    _end: DropGuard,
}

pub(super) async fn bench() -> Bench {
    bench_by(OriginateBy::Ami).await
}

pub(super) async fn bench_by(originate: OriginateBy) -> Bench {
    let manager = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let agi = free.local_addr().unwrap();
    drop(free);
    let config = AsteriskConfig {
        name: "pbx1".parse().unwrap(),
        ami: manager.local_addr().unwrap().to_string(),
        user: "apicall".into(),
        secret: "secret".to_owned().into(),
        agi_listen: agi,
        agi_url: format!("agi://{agi}"),
        agi_allow: vec!["127.0.0.0/8".parse().unwrap()],
        originate,
        dial: "PJSIP/{number}@{trunk}".parse().unwrap(),
        supply: Supply::default(),
        token_key: b"key".to_vec(),
        timing: Timing {
            ping_after: Duration::from_millis(200),
            pong_within: Duration::from_millis(200),
            reply: Duration::from_millis(1500),
            backoff_least: Duration::from_millis(10),
            backoff_most: Duration::from_millis(20),
            environment: Duration::from_millis(300),
            ..Timing::default()
        },
    };
    let (sender, events) = unbounded_channel();
    let shutdown = CancellationToken::new();
    let switch = start(config, sender, shutdown.clone()).await.unwrap();
    Bench {
        manager,
        switch,
        events,
        agi,
        _end: shutdown.drop_guard(),
    }
}

impl Bench {
    /// The next news, but for how quick the switch is.
    pub(super) async fn news(&mut self) -> News {
        loop {
            let waited = tokio::time::timeout(Duration::from_secs(10), self.events.recv()).await;
            let news = waited.expect("news in ten seconds").unwrap().news;
            if !matches!(news, News::Reacted(_)) {
                return news;
            }
        }
    }

    /// Accepts a connection and lets it log in.
    async fn accept(&mut self) -> Peer {
        let (stream, _) = self.manager.accept().await.unwrap();
        let mut peer = Peer {
            stream: BufReader::new(stream),
        };
        peer.say("Asterisk Call Manager/11.0.0\r\n").await;
        peer
    }

    pub(super) async fn logged_in(&mut self) -> Peer {
        let mut peer = self.accept().await;
        let challenge = peer.hear("Challenge").await;
        peer.say(&format!(
            "Response: Success\r\nActionID: {}\r\nChallenge: 151686396\r\n\r\n",
            challenge.id
        ))
        .await;
        let login = peer.hear("Login").await;
        assert!(
            login.text.contains("Key: "),
            "the secret is not sent: {}",
            login.text
        );
        assert!(!login.text.contains("secret"));
        peer.accept_action(&login).await;
        peer.say("Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n")
            .await;
        for name in ["Filter", "Events"] {
            let action = peer.hear(name).await;
            peer.accept_action(&action).await;
        }
        peer
    }

    pub(super) async fn up(&mut self, calls: &[CallId]) -> Peer {
        let mut peer = self.logged_in().await;
        let list = peer.hear("CoreShowChannels").await;
        peer.accept_action(&list).await;
        for call in calls {
            peer.say(&format!(
                "Event: CoreShowChannel\r\nChannelState: 6\r\nUniqueid: {call}\r\n\r\n"
            ))
            .await;
        }
        peer.say(&format!(
            "Event: CoreShowChannelsComplete\r\nActionID: {}\r\n\r\n",
            list.id
        ))
        .await;
        loop {
            match self.news().await {
                News::Up { live } => {
                    assert_eq!(live, calls);
                    return peer;
                }
                News::Down { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) async fn ended(&mut self) -> (CallId, Outcome) {
        loop {
            if let News::Call {
                call,
                sign: Sign::Ended { outcome, .. },
            } = self.news().await
            {
                return (call, outcome);
            }
        }
    }

    pub(super) fn originate(&self) -> CallId {
        let call = CallId::draw();
        let originate = Originate {
            call,
            project: 7.try_into().unwrap(),
            number: "+573001234567".parse().unwrap(),
            way: WayOut {
                trunk: "carrier".parse().unwrap(),
                prefix: String::new(),
            },
            caller_id: Some("5551234".parse().unwrap()),
            ring_timeout: Duration::from_secs(30),
            variables: Default::default(),
        };
        self.switch
            .commands
            .send(Command::Originate(Box::new(originate)))
            .unwrap();
        call
    }
}

pub(super) struct Peer {
    stream: BufReader<TcpStream>,
}

pub(super) struct Heard {
    pub(super) id: String,
    pub(super) text: String,
}

impl Peer {
    pub(super) async fn say(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    /// The next action, which is this one; Pings are answered meanwhile.
    pub(super) async fn hear(&mut self, name: &str) -> Heard {
        loop {
            let mut text = String::new();
            while !text.ends_with("\r\n\r\n") {
                let read = self.stream.read_line(&mut text).await.unwrap();
                assert!(read > 0, "closed while {name} was awaited");
            }
            let id = text
                .lines()
                .find_map(|line| line.strip_prefix("ActionID: "))
                .unwrap()
                .to_owned();
            let heard = Heard { id, text };
            if heard.text.starts_with("Action: Ping") && name != "Ping" {
                self.accept_action(&heard).await;
                continue;
            }
            assert!(
                heard.text.starts_with(&format!("Action: {name}\r\n")),
                "{}",
                heard.text
            );
            return heard;
        }
    }

    pub(super) async fn accept_action(&mut self, action: &Heard) {
        self.say(&format!("Response: Success\r\nActionID: {}\r\n\r\n", action.id))
            .await;
    }
}

#[tokio::test]
async fn a_call_is_placed_and_followed() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = bench.originate();
    let heard = peer.hear("Originate").await;
    for line in [
        "Channel: PJSIP/573001234567@carrier",
        &format!("ChannelId: {call}"),
        "Async: true",
        "Timeout: 30000",
        "CallerID: 5551234",
        "Variable: APICALL_PROYECTO_ID=7",
    ] {
        assert!(
            heard.text.contains(&format!("{line}\r\n")),
            "{line} in {}",
            heard.text
        );
    }
    peer.accept_action(&heard).await;
    peer.say(&format!(
        "Event: DialEnd\r\nDestUniqueid: {call}\r\nDialStatus: BUSY\r\n\r\n"
    ))
    .await;
    peer.say(&format!("Event: Hangup\r\nUniqueid: {call}\r\nCause: 17\r\n\r\n"))
        .await;
    assert_eq!(bench.ended().await, (call, Outcome::Busy));
}

#[tokio::test]
async fn a_refused_originate_fails() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = bench.originate();
    let heard = peer.hear("Originate").await;
    peer.say(&format!(
        "Response: Error\r\nActionID: {}\r\nMessage: Permission denied\r\n\r\n",
        heard.id
    ))
    .await;
    assert_eq!(bench.ended().await, (call, Outcome::Failed));
}

#[tokio::test]
async fn nothing_is_placed_while_it_is_down() {
    let mut bench = bench().await;
    let call = bench.originate();
    assert_eq!(bench.ended().await, (call, Outcome::Failed));
}

#[tokio::test]
async fn a_wrong_secret_is_told() {
    let mut bench = bench().await;
    let mut peer = bench.accept().await;
    let challenge = peer.hear("Challenge").await;
    peer.say(&format!(
        "Response: Success\r\nActionID: {}\r\nChallenge: 1\r\n\r\n",
        challenge.id
    ))
    .await;
    let login = peer.hear("Login").await;
    let refusal = format!(
        "Response: Error\r\nActionID: {}\r\nMessage: Authentication failed\r\n\r\n",
        login.id
    );
    peer.say(&refusal).await;
    let News::Down { reason } = bench.news().await else {
        panic!()
    };
    assert!(
        reason.contains("Authentication failed") && reason.contains("manager.conf"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_broken_connection_comes_back_and_tells_who_lives() {
    let mut bench = bench().await;
    let peer = bench.up(&[]).await;
    drop(peer);
    assert!(matches!(bench.news().await, News::Down { .. }));
    let call = CallId::draw();
    let mut peer = bench.up(&[call]).await;
    bench.switch.commands.send(Command::Adopt(call)).unwrap();
    bench.switch.commands.send(Command::Hangup(call)).unwrap();
    let hangup = peer.hear("Hangup").await;
    assert!(hangup.text.contains(&format!("Channel: {call}\r\n")));
    peer.say(&format!("Event: Hangup\r\nUniqueid: {call}\r\nCause: 16\r\n\r\n"))
        .await;
    assert_eq!(bench.ended().await, (call, Outcome::Answered));
}

#[tokio::test]
async fn a_hang_up_that_comes_before_its_channel_is_repeated() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = bench.originate();
    peer.hear("Originate").await;
    bench.switch.commands.send(Command::Hangup(call)).unwrap();
    let hangup = peer.hear("Hangup").await;
    peer.say(&format!(
        "Response: Error\r\nActionID: {}\r\nMessage: No such channel\r\n\r\n",
        hangup.id
    ))
    .await;
    let again = peer.hear("Hangup").await;
    peer.accept_action(&again).await;
}

/// An Asterisk's side of a FastAGI session.
pub(super) async fn session(bench: &Bench, script: &str, argument: Option<&str>) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(bench.agi).await.unwrap();
    let argument = argument
        .map(|argument| format!("agi_arg_1: {argument}\n"))
        .unwrap_or_default();
    let environment =
        format!("agi_network: yes\nagi_network_script: {script}\nagi_callerid: 573001234567\n{argument}\n");
    stream.write_all(environment.as_bytes()).await.unwrap();
    BufReader::new(stream)
}

pub(super) async fn answer(stream: &mut BufReader<TcpStream>, command: &str, reply: &str) {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with(command), "{line} instead of {command}");
    stream
        .get_mut()
        .write_all(format!("{reply}\n").as_bytes())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_answered_call_is_driven() {
    let mut bench = bench().await;
    let call = CallId::draw();
    let script = format!("call/{call}/{}", token::of(b"key", call));
    let mut stream = session(&bench, &script, None).await;
    let mut leg = loop {
        if let News::Leg { call: of, leg } = bench.news().await {
            assert_eq!(of, call);
            break leg;
        }
    };
    leg.leave_by(WayOut {
        trunk: "carrier".parse().unwrap(),
        prefix: "9".into(),
    });
    let gather = LegCommand::Gather {
        prompt: vec!["menu".parse().unwrap()],
        max_digits: 2,
        terminators: "#".parse().unwrap(),
        first_timeout: Duration::from_secs(5),
        next_timeout: Duration::from_secs(3),
    };
    let transfer = LegCommand::Transfer {
        target: TransferTarget::Number("+573007654321".parse().unwrap()),
        caller_id: None,
        ring_timeout: Duration::from_secs(20),
        max_talk: Duration::from_secs(60),
    };
    let asterisk = async {
        answer(
            &mut stream,
            "STREAM FILE \"menu\" \"0123456789*#\"",
            "200 result=49 endpos=8000",
        )
        .await;
        answer(&mut stream, "WAIT FOR DIGIT \"3000\"", "200 result=50").await;
        answer(
            &mut stream,
            "EXEC Dial \"PJSIP/9573007654321@carrier,20,giL(60000)\"",
            "200 result=0",
        )
        .await;
        answer(
            &mut stream,
            "GET VARIABLE \"DIALSTATUS\"",
            "200 result=1 (ANSWER)",
        )
        .await;
        answer(&mut stream, "GET VARIABLE \"HANGUPCAUSE\"", "200 result=1 (16)").await;
        answer(&mut stream, "STREAM FILE \"nothing\"", "200 result=-1 endpos=0").await;
        answer(&mut stream, "CHANNEL STATUS", "200 result=6").await;
        answer(
            &mut stream,
            "STREAM FILE \"menu\"",
            "HANGUP\n200 result=-1 endpos=80",
        )
        .await;
    };
    let play = |name: &str| LegCommand::Play {
        sounds: vec![name.parse().unwrap()],
        interrupt: Default::default(),
    };
    let engine = async {
        assert_eq!(
            leg.execute(gather).await,
            LegReply::Gathered("12".parse().unwrap())
        );
        let LegReply::Transferred(report) = leg.execute(transfer).await else {
            panic!()
        };
        assert_eq!((report.talked_ms, report.cause.q850), (report.total_ms, Some(16)));
        assert!(
            matches!(leg.execute(play("nothing")).await, LegReply::Failed(reason) if reason.contains("nothing"))
        );
        assert_eq!(leg.execute(play("menu")).await, LegReply::Gone);
        assert_eq!(leg.execute(play("menu")).await, LegReply::Gone);
    };
    tokio::join!(asterisk, engine);
}

#[tokio::test]
async fn strangers_are_shown_the_door() {
    let mut bench = bench().await;
    let (call, other) = (CallId::draw(), CallId::draw());
    let stolen = format!("call/{call}/{}", token::of(b"key", other));
    for (script, argument) in [(stolen.as_str(), Some("7")), ("x", None), ("x", Some("seven"))] {
        let mut stream = session(&bench, script, argument).await;
        let mut line = String::new();
        let _ = stream.read_line(&mut line).await;
        assert_eq!(line, "", "{script}");
    }
    let mut silent = BufReader::new(TcpStream::connect(bench.agi).await.unwrap());
    assert_eq!(
        silent.read_line(&mut String::new()).await.unwrap(),
        0,
        "a silent one is not waited for"
    );
    while let Ok(event) = bench.events.try_recv() {
        assert!(matches!(event.news, News::Down { .. }), "{event:?}");
    }
}

#[tokio::test]
async fn the_dialplan_brings_visitors() {
    let mut bench = bench().await;
    let mut stream = session(&bench, "", Some("7")).await;
    answer(
        &mut stream,
        "GET VARIABLE \"APICALL_TRUNK\"",
        "200 result=1 (carrier)",
    )
    .await;
    answer(&mut stream, "GET VARIABLE \"APICALL_PREFIX\"", "200 result=0").await;
    let visitor = loop {
        if let News::Visitor(visitor) = bench.news().await {
            break visitor;
        }
    };
    assert_eq!(
        (visitor.project.get(), visitor.trunk.unwrap().as_str()),
        (7, "carrier")
    );
    assert_eq!(visitor.number, Some("+573001234567".parse().unwrap()));
    assert_eq!(visitor.prefix, None);
}

#[tokio::test]
async fn thousands_of_sessions_at_once() {
    let mut bench = bench().await;
    let mut open = vec![];
    for _ in 0..3_000 {
        let call = CallId::draw();
        let script = format!("call/{call}/{}", token::of(b"key", call));
        open.push(session(&bench, &script, None).await);
    }
    let mut legs = vec![];
    while legs.len() < open.len() {
        if let News::Leg { leg, .. } = bench.news().await {
            legs.push(leg);
        }
    }
}
