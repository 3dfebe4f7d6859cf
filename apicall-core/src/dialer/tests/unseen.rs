//! Answered calls that end while the switch's events are away.

use super::*;
use tokio::sync::Notify;

/// A leg whose caller hangs up when told to; whether the switch says so, or the connection just breaks.
#[derive(Debug)]
struct Ending {
    ends: Arc<Notify>,
    said: bool,
}

impl Leg for Ending {
    fn leave_by(&mut self, _way: WayOut) {}

    fn execute(&mut self, _command: LegCommand) -> LegFuture<'_> {
        Box::pin(async {
            self.ends.notified().await;
            self.ends.notify_one();
            LegReply::Gone
        })
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(std::future::pending())
    }

    fn saw_end(&self) -> bool {
        self.said
    }
}

/// An answered call with such a leg on a switch that goes away.
async fn answered(said: bool) -> (Bench, CallId, Arc<Notify>) {
    let mut bench = bench(0).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let number = "+573001234567".parse().unwrap();
    let placed = bench
        .dialer
        .place(bench.project, number, None, Default::default());
    let call = placed.await.unwrap().id;
    bench.originated().await;
    bench.sign(call, Sign::Answered);
    let ends = Arc::new(Notify::new());
    let leg = Box::new(Ending {
        ends: Arc::clone(&ends),
        said,
    });
    bench.say(News::Leg { call, leg });
    bench.record(call, CallState::Up).await;
    let reason = "cut".to_owned();
    bench.say(News::Down { reason });
    (bench, call, ends)
}

#[tokio::test]
async fn a_caller_who_hung_up_meanwhile_was_answered_when_the_switch_said_so() {
    for (said, outcome) in [(true, Outcome::Answered), (false, Outcome::Lost)] {
        // The end comes before the switch is back, or its word for it after.
        for first in [true, false] {
            let (bench, call, ends) = answered(said).await;
            if first {
                ends.notify_one();
                bench.dialer.load().await.unwrap();
            }
            bench.up(&[]);
            ends.notify_one();
            let record = bench.record(call, CallState::Ended).await;
            assert_eq!((record.outcome, first), (Some(outcome), first), "{said}");
            assert_eq!(record.result.unwrap().as_str(), "hung_up");
        }
    }
}
