//! A wall clock that was set by an hour between two lives of an engine. The machine's is left alone: a build for these stories takes
//! how far it was set from the environment.
//!
//! Of one that is set while an engine works there is no story: an engine reads the wall clock once, when it starts, and
//! follows the monotonic one from there (`model::Clock`, which is the only one that may ask).

use crate::driver::{Engine, Environment};
use crate::pbx::Pbx;
use crate::story::{Retries, Story, binary};
use serde_json::Value;
use tempfile::TempDir;

const CONTACTS: usize = 400;
const CPS: u32 = 40;

fn set_by(seconds: i32) -> Environment {
    vec![("APICALL_TEST_CLOCK_SET_BY_S", seconds.to_string())]
}

/// Half a campaign by the right clock, a SIGKILL, and the rest by one that was set.
async fn set_between_two_lives(seconds: i32, retries: Retries) -> (Story, TempDir) {
    let (pbx, dir) = (Pbx::start(), tempfile::tempdir().unwrap());
    let store = format!("sqlite://{}", dir.path().join("apicall.db").display());
    let engine = Engine::start_with(binary(), &store, &pbx.config(), set_by(0)).await;
    let mut story = Story::begin_with(engine, pbx, CONTACTS, CPS, retries).await;
    story.pbx.wait_for(CONTACTS / 2);
    story.engine.kill();
    story.engine.start_again_with(set_by(seconds)).await;
    story.finish().await;
    (story, dir)
}

/// What the audit says without the carrier, whose clock nobody set.
fn rate(story: &Story) -> Value {
    let audit = story.engine.audit(None);
    let rules = audit["rules"].as_array().unwrap().iter();
    rules.clone().find(|line| line["rule"] == "rate").unwrap().clone()
}

/// What was due later is due at once, and nobody is called too fast, or twice at a time.
#[tokio::test]
async fn a_clock_that_was_set_forward_by_an_hour_breaks_no_rule() {
    let (story, _dir) = set_between_two_lives(3_600, Retries::Soon).await;
    let rate = rate(&story);
    assert!(rate["judged"].as_u64() >= Some(CONTACTS as u64), "{rate}");
    story.engine.stop().await;
}

/// The same hour comes twice: calls that were up end after they began, and the audit says what it cannot judge.
#[tokio::test]
async fn a_clock_that_was_set_back_by_an_hour_breaks_no_rule() {
    let (story, _dir) = set_between_two_lives(-3_600, Retries::Never).await;
    let rate = rate(&story);
    assert!(
        rate["unjudged"]
            .to_string()
            .contains("the machine's clock went back"),
        "{rate}"
    );
    story.engine.stop().await;
}
