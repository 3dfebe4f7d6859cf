//! Webhooks of flows, with a service that the test plays.

use super::*;
use crate::model::{ProjectFlow, TimelineEvent, WebhookReply, WebhookRequest};
use serde_json::json;
use std::sync::Mutex;
use tokio::sync::{Notify, oneshot};

/// A service that the test answers for.
#[derive(Debug, Clone, Default)]
pub(super) struct Played(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    asked: Mutex<VecDeque<(WebhookRequest, oneshot::Sender<WebhookReply>)>>,
    new: Notify,
}

impl Webhooks for Played {
    fn send(&self, request: WebhookRequest) -> WebhookFuture {
        let (reply, answer) = oneshot::channel();
        self.0.asked.lock().unwrap().push_back((request, reply));
        self.0.new.notify_one();
        Box::pin(async move { answer.await.expect("the test answers") })
    }
}

impl Played {
    /// The next request, and where its answer goes.
    async fn asked(&self) -> (WebhookRequest, oneshot::Sender<WebhookReply>) {
        loop {
            if let Some(asked) = self.0.asked.lock().unwrap().pop_front() {
                return asked;
            }
            self.0.new.notified().await;
        }
    }
}

/// A leg whose caller leaves when told to.
#[derive(Debug)]
struct Leaving(Arc<Notify>);

impl Leg for Leaving {
    fn leave_by(&mut self, _way: WayOut) {}

    fn execute(&mut self, _command: LegCommand) -> LegFuture<'_> {
        Box::pin(async { LegReply::Gone })
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(self.0.notified())
    }
}

/// An answered call whose flow asks at once.
async fn asking(timeout_ms: u32) -> (Bench, CallId) {
    let mut bench = bench(0).await;
    let definition = json!({ "start": "ask", "steps": { "ask": { "do": "webhook",
        "url": "https://crm.example/calls?number={number}&call={call_id}", "timeout_ms": timeout_ms } } });
    let custom =
        move |project: &mut crate::model::Project| project.flow = ProjectFlow::Custom(definition.clone());
    bench.change_project(custom).await;
    bench.up(&[]);
    bench.dialer.load().await.unwrap();
    let number = "+573001234567".parse().unwrap();
    let call = bench
        .dialer
        .place(bench.project, number, None, Default::default())
        .await
        .unwrap()
        .id;
    bench.originated().await;
    bench.sign(call, Sign::Answered);
    (bench, call)
}

async fn told(bench: &Bench, call: CallId) -> (Call, Option<u16>, Option<String>) {
    let record = bench.record(call, CallState::Ended).await;
    let timeline = bench.store.timeline(call).await.unwrap();
    let webhook = timeline.into_iter().find_map(|moment| match moment.event {
        TimelineEvent::Webhook { status, error, .. } => Some((status, error)),
        _ => None,
    });
    let (status, error) = webhook.expect("the timeline tells of the webhook");
    (record, status, error)
}

#[tokio::test]
async fn a_flow_asks_and_goes_on_by_the_answer() {
    let (bench, call) = asking(5_000).await;
    bench.say(News::Leg { call, leg: leg([]) });
    let (request, reply) = bench.webhooks.asked().await;
    let url = format!("https://crm.example/calls?number=%2B573001234567&call={call}");
    assert_eq!(request.url, url);
    let body = Vec::new();
    reply.send(WebhookReply::Answered { status: 200, body }).unwrap();
    bench.end(call, Outcome::Answered);
    let (record, status, error) = told(&bench, call).await;
    assert_eq!(
        (record.result.unwrap().as_str(), status, error),
        ("completed", Some(200), None)
    );
}

#[tokio::test]
async fn a_caller_who_hangs_up_ends_the_call_and_not_the_request() {
    let (bench, call) = asking(5_000).await;
    let leaves = Arc::new(Notify::new());
    let leg = Box::new(Leaving(Arc::clone(&leaves)));
    bench.say(News::Leg { call, leg });
    let (_, reply) = bench.webhooks.asked().await;
    leaves.notify_one();
    bench.end(call, Outcome::Answered);
    let (record, status, error) = told(&bench, call).await;
    assert_eq!((record.result.unwrap().as_str(), status), ("hung_up", None));
    assert_eq!(error.unwrap(), "the caller hung up before the answer");
    let late = WebhookReply::Failed("late".into());
    reply.send(late).expect("the request is still under way");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let (bench, call) = asking(100).await;
    bench.say(News::Leg { call, leg: leg([]) });
    let (_, mut reply) = bench.webhooks.asked().await;
    reply.closed().await;
    bench.end(call, Outcome::Answered);
    let (record, _, error) = told(&bench, call).await;
    assert_eq!(record.result.unwrap().as_str(), "error");
    assert_eq!(error.unwrap(), "no answer within 100 ms");
}
