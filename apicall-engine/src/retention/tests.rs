//! What is removed was written before, once, whatever broke between.

use super::*;
use apicall_core::model::{
    Call, CallId, CallState, Cause, Digits, Moment, Origin, Outcome, TimelineEvent, Variables,
};
use apicall_core::store::{Access, Location};
use std::fs;
use std::io::Write;
use tempfile::TempDir;
use tokio::time::Instant;

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(NOW + ms)
}

fn clock(ms: i64) -> Clock {
    Clock::anchored(Instant::now().into_std(), at(ms))
}

fn call(ended: i64) -> Call {
    Call {
        id: CallId::draw(),
        origin: Origin::Manual,
        project: 1.try_into().unwrap(),
        campaign: None,
        contact: None,
        attempt: 1,
        number: Some("+573001234567".parse().unwrap()),
        switch: None,
        trunk: None,
        instead_of: None,
        caller_id: None,
        caller_id_choice: None,
        variables: Variables::default(),
        state: CallState::Queued,
        created_at: at(ended),
        dialed_at: None,
        ringing_at: None,
        answered_at: None,
        ended_at: None,
        outcome: None,
        answered_by: None,
        contradiction: None,
        result: None,
        cause: Cause::default(),
        digits: Digits::default(),
        transfer: None,
    }
}

struct Ground {
    store: Store,
    dir: TempDir,
}

async fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let location: Location = format!("sqlite://{}", dir.path().join("a.db").display())
        .parse()
        .unwrap();
    let store = Store::open(&location, Access::Engine).await.unwrap();
    fs::create_dir(dir.path().join("out")).unwrap();
    Ground { store, dir }
}

impl Ground {
    async fn ended(&self, ms: i64) -> CallId {
        let call = call(ms);
        let journal = self.store.journal();
        journal.place(call.clone()).unwrap().await.unwrap().unwrap();
        let (outcome, cause) = (Outcome::Busy, Cause::default());
        let end = Moment {
            at: at(ms),
            event: TimelineEvent::Ended { outcome, cause },
        };
        let over = Call {
            state: CallState::Ended,
            ended_at: Some(at(ms)),
            outcome: Some(outcome),
            ..call.clone()
        };
        journal
            .finish(over, vec![end], None)
            .unwrap()
            .await
            .unwrap()
            .unwrap();
        call.id
    }

    fn policy(&self, calls_days: Option<u32>, timelines_days: Option<u32>) -> config::Retention {
        config::Retention {
            calls_days,
            timelines_days,
            export: Some(self.dir.path().join("out")),
        }
    }

    fn pruner(&self) -> Pruner {
        Pruner::new(self.store.clone(), Some(Files::new(&self.dir.path().join("out"))))
    }

    async fn look(&self, policy: &config::Retention, ms: i64) -> anyhow::Result<()> {
        self.pruner().look(policy, clock(ms)).await
    }

    /// The ids in the files of a kind, in their order.
    fn written(&self, kind: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.dir.path().join("out"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(kind))
            .collect();
        names.sort();
        let text: String = names
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        let id = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["id"].as_str().unwrap().to_owned()
        };
        text.lines().map(id).collect()
    }
}

#[tokio::test]
async fn what_is_old_is_written_and_then_gone() {
    let ground = ground().await;
    let [old, middle, young] = [
        ground.ended(0).await,
        ground.ended(DAY).await,
        ground.ended(2 * DAY).await,
    ];
    let policy = ground.policy(Some(10), Some(9));
    ground.look(&policy, 10 * DAY).await.unwrap();
    assert_eq!(
        ground.written("calls"),
        [] as [String; 0],
        "it is ten days old, not older"
    );
    assert_eq!(ground.written("timelines"), [old.to_string()]);
    ground.look(&policy, 10 * DAY + 1).await.unwrap();
    assert_eq!(ground.written("calls"), [old.to_string()]);
    assert_eq!(ground.written("timelines"), [old.to_string(), middle.to_string()]);
    assert!(ground.store.call(old).await.unwrap().is_none());
    assert!(ground.store.timeline(middle).await.unwrap().is_empty());
    assert_eq!(ground.store.timeline(young).await.unwrap().len(), 1);
    let name = ground.dir.path().join("out/calls-2023-11-24.jsonl");
    let line: serde_json::Value = serde_json::from_str(fs::read_to_string(&name).unwrap().trim()).unwrap();
    assert_eq!(line["call"]["number"], "+573001234567");
    assert_eq!(line["call"]["outcome"], "busy");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&name).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "numbers are nobody else's");
    }
}

#[tokio::test]
async fn a_portion_that_was_written_and_not_removed_is_not_written_twice() {
    let ground = ground().await;
    let [one, two] = [ground.ended(0).await, ground.ended(1).await];
    let order = Order {
        what: Old::Calls,
        before: at(DAY),
    };
    let pruning = ground.store.prune(Old::Calls, order.before).await.unwrap();
    let portion = pruning.next(at(DAY)).await.unwrap().unwrap();
    // The machine fails here, and once more within the next line.
    let mut before = Files::new(&ground.dir.path().join("out"));
    before.append(Old::Calls, "", &portion[..1], at(DAY)).unwrap();
    drop(before);
    let name = ground.dir.path().join("out/calls-2023-11-15.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(&name).unwrap();
    file.write_all(b"{\"id\":\"0192f0c1-5d7e").unwrap();
    // It comes up on the next day, and there is another file.
    let gone = ground.pruner().carry_out(order, clock(2 * DAY), 0).await.unwrap();
    assert_eq!(gone, 2);
    assert_eq!(ground.written("calls"), [one.to_string(), two.to_string()]);
}

#[tokio::test]
async fn nothing_goes_that_cannot_be_written() {
    let ground = ground().await;
    let id = ground.ended(0).await;
    let policy = ground.policy(Some(1), None);
    fs::remove_dir(ground.dir.path().join("out")).unwrap();
    let error = ground.look(&policy, 9 * DAY).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("nothing is removed before"),
        "{error:#}"
    );
    assert!(ground.store.call(id).await.unwrap().is_some());
    fs::create_dir(ground.dir.path().join("out")).unwrap();
    ground.look(&policy, 9 * DAY).await.unwrap();
    assert!(ground.store.call(id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_engine_that_keeps_for_ever_has_nothing_to_do() {
    let policy = config::Retention::default();
    assert!(policy.is_for_ever());
    assert_eq!(policy.orders(at(0)), []);
}
