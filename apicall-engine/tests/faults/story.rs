//! What all stories have in common: a campaign through the emulated Asterisk, with limits that would be broken first.

use crate::driver::{Engine, LOOK};
use crate::pbx::Pbx;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// For a whole campaign, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_apicall-engine");

/// Whether contacts are called again.
#[derive(Clone, Copy)]
pub(crate) enum Retries {
    /// As often as can be: the more calls, the more there is to be wrong.
    Soon,
    /// No.
    Never,
}

impl Retries {
    fn policy(self) -> Value {
        match self {
            Self::Soon => json!({
                "max_attempts": 20,
                "delay_s": { "lost": 1, "failed": 1, "unreachable": 1, "congestion": 1, "busy": 1 },
            }),
            Self::Never => json!({ "max_attempts": 1 }),
        }
    }
}

/// An engine, its switch, and a campaign that goes on.
pub(crate) struct Story {
    pub(crate) engine: Engine,
    pub(crate) pbx: Pbx,
    pub(crate) campaign: i64,
    contacts: usize,
}

impl Story {
    /// Makes a campaign of so many contacts at so many calls a second, and starts it.
    pub(crate) async fn begin(engine: Engine, pbx: Pbx, contacts: usize, cps: u32) -> Self {
        Self::begin_with(engine, pbx, contacts, cps, Retries::Soon).await
    }

    pub(crate) async fn begin_with(
        engine: Engine,
        pbx: Pbx,
        contacts: usize,
        cps: u32,
        retries: Retries,
    ) -> Self {
        let limits = json!({ "cps": cps, "channels": 2 * cps });
        engine
            .post("/trunks", json!({ "name": "carrier", "limits": limits }))
            .await;
        let project = json!({
            "name": "tenant", "country": "CO", "trunk": 1, "ring_timeout_s": 6, "limits": limits,
            "retry": retries.policy(),
            // None keeps anybody from being called; all are asked for each call, and audited.
            "caller_id": "6015550000",
            "hours": { "zone": "callee", "windows": ["daily 00:00-24:00"], "holidays": [] },
            "number_caps": ["1000/24h"],
            "flow": { "simple": { "audio": "prueba", "expected_digit": "1" } },
        });
        engine.post("/projects", project).await;
        let numbers: Vec<_> = (0..contacts).map(number).collect();
        let campaign = engine.campaign(1, json!({ "cps": cps }), &numbers).await;
        Self {
            engine,
            pbx,
            campaign,
            contacts,
        }
    }

    /// Waits until the engine says so of its store.
    pub(crate) async fn wait_for_health(&self, status: u16) {
        let looking = async {
            while self.engine.status("/health").await != Some(status) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, looking).await;
        assert!(
            waited.is_ok(),
            "the health is never {status}\n{}",
            self.engine.log()
        );
    }

    /// Waits for the campaign's end; then everybody is done, and nothing is open.
    pub(crate) async fn finish(&self) {
        self.engine.finish(self.campaign, PATIENCE).await;
        let stats = self
            .engine
            .get(&format!("/campaigns/{}/stats", self.campaign))
            .await;
        assert_eq!(
            stats["by_contact_state"]["done"].as_u64(),
            Some(self.contacts as u64),
            "{stats}"
        );
        assert_eq!(stats["live"], 0, "{stats}");
    }

    /// The same, and the audit finds nothing, in what the carrier got neither.
    pub(crate) async fn expect_sound(&self) -> Value {
        self.finish().await;
        let audit = self.engine.audit(Some(&self.pbx.invites()));
        for rule in [
            "rate",
            "channels",
            "one_outcome",
            "one_call",
            "attempts",
            "standing",
            "hours",
            "number_caps",
            "do_not_call",
            "caller_id",
            "carrier",
        ] {
            assert!(judged(&audit, rule) > 0, "{rule} was looked at: {audit}");
        }
        audit
    }
}

/// How many a rule was held against.
pub(crate) fn judged(audit: &Value, rule: &str) -> u64 {
    let rules = audit["rules"].as_array().unwrap();
    let line = rules.iter().find(|line| line["rule"] == rule).unwrap();
    line["judged"].as_u64().unwrap()
}

/// Most answer and hang up after a second; of twenty one is busy, and one hangs up at once.
fn number(n: usize) -> String {
    let callee = match n % 20 {
        3 => "10",
        7 => "07",
        _ => "21",
    };
    format!("+57300{n:05}{callee}")
}

/// The engine's program.
pub(crate) fn binary() -> &'static Path {
    Path::new(BINARY)
}
