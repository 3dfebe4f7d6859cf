//! An adapter before its emulated PBX, and what it tells.

use crate::pbx::{Pbx, SECRET};
use apicall_core::emulator::{Callees, Emulator, asterisk as emulated_asterisk};
use apicall_core::model::{CallId, Callee, Cause, Outcome, Variables};
use apicall_core::switch::freeswitch::Timing;
use apicall_core::switch::{Command, Event, Leg, News, Originate, Sign, Switch, WayOut};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) fn quick(ping_after: Duration) -> Timing {
    Timing {
        ping_after,
        pong_within: Duration::from_millis(300),
        reply: Duration::from_secs(5),
        backoff_least: Duration::from_millis(20),
        backoff_most: Duration::from_millis(50),
        ..Timing::default()
    }
}

pub(crate) struct Bench {
    pub(crate) pbx: Pbx,
    pub(crate) emulator: Emulator,
    pub(crate) switch: Switch,
    pub(crate) events: UnboundedReceiver<Event>,
    /// Ends the adapter.
    pub(crate) _engine: DropGuard,
    pub(crate) _end: DropGuard,
}

impl Bench {
    /// Both, connected.
    pub(crate) async fn up() -> Self {
        Self::up_as(Pbx::Asterisk).await
    }

    pub(crate) async fn up_as(pbx: Pbx) -> Self {
        let mut bench = Self::connecting(pbx, SECRET, Duration::from_millis(300)).await;
        assert_eq!(bench.live().await, []);
        bench
    }

    pub(crate) async fn connecting(pbx: Pbx, secret: &str, ping_after: Duration) -> Self {
        Self::with(pbx, secret, quick(ping_after)).await
    }

    pub(crate) async fn with(pbx: Pbx, secret: &str, timing: Timing) -> Self {
        let shutdown = CancellationToken::new();
        let emulator = pbx.emulate(Callees::default(), &shutdown).await;
        Self::before(pbx, emulator, shutdown, secret, timing).await
    }

    pub(crate) async fn asterisk(config: emulated_asterisk::Config, secret: &str, timing: Timing) -> Self {
        let shutdown = CancellationToken::new();
        let emulator = emulated_asterisk::start(config, shutdown.clone()).await.unwrap();
        Self::before(Pbx::Asterisk, emulator, shutdown, secret, timing).await
    }

    pub(crate) async fn before(
        pbx: Pbx,
        emulator: Emulator,
        shutdown: CancellationToken,
        secret: &str,
        timing: Timing,
    ) -> Self {
        let engine = CancellationToken::new();
        let (sender, events) = unbounded_channel();
        let switch = pbx
            .drive(emulator.address(), secret, timing, sender, &engine)
            .await;
        Self {
            pbx,
            emulator,
            switch,
            events,
            _engine: engine.drop_guard(),
            _end: shutdown.drop_guard(),
        }
    }

    /// The same PBX, with another engine in the place of this one.
    pub(crate) async fn taken_over(self, timing: Timing) -> Self {
        let (sender, events) = unbounded_channel();
        let engine = CancellationToken::new();
        let switch = self
            .pbx
            .drive(self.emulator.address(), SECRET, timing, sender, &engine)
            .await;
        Self {
            switch,
            events,
            _engine: engine.drop_guard(),
            ..self
        }
    }

    pub(crate) async fn news(&mut self) -> News {
        let waited = tokio::time::timeout(Duration::from_secs(20), self.events.recv()).await;
        waited.expect("news within twenty seconds").unwrap().news
    }

    /// Waits until the switch is up, and which calls it has.
    pub(crate) async fn live(&mut self) -> Vec<CallId> {
        loop {
            if let News::Up { live } = self.news().await {
                return live;
            }
        }
    }

    pub(crate) async fn down(&mut self) -> String {
        loop {
            if let News::Down { reason } = self.news().await {
                return reason;
            }
        }
    }

    pub(crate) fn call(&self, number: &str, callee: &Value, second: &Value) -> CallId {
        let call = CallId::draw();
        let mut variables = Variables::default();
        for (name, callee) in [("APICALL_CALLEE", callee), ("APICALL_TRANSFER_CALLEE", second)] {
            if !callee.is_null() {
                let known: Callee = serde_json::from_value(callee.clone()).unwrap();
                variables
                    .set(name, &serde_json::to_string(&known).unwrap())
                    .unwrap();
            }
        }
        let originate = Originate {
            call,
            project: 7.try_into().unwrap(),
            number: number.parse().unwrap(),
            way: WayOut {
                trunk: "carrier".parse().unwrap(),
                prefix: String::new(),
            },
            caller_id: Some("5551000".parse().unwrap()),
            ring_timeout: Duration::from_secs(2),
            variables,
        };
        self.send(Command::Originate(Box::new(originate)));
        call
    }

    pub(crate) fn send(&self, command: Command) {
        self.switch.commands.send(command).unwrap();
    }

    pub(crate) async fn ended(&mut self, call: CallId) -> (Outcome, Option<u16>) {
        let (outcome, cause) = self.end(call).await;
        (outcome, cause.sip)
    }

    pub(crate) async fn end(&mut self, call: CallId) -> (Outcome, Cause) {
        loop {
            match self.news().await {
                News::Call {
                    call: of,
                    sign: Sign::Ended { outcome, cause },
                } if of == call => return (outcome, cause),
                _ => {}
            }
        }
    }

    pub(crate) async fn leg(&mut self) -> Box<dyn Leg> {
        loop {
            if let News::Leg { mut leg, .. } = self.news().await {
                leg.leave_by(WayOut {
                    trunk: "carrier".parse().unwrap(),
                    prefix: String::new(),
                });
                return leg;
            }
        }
    }
}
