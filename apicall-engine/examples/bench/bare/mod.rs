//! The least there is: a client that pipelines originates, and says two commands a call. Nothing is kept, nothing decided. What
//! a client written for the purpose alone could do, the engine is held against.

pub(crate) mod ami;
mod esl;

use super::on::On;
use apicall_core::model::CallId;
use std::collections::HashMap;
use std::env;
use std::time::{Duration, Instant};

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
pub(crate) async fn run(on: On, rate: u32, numbers: &[String]) -> Tally {
    match on {
        On::Asterisk => ami::run(rate, numbers).await,
        On::FreeSwitch => dial(esl::Client::log_in().await, rate, numbers).await,
    }
}

/// Calls under way, by their id.
#[derive(Debug, Default)]
struct Book {
    /// When each call's originate left.
    sent: HashMap<String, Instant>,
    open: usize,
    tally: Tally,
}

impl Book {
    fn sent(&mut self, id: &str) {
        self.sent.insert(id.to_owned(), Instant::now());
        self.open += 1;
    }

    /// One of ours, or somebody else's.
    fn answered(&mut self, id: &str) {
        if let Some(sent) = self.sent.get(id) {
            self.tally.setup_ms.push(sent.elapsed().as_secs_f64() * 1_000.0);
        }
    }

    fn ended(&mut self, id: &str) {
        self.open -= usize::from(self.sent.contains_key(id));
    }
}

/// A client of one kind of switch.
trait Client {
    fn book(&mut self) -> &mut Book;
    /// Places a call.
    async fn originate(&mut self, id: &str, channel: &str);
    /// Reads what has come. Safe to drop at any time.
    async fn read(&mut self);
    /// Takes in what was read, and does what is to be done upon it.
    async fn take_in(&mut self);
}

async fn dial(mut client: impl Client, rate: u32, numbers: &[String]) -> Tally {
    let began = Instant::now();
    let mut waiting = numbers.iter().enumerate();
    let mut next = waiting.next();
    let mut give_up = began + LAST_CALLS;
    while next.is_some() || (client.book().open > 0 && Instant::now() < give_up) {
        #[allow(clippy::cast_precision_loss, reason = "a count of calls")]
        let due = next.map_or(give_up, |(index, _)| {
            began + Duration::from_secs_f64(index as f64 / f64::from(rate))
        });
        tokio::select! {
            () = tokio::time::sleep_until(due.into()) => if let Some((_, number)) = next {
                let id = CallId::draw().to_string();
                client.book().sent(&id);
                client.originate(&id, &channel(number)).await;
                client.book().tally.took = began.elapsed();
                give_up = Instant::now() + LAST_CALLS;
                next = waiting.next();
            },
            () = client.read() => client.take_in().await,
        }
    }
    let mut tally = std::mem::take(&mut client.book().tally);
    tally.setup_ms.sort_by(f64::total_cmp);
    tally
}

/// What the lab calls a number.
fn channel(number: &str) -> String {
    let trunk = lab("TRUNK");
    lab("DIAL").replace("{number}", number).replace("{trunk}", &trunk)
}

/// What the lab says of itself.
fn lab(name: &str) -> String {
    env::var(format!("APICALL_LAB_{name}")).expect("run in the lab, by dev/bench")
}
