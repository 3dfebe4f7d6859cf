//! Channels that the switch's dialplan hands over.

use super::*;
use crate::model::{Origin, Project, ProjectFlow};
use crate::switch::Visitor;
use serde_json::json;

/// A leg that tells what is asked of it, and does it all.
#[derive(Debug)]
struct Watched(mpsc::UnboundedSender<String>);

impl Leg for Watched {
    fn leave_by(&mut self, way: WayOut) {
        let _ = self.0.send(format!("by {} {}", way.trunk, way.prefix));
    }

    fn execute(&mut self, command: LegCommand) -> LegFuture<'_> {
        let reply = match command {
            LegCommand::Hangup => LegReply::Gone,
            _ => LegReply::Done,
        };
        let _ = self.0.send(format!("{command:?}"));
        Box::pin(std::future::ready(reply))
    }

    fn gone(&mut self) -> GoneFuture<'_> {
        Box::pin(std::future::pending())
    }
}

/// What is asked of a visitor's leg until it is let go.
async fn visit(trunk: Option<&str>, prefix: Option<&str>, flow: serde_json::Value) -> (Vec<String>, Call) {
    let bench = bench(0).await;
    let custom = move |project: &mut Project| project.flow = ProjectFlow::Custom(flow.clone());
    bench.change_project(custom).await;
    let change = |trunk: &mut crate::model::Trunk| trunk.prefix = "77".into();
    bench
        .store
        .update_trunk(1.try_into().unwrap(), NOW, change)
        .await
        .unwrap();
    bench
        .dialer
        .refresh(Changed::Trunk(1.try_into().unwrap()))
        .await
        .unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    bench.say(News::Visitor(Box::new(Visitor {
        project: bench.project,
        number: None,
        trunk: trunk.map(|name| name.parse().unwrap()),
        prefix: prefix.map(str::to_owned),
        leg: Box::new(Watched(tell)),
    })));
    let mut all = Vec::new();
    while let Some(one) = told.recv().await {
        all.push(one);
    }
    let calls = bench
        .store
        .calls(&CallQuery::default(), None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!((calls.len(), calls[0].origin), (1, Origin::Dialplan));
    let record = bench.record(calls[0].id, CallState::Ended).await;
    (all, record)
}

fn set(next: serde_json::Value) -> serde_json::Value {
    let mut steps = json!({ "a": { "do": "set", "variable": "x", "value": "1" } });
    if !next.is_null() {
        steps["a"]["next"] = "b".into();
        steps["b"] = next;
    }
    json!({ "start": "a", "steps": steps })
}

#[tokio::test]
async fn a_visitor_goes_on_in_its_dialplan_unless_its_flow_hangs_up() {
    let (asked, record) = visit(None, None, set(json!(null))).await;
    assert!(!asked.contains(&"Hangup".to_owned()), "{asked:?}");
    assert_eq!(record.result.unwrap().as_str(), "completed");
    let (asked, record) = visit(None, None, set(json!({ "do": "hangup", "result": "enough" }))).await;
    assert_eq!(asked.last().unwrap(), "Hangup");
    assert_eq!(record.result.unwrap().as_str(), "enough");
}

#[tokio::test]
async fn a_visitors_transfers_leave_as_its_dialplan_says() {
    let name = {
        let bench = bench(0).await;
        bench
            .store
            .trunk(1.try_into().unwrap())
            .await
            .unwrap()
            .unwrap()
            .name
            .to_string()
    };
    let cases = [
        (None, None, format!("by {name} 77")),
        (None, Some("9"), format!("by {name} 9")),
        (Some(name.as_str()), None, format!("by {name} 77")),
        (Some(name.as_str()), Some("9"), format!("by {name} 9")),
        (Some(name.as_str()), Some(""), format!("by {name} ")),
        (Some("other"), None, "by other ".to_owned()),
        (Some("other"), Some("9"), "by other 9".to_owned()),
    ];
    for (trunk, prefix, way) in cases {
        let (asked, _) = visit(trunk, prefix, set(json!(null))).await;
        let ways: Vec<_> = asked.iter().filter(|asked| asked.starts_with("by ")).collect();
        assert_eq!(ways, [&way], "{trunk:?} {prefix:?}");
    }
}
