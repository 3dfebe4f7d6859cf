//! Visitors: a scripted FreeSWITCH whose dialplan hands channels over.

use super::super::listen::Ears;
use super::super::visitors::Host;
use super::peers::{Side, config, way};
use super::recorded;
use crate::model::{AmdVerdict, LegCommand, LegReply};
use crate::switch::door::Door;
use crate::switch::{Event, News, Visitor};
use crate::wire::esl::{self, Frame, Message};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The channel of the recording.
const CHANNEL: &str = "0afa7f3c-585b-4f01-9fc9-da832bd4b530";

struct House {
    address: SocketAddr,
    events: UnboundedReceiver<Event>,
    _end: DropGuard,
}

impl House {
    fn open(allow: &str) -> Self {
        let door = Door::open(
            "127.0.0.1:0".parse().unwrap(),
            vec![allow.parse().unwrap()],
            "visitors_allow",
        );
        let door = door.unwrap();
        let (sender, events) = unbounded_channel();
        let shutdown = CancellationToken::new();
        let config = Arc::new(config("127.0.0.1:1".to_owned()));
        let address = door.address().unwrap();
        let host = Host::new(config.clone(), Ears::new(config.audio.clone()), sender);
        tokio::spawn(host.serve(door, shutdown.clone()));
        Self {
            address,
            events,
            _end: shutdown.drop_guard(),
        }
    }

    async fn knock(&self) -> Side {
        Side::over(TcpStream::connect(self.address).await.unwrap())
    }

    /// Brings a channel that says this of itself, up to where it is ready.
    async fn bring(&mut self, changes: &[(&str, &str)]) -> (Side, Box<Visitor>) {
        let mut side = self.knock().await;
        side.tells_of_itself(changes).await;
        for set in [
            "playback_terminators none",
            "continue_on_fail true",
            "hangup_after_bridge false",
        ] {
            side.is_asked(&format!("uuid_setvar {CHANNEL} {set}")).await;
        }
        assert_eq!(side.hear().await.line, format!("filter Unique-ID {CHANNEL}"));
        side.reply("+OK filter added").await;
        let wish = "event plain CHANNEL_BRIDGE CHANNEL_EXECUTE_COMPLETE DTMF";
        assert_eq!(side.hear().await.line, wish);
        side.reply("+OK event listener enabled plain").await;
        let waited = tokio::time::timeout(Duration::from_secs(10), self.events.recv()).await;
        match waited.expect("a visitor within ten seconds").unwrap().news {
            News::Visitor(visitor) => (side, visitor),
            other => panic!("{other:?}"),
        }
    }
}

impl Side {
    async fn tells_of_itself(&mut self, changes: &[(&str, &str)]) {
        assert_eq!(self.hear().await.line, "connect");
        self.say(&Message::Reply(told(changes))).await;
        assert_eq!(self.hear().await.line, "resume");
        self.reply("+OK").await;
    }

    async fn is_asked(&mut self, what: &str) {
        assert_eq!(self.hear().await.line, format!("api {what}"));
        self.say(&Message::Response("+OK\n".to_owned())).await;
    }

    async fn tells(&mut self, name: &str, headers: &[(&str, &str)]) {
        let event = esl::Event::new(name).unwrap();
        let event = headers
            .iter()
            .fold(event, |event, (name, value)| event.with(name, value).unwrap());
        self.say(&Message::Event(event)).await;
    }

    /// Begins the next application; its id.
    async fn begins(&mut self, application: &str, argument: Option<&str>) -> String {
        let request = self.hear().await;
        assert_eq!(request.line, format!("sendmsg {CHANNEL}"));
        let header = |name| request.headers.find(name);
        assert_eq!(
            (header("execute-app-name"), header("execute-app-arg")),
            (Some(application), argument)
        );
        self.reply("+OK").await;
        header("Event-UUID").unwrap().to_owned()
    }

    /// Is to be connected to a channel of FreeSWITCH's own; the application's id, and that channel.
    async fn is_to_be_heard(&mut self) -> (String, String) {
        let request = self.hear().await;
        let header = |name| request.headers.find(name).unwrap().to_owned();
        assert_eq!(header("execute-app-name"), "bridge");
        let argument = header("execute-app-arg");
        let (variables, endpoint) = argument.split_once('}').unwrap();
        assert_eq!(endpoint, "loopback/m:+:answer+park/default/inline");
        let near = variables.strip_prefix("{origination_uuid=").unwrap().to_owned();
        self.reply("+OK").await;
        (header("Event-UUID"), near)
    }

    /// Six tenths of a second of nothing are heard.
    async fn is_listened_to_beside(&mut self) {
        let (id, near) = self.is_to_be_heard().await;
        self.tells("CHANNEL_BRIDGE", &[]).await;
        self.is_told(&near, "other_loopback_leg_uuid", "the-far-one")
            .await;
        let request = self.hear().await;
        assert_eq!(request.line, "sendmsg the-far-one");
        let header = |name| request.headers.find(name).unwrap();
        assert_eq!(header("call-command"), "unicast");
        let to = SocketAddr::from(([127, 0, 0, 1], header("remote-port").parse().unwrap()));
        self.reply("+OK").await;
        self.is_told("the-far-one", "read_rate", "8000").await;
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..30 {
            socket.send_to(&[0; 320], to).unwrap();
        }
        self.is_asked("uuid_kill the-far-one").await;
        self.tells("CHANNEL_EXECUTE_COMPLETE", &[("Application-UUID", &id)])
            .await;
    }

    async fn is_told(&mut self, channel: &str, variable: &str, value: &str) {
        let asked = self.hear().await.line;
        assert_eq!(asked, format!("api uuid_getvar {channel} {variable}"));
        self.say(&Message::Response(value.to_owned())).await;
    }

    async fn is_answered(&mut self) {
        let id = self.begins("answer", None).await;
        self.tells("CHANNEL_EXECUTE_COMPLETE", &[("Application-UUID", &id)])
            .await;
    }

    /// The channel's own variables again, and the end of the connection: the channel goes on.
    async fn goes_on(&mut self, terminators: &str) {
        for set in [terminators, "continue_on_fail", "hangup_after_bridge"] {
            self.is_asked(&format!("uuid_setvar {CHANNEL} {set}")).await;
        }
        assert_eq!(self.hear().await.line, "exit");
        self.reply("+OK bye").await;
        self.is_hung_up().await;
        self.is_closed().await;
    }

    async fn is_hung_up(&mut self) {
        let notice = recorded("outbound_async_full_resume").pop().unwrap();
        assert!(matches!(notice, Message::Disconnect(_)), "{notice:?}");
        self.say(&notice).await;
    }

    async fn is_closed(&mut self) {
        let mut rest = [0; 64];
        let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read(&mut rest)).await;
        // Closed with something unread it is reset.
        assert!(!matches!(read.expect("the end of the connection"), Ok(1..)));
    }
}

/// What the recorded channel says of itself, of project 7, but for these headers.
fn told(changes: &[(&str, &str)]) -> Frame {
    let Message::Reply(frame) = recorded("outbound_inbound_call_dialplan_socket").remove(0) else {
        panic!("the recording begins with the reply to connect")
    };
    let project = [("variable_APICALL_PROYECTO_ID", "7")];
    let mut wanted: Vec<_> = project.iter().chain(changes).copied().collect();
    // The last word counts.
    wanted.reverse();
    let said = |name: &str| wanted.iter().find(|(changed, _)| *changed == name);
    let mut event = esl::Event::default();
    for (name, value) in frame.headers.iter() {
        let value = said(name).map_or(value, |(_, value)| value);
        event = event.with(name, value).unwrap();
    }
    for (name, value) in &wanted {
        if event.find(name).is_none() {
            event = event.with(name, value).unwrap();
        }
    }
    let headers = event.headers().clone();
    Frame { headers, ..frame }
}

fn play(sound: &str) -> LegCommand {
    let (sounds, interrupt) = (vec![sound.parse().unwrap()], "1".parse().unwrap());
    LegCommand::Play { sounds, interrupt }
}

const UNANSWERED: (&str, &str) = ("Answer-State", "ringing");

#[tokio::test]
async fn the_dialplan_brings_visitors() {
    let mut house = House::open("127.0.0.0/8");
    let (_side, visitor) = house
        .bring(&[
            ("variable_APICALL_TRUNK", "carrier"),
            ("variable_APICALL_PREFIX", "9"),
            ("Caller-Caller-ID-Number", "+573001234567"),
        ])
        .await;
    assert_eq!(visitor.project.get(), 7);
    assert_eq!(visitor.trunk, Some("carrier".parse().unwrap()));
    assert_eq!(visitor.prefix.as_deref(), Some("9"));
    assert_eq!(visitor.number, Some("+573001234567".parse().unwrap()));
    let (_side, visitor) = house.bring(&[]).await;
    assert_eq!(
        (visitor.trunk, visitor.prefix, visitor.number),
        (None, None, None)
    );
}

#[tokio::test]
async fn a_visitor_is_answered_once_driven_and_goes_on() {
    let mut house = House::open("127.0.0.0/8");
    let own = ("variable_playback_terminators", "#");
    let (mut side, visitor) = house.bring(&[UNANSWERED, own]).await;
    let mut leg = visitor.leg;
    leg.leave_by(way());
    let script = async {
        side.is_answered().await;
        let id = side.begins("playback", Some("/srv/sounds/menu.wav")).await;
        side.tells("DTMF", &[("DTMF-Digit", "1")]).await;
        side.is_asked(&format!("uuid_break {CHANNEL}")).await;
        let ended = [
            ("Application-UUID", id.as_str()),
            ("Application-Response", "FILE PLAYED"),
        ];
        side.tells("CHANNEL_EXECUTE_COMPLETE", &ended).await;
    };
    let flow = async {
        for _ in 0..2 {
            assert_eq!(leg.execute(LegCommand::Answer).await, LegReply::Done);
        }
        leg.execute(play("menu")).await
    };
    let (reply, ()) = tokio::join!(flow, script);
    assert_eq!(reply, LegReply::Played(Some("1".parse().unwrap())));
    drop(leg);
    side.goes_on("playback_terminators #").await;
}

#[tokio::test]
async fn a_flow_hangs_a_visitor_up() {
    let mut house = House::open("127.0.0.0/8");
    let (mut side, visitor) = house.bring(&[]).await;
    let mut leg = visitor.leg;
    let script = async {
        side.is_asked(&format!("uuid_kill {CHANNEL}")).await;
        side.is_hung_up().await;
    };
    let (reply, ()) = tokio::join!(leg.execute(LegCommand::Hangup), script);
    assert_eq!(reply, LegReply::Gone);
    side.is_closed().await;
}

#[tokio::test]
async fn a_visitor_who_leaves_is_gone() {
    let mut house = House::open("127.0.0.0/8");
    let (mut side, visitor) = house.bring(&[]).await;
    let mut leg = visitor.leg;
    side.is_hung_up().await;
    let waited = tokio::time::timeout(Duration::from_secs(10), leg.gone()).await;
    waited.expect("the leg sees the channel go");
    assert_eq!(leg.execute(play("menu")).await, LegReply::Gone);
    side.is_closed().await;
}

/// Whoever cannot be served goes on at once: its connection ends, and nobody hears of it.
#[tokio::test]
async fn who_cannot_be_served_goes_on_in_the_dialplan() {
    let mut house = House::open("127.0.0.0/8");
    for change in [
        ("variable_APICALL_PROYECTO_ID", "sales"),
        ("Socket-Mode", "static"),
        ("Control", "single-channel"),
    ] {
        let mut side = house.knock().await;
        side.tells_of_itself(&[change]).await;
        side.is_closed().await;
    }
    let mut side = house.knock().await;
    side.tells_of_itself(&[]).await;
    assert!(side.hear().await.line.starts_with("api uuid_setvar "));
    side.say(&Message::Response("-ERR command not found\n".to_owned()))
        .await;
    side.is_closed().await;
    assert!(house.events.try_recv().is_err());
}

#[tokio::test]
async fn only_allowed_addresses_bring_visitors() {
    let house = House::open("192.0.2.0/24");
    house.knock().await.is_closed().await;
}

/// A detection needs an answered channel, and does not park a visitor anew: it would not know where to go on. So it is connected to a
/// channel that is listened to, as often as the flow likes.
#[tokio::test]
async fn a_visitor_is_listened_to_by_a_channel_beside_it() {
    let mut house = House::open("127.0.0.0/8");
    let (mut side, visitor) = house.bring(&[UNANSWERED]).await;
    let mut leg = visitor.leg;
    let detect = || LegCommand::Detect("500|300|200|1000|100|50|4|256".parse().unwrap());
    let silence = LegReply::Detected(AmdVerdict::Machine, "INITIALSILENCE-500-500".to_owned());
    let script = async {
        side.is_answered().await;
        for _ in 0..2 {
            side.is_listened_to_beside().await;
        }
    };
    let flow = async {
        for _ in 0..2 {
            assert_eq!(leg.execute(detect()).await, silence);
        }
    };
    tokio::join!(flow, script);
    drop(leg);
    side.goes_on("playback_terminators").await;
}

#[tokio::test]
async fn a_visitor_that_can_be_connected_to_nobody_is_not_listened_to() {
    let mut house = House::open("127.0.0.0/8");
    let (mut side, visitor) = house.bring(&[]).await;
    let mut leg = visitor.leg;
    let detect = LegCommand::Detect("500|300|200|1000|100|50|4|256".parse().unwrap());
    let script = async {
        let (id, _) = side.is_to_be_heard().await;
        let ended = [
            ("Application-UUID", id.as_str()),
            ("variable_originate_disposition", "CHAN_NOT_IMPLEMENTED"),
        ];
        side.tells("CHANNEL_EXECUTE_COMPLETE", &ended).await;
    };
    let (reply, ()) = tokio::join!(leg.execute(detect), script);
    let LegReply::Failed(reason) = reply else {
        panic!("{reply:?}")
    };
    assert!(
        reason.contains("CHAN_NOT_IMPLEMENTED") && reason.contains("mod_loopback"),
        "{reason}"
    );
    drop(leg);
    side.goes_on("playback_terminators").await;
}
