//! The least there is: one AMI connection that pipelines originates, one FastAGI server that says two commands a call.
//! Nothing is kept, nothing decided. What a client written for the purpose alone could do, the engine is held against.

use apicall_core::wire::ami::{Action, Block, Decoder, Message};
use std::collections::HashMap;
use std::env;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The events that tell of set-up and end, as few as the engine's.
const FILTER: &str = "^Event: (DialEnd|OriginateResponse|Hangup)[[:space:]]";
/// After the last originate, for calls to end.
const LAST_CALLS: Duration = Duration::from_secs(40);

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// From the originate's bytes to the answer, in milliseconds, one for each answer.
    pub(crate) setup_ms: Vec<f64>,
    /// Between the first originate and the last.
    pub(crate) took: Duration,
}

/// Calls these numbers at a rate, on an absolute time line, and waits for the end of all calls.
pub(crate) async fn run(rate: u32, numbers: &[String]) -> Tally {
    let agi = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("agi://{}", agi.local_addr().unwrap());
    let responder = tokio::spawn(respond(agi));
    let mut client = Client::log_in().await;
    let tally = client.dial(rate, numbers, &url).await;
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
    /// When each call's originate left.
    sent: HashMap<String, Instant>,
    open: usize,
    tally: Tally,
}

impl Client {
    /// Logs in at the lab's Asterisk.
    pub(crate) async fn log_in() -> Self {
        let at =
            |name: &str| env::var(format!("APICALL_LAB_{name}")).expect("run in the lab: dev/bench asterisk");
        let stream = TcpStream::connect(at("AMI")).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Self {
            stream,
            decoder: Decoder::default(),
            input: vec![0; 64 * 1024],
            sent: HashMap::new(),
            open: 0,
            tally: Tally::default(),
        };
        let (user, secret) = (at("AMI_USER"), at("AMI_SECRET"));
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
            self.read().await;
        }
    }

    async fn read(&mut self) {
        let count = self.stream.read(&mut self.input).await.unwrap();
        assert!(count > 0, "Asterisk closed the connection");
        self.decoder.feed(&self.input[..count]);
    }

    async fn dial(&mut self, rate: u32, numbers: &[String], url: &str) -> Tally {
        let began = Instant::now();
        let mut waiting = numbers.iter().enumerate();
        let mut next = waiting.next();
        let mut give_up = began + LAST_CALLS;
        while next.is_some() || (self.open > 0 && Instant::now() < give_up) {
            #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
            let due = next.map_or(give_up, |(index, _)| {
                began + Duration::from_secs_f64(index as f64 / f64::from(rate))
            });
            tokio::select! {
                () = tokio::time::sleep_until(due.into()) => if let Some((index, number)) = next {
                    self.originate(&format!("bare-{rate}-{index}"), &channel(number), url).await;
                    self.tally.took = began.elapsed();
                    give_up = Instant::now() + LAST_CALLS;
                    next = waiting.next();
                },
                count = self.stream.read(&mut self.input) => {
                    let count = count.unwrap();
                    assert!(count > 0, "Asterisk closed the connection");
                    self.decoder.feed(&self.input[..count]);
                    self.take_in();
                }
            }
        }
        self.tally.setup_ms.sort_by(f64::total_cmp);
        std::mem::take(&mut self.tally)
    }

    /// Places a call, to be driven by who listens at that address.
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
        self.sent.insert(id.to_owned(), Instant::now());
        self.open += 1;
        self.stream.write_all(&action.encode()).await.unwrap();
    }

    /// Takes in what nobody waits for, until it is dropped.
    pub(crate) async fn drain(&mut self) {
        loop {
            self.read().await;
            self.take_in();
        }
    }

    fn take_in(&mut self) {
        while let Some(decoded) = self.decoder.poll() {
            if let Ok(Message::Event(event)) = decoded.item {
                self.hear(&event);
            }
        }
    }

    fn hear(&mut self, event: &Block) {
        match event.name() {
            "DialEnd" if event.find("DialStatus") == Some("ANSWER") => {
                let sent = event.find("DestUniqueid").and_then(|id| self.sent.get(id));
                if let Some(sent) = sent {
                    self.tally.setup_ms.push(sent.elapsed().as_secs_f64() * 1_000.0);
                }
            }
            "Hangup"
                if event
                    .find("Uniqueid")
                    .is_some_and(|id| self.sent.contains_key(id)) =>
            {
                self.open -= 1
            }
            _ => {}
        }
    }
}

/// What the lab calls a number.
fn channel(number: &str) -> String {
    let channel = env::var("APICALL_LAB_DIAL").unwrap_or_default();
    let trunk = env::var("APICALL_LAB_TRUNK").unwrap_or_default();
    channel.replace("{number}", number).replace("{trunk}", &trunk)
}
