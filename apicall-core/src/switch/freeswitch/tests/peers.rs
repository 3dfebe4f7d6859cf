//! A FreeSWITCH that speaks from a script, over real sockets; and what a good day with it looks like.

use super::super::{AudioConfig, FreeSwitchConfig, Timing, start};
use super::{events, originated, renamed};
use crate::model::{CallId, Outcome};
use crate::switch::{Command, Event, Leg, News, Originate, Sign, Supply, Switch, WayOut};
use crate::wire::esl::{self, Format, Message, Request, RequestDecoder};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) struct Bench {
    listener: TcpListener,
    pub(super) switch: Switch,
    events: UnboundedReceiver<Event>,
    _end: DropGuard,
}

pub(super) async fn bench() -> Bench {
    bench_heard_at(AudioConfig::default()).await
}

/// One that sends audio there.
pub(super) async fn bench_heard_at(audio: AudioConfig) -> Bench {
    bench_of(None, timing(), audio).await
}

/// One that soon asks for signs of life.
pub(super) async fn impatient_bench() -> Bench {
    let ping_after = Duration::from_millis(200);
    bench_of(
        None,
        Timing {
            ping_after,
            ..timing()
        },
        AudioConfig::default(),
    )
    .await
}

/// One that gives the list of channels so much time.
pub(super) async fn settling_bench(settle: Duration) -> Bench {
    bench_of(None, Timing { settle, ..timing() }, AudioConfig::default()).await
}

pub(super) fn timing() -> Timing {
    Timing {
        pong_within: Duration::from_millis(200),
        reply: Duration::from_millis(1500),
        backoff_least: Duration::from_millis(10),
        backoff_most: Duration::from_millis(20),
        settle: Duration::from_millis(20),
        ..Timing::default()
    }
}

pub(super) async fn bench_of(user: Option<&str>, timing: Timing, audio: AudioConfig) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = FreeSwitchConfig {
        user: user.map(str::to_owned),
        audio,
        timing,
        ..config(listener.local_addr().unwrap().to_string())
    };
    let (sender, events) = unbounded_channel();
    let shutdown = CancellationToken::new();
    let switch = start(config, sender, shutdown.clone()).unwrap();
    Bench {
        listener,
        switch,
        events,
        _end: shutdown.drop_guard(),
    }
}

pub(super) fn config(esl: String) -> FreeSwitchConfig {
    FreeSwitchConfig {
        name: "fs1".parse().unwrap(),
        esl,
        user: None,
        password: "ClueCon".to_owned().into(),
        dial: "sofia/gateway/{trunk}/{number}".parse().unwrap(),
        sounds: "/srv/sounds/".to_owned(),
        supply: Supply::default(),
        recordings: Some("/srv/recordings".to_owned()),
        audio: AudioConfig::default(),
        visitors: None,
        longest_call: Duration::from_secs(3600),
        timing: timing(),
    }
}

impl Bench {
    /// The next news, but for how quick the switch is.
    pub(super) async fn news(&mut self) -> News {
        loop {
            match self.any_news().await {
                News::Reacted(_) => {}
                news => return news,
            }
        }
    }

    /// Waits for word that the switch acknowledged an originate; how long it took for what it was asked.
    pub(super) async fn acknowledged(&mut self) -> Duration {
        loop {
            if let News::Reacted(seen) = self.any_news().await
                && seen.originates == 1
            {
                return seen.typical.expect("a reply took its time");
            }
        }
    }

    async fn any_news(&mut self) -> News {
        let waited = tokio::time::timeout(Duration::from_secs(10), self.events.recv()).await;
        waited
            .expect("news within ten seconds")
            .expect("the switch lives")
            .news
    }

    pub(super) async fn sign(&mut self) -> (CallId, Sign) {
        match self.news().await {
            News::Call { call, sign } => (call, sign),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn down(&mut self) -> String {
        match self.news().await {
            News::Down { reason } => reason,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn leg(&mut self) -> (CallId, Box<dyn Leg>) {
        match self.news().await {
            News::Leg { call, leg } => (call, leg),
            other => panic!("{other:?}"),
        }
    }

    /// Accepts a connection without a word.
    pub(super) async fn accept_silently(&mut self) -> Side {
        Side::over(self.listener.accept().await.unwrap().0)
    }

    /// Accepts a connection and asks who it is.
    pub(super) async fn accept(&mut self) -> Side {
        let mut side = self.accept_silently().await;
        side.say(&Message::AuthRequest).await;
        side
    }

    async fn logged_in(&mut self) -> Side {
        let mut side = self.accept().await;
        assert_eq!(side.hear().await.line, "auth ClueCon");
        side.reply("+OK accepted").await;
        side
    }

    /// Lets both connections log in, up to the list of channels.
    pub(super) async fn connected(&mut self) -> Peer {
        let (mut peer, asked) = self.connecting().await;
        assert!(asked.starts_with("api sched_del "), "{asked}");
        let deleted = Message::Response("+OK Deleted: 0\n".to_owned());
        peer.commands.say(&deleted).await;
        assert_eq!(peer.commands.hear().await.line, "api show channels as json");
        peer
    }

    /// The same, up to the first command.
    pub(super) async fn connecting(&mut self) -> (Peer, String) {
        let mut events = self.logged_in().await;
        for wish in [
            "filter variable_held_by_apicall /./",
            "filter Event-Name BACKGROUND_JOB",
            "filter Event-Name DTMF",
            "filter Application -park",
            "filter Application -sched_hangup",
        ] {
            assert_eq!(events.hear().await.line, wish);
            events.reply("+OK filter added. [of]=[what]").await;
        }
        let wish = events.hear().await.line;
        assert!(
            wish.starts_with("event plain BACKGROUND_JOB ") && wish.contains(" DTMF"),
            "{wish}"
        );
        events.reply("+OK event listener enabled plain").await;
        let mut commands = self.logged_in().await;
        let asked = commands.hear_any().await.line;
        (Peer { commands, events }, asked)
    }

    /// A peer that is up, with these channels and their call states.
    pub(super) async fn up(&mut self, channels: &[(CallId, &str)]) -> Peer {
        let mut peer = self.connected().await;
        peer.list(channels).await;
        let News::Up { mut live } = self.news().await else {
            panic!("not up")
        };
        let mut all: Vec<_> = channels.iter().map(|(call, _)| *call).collect();
        live.sort();
        all.sort();
        assert_eq!(live, all);
        peer
    }

    pub(super) fn order(&self, command: Command) {
        self.switch.commands.send(command).unwrap();
    }

    /// A call that is being placed.
    pub(super) async fn placed(&mut self, peer: &mut Peer) -> CallId {
        let call = CallId::draw();
        self.order(Command::Originate(Box::new(originate(call))));
        assert_eq!(
            peer.commands.hear().await.headers.find("Job-UUID"),
            Some(&*call.to_string())
        );
        peer.commands.reply(&format!("+OK Job-UUID: {call}")).await;
        assert_eq!(self.sign().await, (call, Sign::Sent));
        call
    }

    /// A call that was answered and waits to be driven.
    pub(super) async fn answered(&mut self, peer: &mut Peer) -> (CallId, Box<dyn Leg>) {
        let call = self.placed(peer).await;
        peer.tell(call, "CHANNEL_ANSWER", &[]).await;
        peer.tell(call, "CHANNEL_PARK", &[]).await;
        assert_eq!(self.sign().await, (call, Sign::Answered));
        self.leg().await
    }
}

/// The two connections, at FreeSWITCH's end.
pub(super) struct Peer {
    pub(super) commands: Side,
    pub(super) events: Side,
}

impl Peer {
    pub(super) async fn list(&mut self, channels: &[(CallId, &str)]) {
        let row = |(call, state): &(CallId, &str)| format!(r#"{{"uuid":"{call}","callstate":"{state}"}}"#);
        let rows: Vec<_> = channels.iter().map(row).collect();
        let list = match rows.len() {
            0 => r#"{"row_count":0}"#.to_owned(),
            count => format!(r#"{{"row_count":{count},"rows":[{}]}}"#, rows.join(",")),
        };
        self.commands.say(&Message::Response(list + "\n")).await;
    }

    /// An event of a channel.
    pub(super) async fn tell(&mut self, call: CallId, name: &str, headers: &[(&str, &str)]) {
        let event = esl::Event::new(name)
            .unwrap()
            .with("Unique-ID", &call.to_string())
            .unwrap();
        let event = headers
            .iter()
            .fold(event, |event, (name, value)| event.with(name, value).unwrap());
        self.events.say(&Message::Event(event)).await;
    }

    /// The end of a channel.
    pub(super) async fn hang_up(&mut self, call: CallId) {
        let cause = [
            ("Hangup-Cause", "NORMAL_CLEARING"),
            ("Caller-Channel-Answered-Time", "1"),
        ];
        self.tell(call, "CHANNEL_HANGUP_COMPLETE", &cause).await;
    }
}

/// One connection, at FreeSWITCH's end.
pub(super) struct Side {
    pub(super) stream: TcpStream,
    decoder: RequestDecoder,
}

impl Side {
    pub(super) fn over(stream: TcpStream) -> Self {
        let decoder = RequestDecoder::default();
        Self { stream, decoder }
    }

    pub(super) async fn say(&mut self, message: &Message) {
        self.stream
            .write_all(&message.encode(Format::Plain))
            .await
            .unwrap();
    }

    pub(super) async fn reply(&mut self, text: &str) {
        self.say(&Message::reply(text).unwrap()).await;
    }

    /// The next request; signs of life are given, and the lease is taken, on the way.
    pub(super) async fn hear(&mut self) -> Request {
        loop {
            let request = self.hear_any().await;
            let said = match request.line.as_str() {
                "api hostname" => "vm",
                line if line.starts_with("api sched_api ") => "+OK Added: 1\n",
                line if line.starts_with("api sched_del ") => "+OK Deleted: 1\n",
                _ => return request,
            };
            self.say(&Message::Response(said.to_owned())).await;
        }
    }

    /// Gives one sign of life when it is asked for: the client has read all that was said before.
    pub(super) async fn live(&mut self) {
        assert_eq!(self.hear_any().await.line, "api hostname");
        self.say(&Message::Response("vm".to_owned())).await;
    }

    pub(super) async fn hear_any(&mut self) -> Request {
        let heard = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                if let Some(request) = self.decoder.poll() {
                    return request.item.unwrap();
                }
                let mut input = [0; 4096];
                let count = self.stream.read(&mut input).await.unwrap();
                assert!(count > 0, "the client closed the connection");
                self.decoder.feed(&input[..count]);
            }
        });
        heard.await.expect("a request within ten seconds")
    }
}

pub(super) fn originate(call: CallId) -> Originate {
    Originate {
        call,
        project: 7.try_into().unwrap(),
        number: "+573001234567".parse().unwrap(),
        way: way(),
        caller_id: Some("6015551234".parse().unwrap()),
        ring_timeout: Duration::from_millis(29_500),
        variables: Default::default(),
    }
}

pub(super) fn way() -> WayOut {
    WayOut {
        trunk: "carrier".parse().unwrap(),
        prefix: "9".to_owned(),
    }
}

#[tokio::test]
async fn an_originate_names_channel_and_job_and_carries_its_variables() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = CallId::draw();
    let mut asked = originate(call);
    asked.variables.set("name", "Ana, \"la\" O'Neil").unwrap();
    asked
        .variables
        .set("APICALL_CALLEE", r#"{"ring_ms":100}"#)
        .unwrap();
    asked.variables.set("api_hangup_hook", "system reboot").unwrap();
    bench.order(Command::Originate(Box::new(asked)));
    let request = peer.commands.hear().await;
    assert_eq!(request.headers.find("Job-UUID"), Some(&*call.to_string()));
    let expected = format!(
        "bgapi originate {{origination_uuid={call},ignore_early_media=true,outbound_redirect_fatal=true,rtp_timer_name=soft,rtp_liberal_dtmf=true,originate_timeout=31,\
        held_by_apicall=US,execute_on_answer=sched_hangup\\s+3600\\sALLOTTED_TIMEOUT,playback_terminators=none,continue_on_fail=true,\
        hangup_after_bridge=false,origination_caller_id_number=6015551234,\
        APICALL_CALLEE={{\"ring_ms\":100}},apicall_api_hangup_hook=system\\sreboot,\
        apicall_name=Ana\\\\,\\s\"la\"\\sO\\\\\\\\\\\\\\'Neil,\
        APICALL_PROYECTO_ID=7,APICALL_TRUNK=carrier,APICALL_PREFIX=9}}sofia/gateway/carrier/9573001234567 &park()"
    );
    // Who we are is drawn at each start.
    let (before, behind) = request.line.split_once("held_by_apicall=").unwrap();
    let (holder, behind) = behind.split_once(',').unwrap();
    assert_eq!(holder.len(), 16, "{holder}");
    assert_eq!(format!("{before}held_by_apicall=US,{behind}"), expected);
}

#[tokio::test]
async fn a_recorded_call_is_told_as_it_went() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = bench.placed(&mut peer).await;
    let ids = originated("event_all_one_call");
    for event in events("event_all_one_call") {
        let event = renamed(&event, &[(&ids[0].0, call), (&ids[0].1, call)]);
        peer.events.say(&Message::Event(event)).await;
    }
    assert_eq!(bench.sign().await, (call, Sign::Ringing));
    assert_eq!(bench.sign().await, (call, Sign::Answered));
    assert_eq!(bench.leg().await.0, call);
    let (_, Sign::Ended { outcome, .. }) = bench.sign().await else {
        panic!()
    };
    assert_eq!(outcome, Outcome::Answered);
}

#[tokio::test]
async fn a_call_is_on_its_way_when_its_originate_was_taken() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let (first, second) = (CallId::draw(), CallId::draw());
    for call in [first, second] {
        bench.order(Command::Originate(Box::new(originate(call))));
        peer.commands.hear().await;
    }
    // It rings before anybody has read the reply.
    peer.tell(first, "CHANNEL_PROGRESS", &[]).await;
    assert_eq!(bench.sign().await, (first, Sign::Ringing));
    for call in [first, second] {
        peer.commands.reply(&format!("+OK Job-UUID: {call}")).await;
        assert_eq!(bench.sign().await, (call, Sign::Sent));
    }
}

#[tokio::test]
async fn what_is_asked_is_timed() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = CallId::draw();
    bench.order(Command::Originate(Box::new(originate(call))));
    peer.commands.hear().await;
    let slow = Duration::from_millis(150);
    tokio::time::sleep(slow).await;
    peer.commands.reply(&format!("+OK Job-UUID: {call}")).await;
    assert!(bench.acknowledged().await >= slow);
}

#[tokio::test]
async fn a_hang_up_that_comes_before_its_channel_is_repeated() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = bench.placed(&mut peer).await;
    bench.order(Command::Hangup(call));
    for said in ["-ERR No such channel!\n", "+OK\n"] {
        assert_eq!(peer.commands.hear().await.line, format!("api uuid_kill {call}"));
        peer.commands.say(&Message::Response(said.to_owned())).await;
    }
    let cause = [("Hangup-Cause", "NORMAL_CLEARING")];
    peer.tell(call, "CHANNEL_HANGUP_COMPLETE", &cause).await;
    let (_, Sign::Ended { outcome, .. }) = bench.sign().await else {
        panic!()
    };
    assert_eq!(outcome, Outcome::Unreachable);
}

#[tokio::test]
async fn a_user_of_the_directory_logs_in_by_name() {
    let mut bench = bench_of(Some("dialer@default"), timing(), AudioConfig::default()).await;
    let mut side = bench.accept().await;
    assert_eq!(side.hear().await.line, "userauth dialer@default:ClueCon");
}
