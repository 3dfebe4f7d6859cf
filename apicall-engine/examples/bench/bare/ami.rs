//! One AMI connection that pipelines originates, one FastAGI server that says two commands a call.

use super::{Book, Tally, lab};
use apicall_core::wire::ami::{Action, Block, Decoder, Message};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The events that tell of set-up and end, as few as the engine's.
const FILTER: &str = "^Event: (DialEnd|OriginateResponse|Hangup)[[:space:]]";

pub(super) async fn run(rate: u32, numbers: &[String]) -> Tally {
    let agi = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("agi://{}", agi.local_addr().unwrap());
    let responder = tokio::spawn(respond(agi));
    let tally = super::dial(Client::log_in(&url).await, rate, numbers).await;
    responder.abort();
    tally
}

/// Plays a prompt and waits for a digit on every channel that comes, as the engine's flow does.
async fn respond(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            while stream.read_line(&mut line).await.is_ok_and(|count| count > 1) {
                line.clear();
            }
            for command in ["STREAM FILE prueba 0123456789*#\n", "WAIT FOR DIGIT 500\n"] {
                let _ = stream.get_mut().write_all(command.as_bytes()).await;
                line.clear();
                let _ = stream.read_line(&mut line).await;
            }
        });
    }
}

pub(crate) struct Client {
    stream: TcpStream,
    decoder: Decoder,
    input: Vec<u8>,
    /// Who drives the calls.
    url: String,
    book: Book,
}

impl Client {
    /// Logs in at the lab's Asterisk, for calls that are driven by who listens at that address.
    pub(crate) async fn log_in(url: &str) -> Self {
        let stream = TcpStream::connect(lab("AMI")).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Self {
            stream,
            decoder: Decoder::default(),
            input: vec![0; 64 * 1024],
            url: url.to_owned(),
            book: Book::default(),
        };
        let (user, secret) = (lab("AMI_USER"), lab("AMI_SECRET"));
        let login = [
            ("Username", user.as_str()),
            ("Secret", &secret),
            ("Events", "off"),
        ];
        client.ask("Login", &login).await;
        client
            .ask("Filter", &[("Operation", "Add"), ("Filter", FILTER)])
            .await;
        client.ask("Events", &[("EventMask", "call")]).await;
        client
    }

    async fn ask(&mut self, name: &str, headers: &[(&str, &str)]) {
        let action = headers
            .iter()
            .fold(Action::new(name, name).unwrap(), |action, (header, value)| {
                action.header(header, value).unwrap()
            });
        self.stream.write_all(&action.encode()).await.unwrap();
        loop {
            while let Some(decoded) = self.decoder.poll() {
                if let Ok(Message::Response(response)) = decoded.item {
                    assert_ne!(response.name(), "Error", "{name}: {response:?}");
                    return;
                }
            }
            super::Client::read(self).await;
        }
    }

    /// Places a call of no interest.
    pub(crate) async fn originate(&mut self, id: &str, channel: &str, url: &str) {
        let headers = [
            ("Channel", channel),
            ("ChannelId", id),
            ("Async", "true"),
            ("Timeout", "30000"),
            ("Application", "AGI"),
            ("Data", url),
        ];
        let action = headers.iter().fold(
            Action::new("Originate", id).unwrap(),
            |action, (header, value)| action.header(header, value).unwrap(),
        );
        self.stream.write_all(&action.encode()).await.unwrap();
    }

    /// Takes in what nobody waits for, until it is dropped.
    pub(crate) async fn drain(&mut self) {
        loop {
            super::Client::read(self).await;
            super::Client::take_in(self).await;
        }
    }

    fn hear(&mut self, event: &Block) {
        match event.name() {
            "DialEnd" if event.find("DialStatus") == Some("ANSWER") => {
                self.book.answered(event.find("DestUniqueid").unwrap_or_default());
            }
            "Hangup" => self.book.ended(event.find("Uniqueid").unwrap_or_default()),
            _ => {}
        }
    }
}

impl super::Client for Client {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    async fn originate(&mut self, id: &str, channel: &str) {
        let url = self.url.clone();
        Self::originate(self, id, channel, &url).await;
    }

    async fn read(&mut self) {
        let count = self.stream.read(&mut self.input).await.unwrap();
        assert!(count > 0, "Asterisk closed the connection");
        self.decoder.feed(&self.input[..count]);
    }

    async fn take_in(&mut self) {
        while let Some(decoded) = self.decoder.poll() {
            if let Ok(Message::Event(event)) = decoded.item {
                self.hear(&event);
            }
        }
    }
}
