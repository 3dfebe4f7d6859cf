//! Two connections to FreeSWITCH's event socket, since none of them has events while commands wait: one pipelines originates and
//! says two commands a call, one hears of answers and ends.
//!
//! An application waits for the channel to be parked. Of those that were executed upon the answer most ended before their time: of
//! the 150 packets of a prompt of three seconds FreeSWITCH 1.10.12 sent 46 in the mean.

use super::{Book, lab};
use apicall_core::wire::esl::{Command, Decoder, Event, Message, is_refusal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The events that tell of set-up, of applications and of the end, as few as they can be.
const EVENTS: [&str; 4] = [
    "CHANNEL_ANSWER",
    "CHANNEL_PARK",
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_HANGUP_COMPLETE",
];
/// How long a digit is waited for, in milliseconds.
const DIGIT_MS: &str = "500";

/// One of the connections.
struct Connection {
    stream: TcpStream,
    decoder: Decoder,
    input: Vec<u8>,
}

impl Connection {
    async fn log_in() -> Self {
        let stream = TcpStream::connect(lab("ESL")).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut connection = Self {
            stream,
            decoder: Decoder::default(),
            input: vec![0; 64 * 1024],
        };
        connection
            .ask(&Command::auth(&lab("ESL_PASSWORD")).unwrap())
            .await;
        connection
    }

    async fn send(&mut self, command: &Command) {
        self.stream.write_all(&command.encode()).await.unwrap();
    }

    async fn ask(&mut self, command: &Command) {
        self.send(command).await;
        loop {
            while let Some(decoded) = self.decoder.poll() {
                if let Ok(Message::Reply(reply)) = decoded.item {
                    assert!(!is_refusal(reply.text()), "{command:?}: {}", reply.text());
                    return;
                }
            }
            self.read().await;
        }
    }

    async fn read(&mut self) {
        let count = self.stream.read(&mut self.input).await.unwrap();
        assert!(count > 0, "FreeSWITCH closed the connection");
        self.decoder.feed(&self.input[..count]);
    }
}

pub(super) struct Client {
    commands: Connection,
    events: Connection,
    prompt: String,
    book: Book,
}

impl Client {
    pub(super) async fn log_in() -> Self {
        let (commands, mut events) = (Connection::log_in().await, Connection::log_in().await);
        events
            .ask(&Command::events(apicall_core::wire::esl::Format::Plain, EVENTS).unwrap())
            .await;
        Self {
            commands,
            events,
            prompt: format!("{}/prueba.wav", lab("SOUNDS")),
            book: Book::default(),
        }
    }

    /// Plays a prompt, waits as for a digit, and hangs up, as the engine's flow does.
    async fn hear(&mut self, event: &Event) {
        let id = event.find("Unique-ID").unwrap_or_default();
        let next = match (event.name(), event.find("Application")) {
            ("CHANNEL_ANSWER", _) => return self.book.answered(id),
            ("CHANNEL_PARK", _) => Command::execute(id, "playback", &self.prompt, "prompt"),
            ("CHANNEL_EXECUTE_COMPLETE", Some("playback")) => {
                Command::execute(id, "sleep", DIGIT_MS, "digit")
            }
            ("CHANNEL_EXECUTE_COMPLETE", Some("sleep")) => Command::sendmsg(id, "hangup"),
            ("CHANNEL_HANGUP_COMPLETE", _) => return self.book.ended(id),
            _ => return,
        };
        self.commands.send(&next.unwrap()).await;
    }
}

impl super::Client for Client {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    async fn originate(&mut self, id: &str, channel: &str) {
        let dial = format!(
            "{{origination_uuid={id},ignore_early_media=true,originate_timeout=30,rtp_timer_name=soft}}{channel}"
        );
        let command = Command::bgapi("originate", id)
            .and_then(|command| command.text("dial", &dial))
            .and_then(|command| command.text("application", "&park()"));
        self.commands.send(&command.unwrap()).await;
    }

    async fn read(&mut self) {
        tokio::select! {
            () = self.events.read() => {}
            () = self.commands.read() => {}
        }
    }

    async fn take_in(&mut self) {
        while self.commands.decoder.poll().is_some() {}
        while let Some(decoded) = self.events.decoder.poll() {
            if let Ok(Message::Event(event)) = decoded.item {
                self.hear(&event).await;
            }
        }
    }
}
