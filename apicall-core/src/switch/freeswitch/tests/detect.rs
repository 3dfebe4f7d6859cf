//! Detection on the scripted FreeSWITCH, which sends audio as a real one does.

use super::peers::{Bench, Peer, bench, bench_heard_at};
use crate::model::{AmdVerdict, CallId, LegCommand, LegReply};
use crate::switch::Leg;
use crate::switch::freeswitch::AudioConfig;
use crate::wire::esl::Message;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// A second in total: the scripted FreeSWITCH says all of it at once, and a socket takes in only so much.
const HASTY: &str = "500|300|200|1000|100|50|4|256";
const FILLER: i16 = -1;

/// FreeSWITCH's end of a call's audio.
struct Line {
    socket: UdpSocket,
    to: SocketAddr,
}

impl Line {
    /// Frames of 20 ms at this loudness.
    fn say(&self, loudness: i16, ms: usize, samples_a_frame: usize) {
        let frame: Vec<u8> = (0..samples_a_frame)
            .flat_map(|_| loudness.to_le_bytes())
            .collect();
        for _ in 0..ms / 20 {
            self.socket.send_to(&frame, self.to).unwrap();
        }
    }
}

impl Peer {
    /// A channel that is to be listened to, and whose audio has this rate.
    async fn is_listened_to(&mut self, call: CallId, rate: &str) -> Line {
        let request = self.commands.hear().await;
        assert_eq!(request.line, format!("sendmsg {call}"));
        let header = |name| request.headers.find(name).unwrap_or_default().to_owned();
        assert_eq!(header("call-command"), "unicast");
        assert_eq!((&*header("local-ip"), &*header("local-port")), ("127.0.0.1", "0"));
        let to = format!("{}:{}", header("remote-ip"), header("remote-port"));
        self.commands.reply("+OK").await;
        let asked = self.commands.hear().await;
        assert_eq!(asked.line, format!("api uuid_getvar {call} read_rate"));
        self.commands.say(&Message::Response(rate.to_owned())).await;
        Line {
            socket: UdpSocket::bind("127.0.0.1:0").unwrap(),
            to: to.parse().unwrap(),
        }
    }

    /// The end of listening.
    async fn is_parked_again(&mut self, call: CallId) {
        assert_eq!(
            self.commands.hear().await.line,
            format!("api uuid_transfer {call} park inline")
        );
        self.commands.say(&Message::Response("+OK\n".to_owned())).await;
        self.tell(call, "CHANNEL_PARK", &[]).await;
    }
}

async fn up() -> (Bench, Peer, CallId, Box<dyn Leg>) {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let (call, leg) = bench.answered(&mut peer).await;
    (bench, peer, call, leg)
}

fn detect(settings: &str) -> LegCommand {
    LegCommand::Detect(settings.parse().unwrap())
}

fn found(verdict: AmdVerdict, reason: &str) -> LegReply {
    LegReply::Detected(verdict, reason.to_owned())
}

#[tokio::test]
async fn what_the_callee_says_is_listened_to_until_there_is_a_finding() {
    let (_bench, mut peer, call, mut leg) = up().await;
    for (rate, samples, spoken_ms, reply) in [
        ("8000", 160, 200, found(AmdVerdict::Human, "HUMAN-200-200")),
        (
            "16000",
            320,
            400,
            found(AmdVerdict::Machine, "LONGGREETING-300-300"),
        ),
        // Of a rate that nobody knows it is the usual one.
        (
            "_undef_",
            160,
            0,
            found(AmdVerdict::Machine, "INITIALSILENCE-500-500"),
        ),
    ] {
        let script = async {
            let line = peer.is_listened_to(call, rate).await;
            line.say(0, 100, samples);
            line.say(5_000, spoken_ms, samples);
            line.say(0, 500, samples);
            peer.is_parked_again(call).await;
        };
        let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
        assert_eq!(said, reply);
    }
}

#[tokio::test]
async fn frames_that_freeswitch_fills_in_are_no_silence_until_somebody_was_heard() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let silent = async {
        let line = peer.is_listened_to(call, "8000").await;
        line.say(FILLER, 1_000, 160);
        peer.is_parked_again(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), silent);
    assert_eq!(said, found(AmdVerdict::Unsure, "TOOLONG-1000"));
    let hello = async {
        let line = peer.is_listened_to(call, "8000").await;
        line.say(FILLER, 540, 160);
        line.say(5_000, 200, 160);
        line.say(FILLER, 200, 160);
        peer.is_parked_again(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), hello);
    assert_eq!(said, found(AmdVerdict::Human, "HUMAN-200-200"));
}

#[tokio::test]
async fn a_line_that_sends_nothing_any_more_is_silent() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        let line = peer.is_listened_to(call, "8000").await;
        line.say(0, 100, 160);
        line.say(5_000, 200, 160);
        peer.is_parked_again(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, found(AmdVerdict::Human, "HUMAN-200-200"));
}

#[tokio::test]
async fn without_any_audio_time_ends_it() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        peer.is_listened_to(call, "8000").await;
        peer.is_parked_again(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, found(AmdVerdict::Unsure, "TOOLONG-1000"));
}

#[tokio::test]
async fn nobody_else_is_listened_to_and_nobody_is_spoken_to() {
    let (_bench, mut peer, call, mut leg) = up().await;
    let script = async {
        let line = peer.is_listened_to(call, "8000").await;
        line.say(0, 20, 160);
        // An empty packet comes back: it ends what FreeSWITCH would play.
        let timeout = Some(Duration::from_secs(10));
        line.socket.set_read_timeout(timeout).unwrap();
        let mut packet = [0; 16];
        let waiting = line.socket.try_clone().unwrap();
        let back = tokio::task::spawn_blocking(move || waiting.recv(&mut packet).unwrap());
        assert_eq!(back.await.unwrap(), 0);
        let stranger = Line {
            socket: UdpSocket::bind("127.0.0.1:0").unwrap(),
            to: line.to,
        };
        stranger.say(9_000, 400, 160);
        line.say(5_000, 200, 160);
        line.say(0, 300, 160);
        peer.is_parked_again(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, found(AmdVerdict::Human, "HUMAN-200-200"));
}

#[tokio::test]
async fn a_caller_who_leaves_while_they_are_listened_to_is_gone() {
    let (mut bench, mut peer, call, mut leg) = up().await;
    let script = async {
        let line = peer.is_listened_to(call, "8000").await;
        line.say(0, 100, 160);
        peer.hang_up(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, LegReply::Gone);
    bench.sign().await;
}

#[tokio::test]
async fn a_channel_that_cannot_be_listened_to_or_not_be_parked_is_gone() {
    let (mut bench, mut peer, call, mut leg) = up().await;
    let script = async {
        assert_eq!(peer.commands.hear().await.line, format!("sendmsg {call}"));
        peer.commands
            .reply(&format!("-ERR invalid session id [{call}]"))
            .await;
        peer.commands.hear().await;
        peer.commands
            .say(&Message::Response("-ERR No such channel!\n".to_owned()))
            .await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, LegReply::Gone);
    assert_eq!(peer.commands.hear().await.line, format!("api uuid_kill {call}"));
    peer.commands.say(&Message::Response("+OK\n".to_owned())).await;

    let (call, mut leg) = bench.answered(&mut peer).await;
    let script = async {
        peer.is_listened_to(call, "8000").await;
        assert_eq!(
            peer.commands.hear().await.line,
            format!("api uuid_transfer {call} park inline")
        );
        let refusal = "-ERR uuid_transfer command not found!\n".to_owned();
        peer.commands.say(&Message::Response(refusal)).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, LegReply::Gone);
}

#[tokio::test]
async fn audio_comes_where_the_configuration_wants_it() {
    // A port that the system gave, and gave back.
    let port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let audio = AudioConfig {
        address: Some([127, 0, 0, 1].into()),
        ports: Some(port..=port),
    };
    let mut bench = bench_heard_at(audio).await;
    let mut peer = bench.up(&[]).await;
    let (call, mut leg) = bench.answered(&mut peer).await;
    let (other, mut crowded) = bench.answered(&mut peer).await;
    assert_ne!(call, other);
    let script = async {
        let line = peer.is_listened_to(call, "8000").await;
        assert_eq!(line.to.port(), port);
        // There is no second port for a second call.
        let said = crowded.execute(detect(HASTY)).await;
        assert!(
            matches!(&said, LegReply::Failed(why) if why.contains("audio_ports")),
            "{said:?}"
        );
        line.say(5_000, 400, 160);
        peer.is_parked_again(call).await;
    };
    let (said, ()) = tokio::join!(leg.execute(detect(HASTY)), script);
    assert_eq!(said, found(AmdVerdict::Machine, "LONGGREETING-300-300"));
}
