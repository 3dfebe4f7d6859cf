//! An engine that is killed, again and again, in the middle of its work.

use crate::driver::Engine;
use crate::pbx::Pbx;
use crate::story::{Story, binary};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const KILLS: usize = 50;
const CPS: u32 = 40;
const CONTACTS: usize = 1_500;

/// SIGKILL, each time after so many calls as a seed draws: nobody is called twice at a time or too often, no limit is exceeded
/// over the lives together, and every call has an end.
#[tokio::test]
async fn killed_fifty_times_it_calls_nobody_twice_and_loses_nobody() {
    let pbx = Pbx::start();
    let engine = Engine::start(binary(), &pbx.config()).await;
    let mut story = Story::begin(engine, pbx, CONTACTS, CPS).await;
    let mut random = StdRng::seed_from_u64(9);
    for _ in 0..KILLS {
        story
            .pbx
            .wait_for(story.pbx.dialed() + random.random_range(1..25));
        story.engine.kill();
        story.engine.start_again().await;
    }
    let audit = story.expect_sound().await;
    println!("{audit:#}");
    let stats = story
        .engine
        .get(&format!("/campaigns/{}/stats", story.campaign))
        .await;
    assert!(
        stats["by_outcome"]["lost"].as_u64() > Some(0),
        "the kills came into live calls: {stats}"
    );
    story.engine.stop().await;
}
