//! The dialplan of the emulated FreeSWITCH hands channels over to the real adapter.

use crate::bench::quick;
use crate::pbx::{Pbx, SECRET, freeswitch_at};
use crate::play;
use apicall_core::emulator::{Callees, Rule, Shares, Whom};
use apicall_core::model::{AmdVerdict, Callee, Greeting, LegCommand, LegReply};
use apicall_core::switch::freeswitch::{self, FreeSwitchConfig, VisitorsConfig};
use apicall_core::switch::{Event, News, Visitor};
use apicall_core::wire::esl::{self, Decoder, Message};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

/// Who has calls placed there, and sees what runs on them.
struct Operator {
    stream: TcpStream,
    decoder: Decoder,
}

impl Operator {
    async fn at(address: SocketAddr) -> Self {
        let mut operator = Self {
            stream: TcpStream::connect(address).await.unwrap(),
            decoder: Decoder::default(),
        };
        operator.says(&format!("auth {SECRET}")).await;
        operator
            .says("event plain CHANNEL_EXECUTE CHANNEL_HANGUP_COMPLETE")
            .await;
        operator
    }

    async fn says(&mut self, line: &str) {
        self.stream
            .write_all(format!("{line}\n\n").as_bytes())
            .await
            .unwrap();
    }

    /// Has somebody called, with a dialplan that hands them over there and then goes on.
    async fn hands_over_to(&mut self, address: SocketAddr) {
        let call = "{ignore_early_media=true,APICALL_PROYECTO_ID=7}sofia/gateway/carrier/573000000020";
        self.says(&format!(
            "bgapi originate {call} 'socket:{address} async full,echo' inline"
        ))
        .await;
    }

    /// The next event of that name.
    async fn hears(&mut self, name: &str) -> esl::Event {
        let heard = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                match self.decoder.poll().map(|message| message.item.unwrap()) {
                    Some(Message::Event(event)) if event.name() == name => return event,
                    Some(_) => continue,
                    None => {}
                }
                let mut input = [0; 4096];
                let count = self.stream.read(&mut input).await.unwrap();
                assert!(count > 0, "the emulator closed the connection");
                self.decoder.feed(&input[..count]);
            }
        });
        heard.await.unwrap_or_else(|_| panic!("no {name}"))
    }

    /// Waits until it is this that is executed; the channel's variable of that name then.
    async fn sees(&mut self, application: &str, variable: &str) -> Option<String> {
        loop {
            let event = self.hears("CHANNEL_EXECUTE").await;
            if event.find("Application") == Some(application) {
                return event.variable(variable).map(str::to_owned);
            }
        }
    }
}

async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

async fn next_visitor(events: &mut UnboundedReceiver<Event>) -> Box<Visitor> {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let News::Visitor(visitor) = events.recv().await.unwrap().news {
                return visitor;
            }
        }
    });
    waited.await.expect("a visitor within twenty seconds")
}

/// An emulated FreeSWITCH with such callees, and what the adapter that its dialplan hands channels over to says; where that is.
async fn visited(
    callees: Callees,
    shutdown: &CancellationToken,
) -> (SocketAddr, UnboundedReceiver<Event>, SocketAddr) {
    let emulator = Pbx::FreeSwitch.emulate(callees, shutdown).await;
    let (sender, events) = unbounded_channel();
    let listen = free_address().await;
    let config = FreeSwitchConfig {
        visitors: Some(VisitorsConfig {
            listen,
            allow: vec!["127.0.0.0/8".parse().unwrap()],
        }),
        ..freeswitch_at(emulator.address(), SECRET, quick(Duration::from_secs(5)))
    };
    freeswitch::start(config, sender, shutdown.clone()).unwrap();
    (emulator.address(), events, listen)
}

#[tokio::test]
async fn the_dialplan_of_an_emulated_freeswitch_hands_a_channel_over_and_goes_on() {
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    let (emulator, mut events, listen) = visited(Callees::default(), &shutdown).await;
    let mut operator = Operator::at(emulator).await;
    operator.hands_over_to(listen).await;
    let visitor = next_visitor(&mut events).await;
    assert_eq!(visitor.project.get(), 7);
    let mut leg = visitor.leg;
    assert_eq!(leg.execute(LegCommand::Answer).await, LegReply::Done);
    assert_eq!(leg.execute(play("menu")).await, LegReply::Played(None));
    let set = LegCommand::SetVariable {
        name: "choice".to_owned(),
        value: "1".to_owned(),
    };
    assert_eq!(leg.execute(set).await, LegReply::Done);
    drop(leg);
    assert_eq!(
        operator.sees("echo", "apicall_choice").await.as_deref(),
        Some("1")
    );
    // A flow that hangs up.
    operator.hands_over_to(listen).await;
    let mut leg = next_visitor(&mut events).await.leg;
    assert_eq!(leg.execute(LegCommand::Hangup).await, LegReply::Gone);
    operator.hears("CHANNEL_HANGUP_COMPLETE").await;
    // Nobody is there.
    operator.hands_over_to(free_address().await).await;
    assert_eq!(operator.sees("echo", "apicall_choice").await, None);
}

#[tokio::test]
async fn a_visitor_is_listened_to_as_often_as_its_flow_likes() {
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    let machine = Callee {
        says: Greeting::Machine,
        ..Callee::default()
    };
    let callees = Callees::new(vec![Rule {
        whom: Whom::Anybody,
        shares: Shares::one(machine),
    }]);
    let (emulator, mut events, listen) = visited(callees, &shutdown).await;
    let mut operator = Operator::at(emulator).await;
    operator.hands_over_to(listen).await;
    let mut leg = next_visitor(&mut events).await.leg;
    let settings = "2500|1500|1000|5000|100|50|4|256";
    let first = leg.execute(LegCommand::Detect(settings.parse().unwrap())).await;
    assert!(
        matches!(first, LegReply::Detected(AmdVerdict::Machine, _)),
        "{first:?}"
    );
    // Then whoever speaks is heard again, in the middle of what they say.
    assert_eq!(leg.execute(play("menu")).await, LegReply::Played(None));
    let second = leg.execute(LegCommand::Detect(settings.parse().unwrap())).await;
    assert!(matches!(second, LegReply::Detected(..)), "{second:?}");
    assert_eq!(leg.execute(play("menu")).await, LegReply::Played(None));
    drop(leg);
    operator.sees("echo", "nothing").await;
}

/// The names that a reply to `connect` has first, up to the channel's variables.
fn told_of_the_channel(reply: &Message) -> Vec<&str> {
    let Message::Reply(frame) = reply else {
        panic!("{reply:?}")
    };
    let names = frame.headers.iter().map(|(name, _)| name);
    names.take_while(|name| !name.starts_with("variable_")).collect()
}

#[tokio::test]
async fn who_is_connected_to_is_told_of_the_channel_as_in_a_recording() {
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    let emulator = Pbx::FreeSwitch.emulate(Callees::default(), &shutdown).await;
    let mut operator = Operator::at(emulator.address()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let call = "{ignore_early_media=true}sofia/gateway/carrier/573000000020";
    operator
        .says(&format!("bgapi originate {call} '&socket({address} async full)'"))
        .await;
    let accepted = tokio::time::timeout(Duration::from_secs(20), listener.accept()).await;
    let (mut stream, _) = accepted.expect("the emulator connects").unwrap();
    stream.write_all(b"connect\n\n").await.unwrap();
    let mut decoder = Decoder::default();
    let reply = loop {
        if let Some(message) = decoder.poll() {
            break message.item.unwrap();
        }
        let mut input = [0; 4096];
        let count = stream.read(&mut input).await.unwrap();
        assert!(count > 0, "the emulator closed the connection");
        decoder.feed(&input[..count]);
    };
    let recording = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts/freeswitch-1.10.12/outbound_async_full_resume.server.raw");
    let mut recorded = Decoder::default();
    recorded.feed(&std::fs::read(recording).unwrap());
    let recorded = recorded.poll().unwrap().item.unwrap();
    assert_eq!(told_of_the_channel(&reply), told_of_the_channel(&recorded));
}
