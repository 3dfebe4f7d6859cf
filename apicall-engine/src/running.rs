//! An engine in this process: everything it consists of, from start to stop.

use crate::adapter::Adapter;
use crate::audio::Shelf;
use crate::config::{Config, Kind};
use crate::emulate;
use crate::http::{self, Engine};
use crate::password;
use crate::retention::{self, Files};
use crate::webhooks::{self, Courier};
use anyhow::Context;
use apicall_core::dialer::{Dialer, SwitchSlot};
use apicall_core::model::{Clock, Role, Timestamp, User};
use apicall_core::store::{Access, Health, Location, Store, StoreError};
use apicall_core::switch::asterisk::AsteriskConfig;
use apicall_core::switch::freeswitch::FreeSwitchConfig;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Requests under way get this long after the last call has ended.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// An engine that runs.
pub(crate) struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    store: Store,
    dialer: Dialer,
    drain: Duration,
    stop: CancellationToken,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    retaining: Option<JoinHandle<()>>,
    telling: JoinHandle<()>,
    minding: JoinHandle<()>,
}

/// What is pruned is exported first, if it is to be: that must be possible.
fn check_export(config: &Config) -> anyhow::Result<()> {
    let Some(export) = &config.retention.export else {
        return Ok(());
    };
    Files::new(export).check().with_context(|| {
        format!(
            "retention.export: {}: make it a directory that can be written",
            export.display()
        )
    })
}

impl Running {
    /// Starts one. The first start of a store makes `admin`, with this password or a random one that is printed.
    pub(crate) async fn start(config: Config, password: Option<String>) -> anyhow::Result<Self> {
        let clock = Clock::anchor();
        check_export(&config)?;
        let dialing = dialing_thread()?;
        let store = storing_thread(config.store_to_open()?, config.engine_name())?.await??;
        password::prepare().await?;
        make_first_user(&store, password, clock.now()).await?;
        let token_key = secret(&store, "agi_token_key").await?;
        secret(&store, "session_key").await?;
        let directory = Arc::new(http::Directory::read(&store, clock.now()).await?);
        let tls = config.http.tls.as_ref().map(http::acceptor).transpose()?;
        let stop = CancellationToken::new();
        let media_key = secret(&store, "media_key").await?;
        let shelf = Shelf::open(&config, &store, media_key, stop.clone()).await?;
        let listener = listen(config.http.listen).await?;
        let address = listener.local_addr()?;
        let shutdown = CancellationToken::new();
        let config = Arc::new(config);
        let adapters = adapters(&config, &token_key, (&shelf, clock), &shutdown).await?;
        let webhooks = webhooks::Sender::new(&config.webhooks, Handle::current())?;
        let tools = (adapters, webhooks.clone());
        let starting = start_dialer(config.clone(), store.clone(), tools, clock, shutdown.clone());
        let dialer = dialing.spawn(starting).await??;
        let session_h = config.http.session_h;
        let drain = config.limits.drain();
        let retention = config.retention.clone();
        let retaining = (!retention.is_for_ever())
            .then(|| tokio::spawn(retention::keep(retention, store.clone(), clock, stop.clone())));
        let courier = Courier::new(store.clone(), webhooks.clone(), clock);
        let telling = tokio::spawn(courier.run(stop.clone()));
        let engine = Engine::new(
            config,
            store.clone(),
            dialer.clone(),
            (webhooks, shelf),
            clock,
            directory.clone(),
            stop.clone(),
        );
        let session = Duration::from_secs(u64::from(session_h) * 3_600);
        let minding = tokio::spawn(http::keep(directory, store.clone(), clock, session, stop.clone()));
        let serving = tokio::spawn(http::serve(listener, tls, Arc::new(engine)));
        tracing::info!(%address, "listening");
        Ok(Self {
            address,
            store,
            dialer,
            drain,
            stop,
            shutdown,
            serving,
            retaining,
            telling,
            minding,
        })
    }

    /// Waits until other engines have taken this one for dead.
    pub(crate) async fn fenced(&self) {
        let mut health = self.store.health_watch();
        if health.wait_for(|health| *health == Health::Fenced).await.is_err() {
            // The store is closed: nobody else has it.
            std::future::pending().await
        }
    }

    /// Ends every call at once: they are in the hands of others, who count them as lost.
    pub(crate) async fn give_up(self) {
        let _shutdown = self.shutdown.drop_guard();
        self.dialer.drain(Duration::ZERO).await;
        self.stop.cancel();
    }

    /// Ends the calls, then the requests, then the store: each still needs the next.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        // What drives the switches ends last, however this ends.
        let _shutdown = self.shutdown.drop_guard();
        if !self.dialer.drain(self.drain).await {
            tracing::warn!("some calls did not end in time; the next start finds them again");
        }
        self.stop.cancel();
        let _ = tokio::time::timeout(LAST_REQUESTS, self.serving).await;
        if let Some(retaining) = self.retaining {
            // What it has begun with the store ends before the store does.
            let _ = retaining.await;
        }
        // What it has sent is written down before the store closes.
        let _ = self.telling.await;
        let _ = self.minding.await;
        self.store.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}; choose another [http] listen"))
}

async fn adapters(
    config: &Config,
    token_key: &[u8],
    (shelf, clock): (&Shelf, Clock),
    shutdown: &CancellationToken,
) -> anyhow::Result<Vec<Adapter>> {
    let mut adapters = Vec::new();
    for switch in &config.switches {
        let supply = shelf.supply(config, switch, clock);
        adapters.push(match switch.kind {
            Kind::Asterisk => Adapter::Asterisk(AsteriskConfig {
                supply,
                ..switch.adapter(token_key.to_vec())?
            }),
            Kind::FreeSwitch => Adapter::FreeSwitch(FreeSwitchConfig {
                supply,
                ..switch.adapter_of_freeswitch()?
            }),
            Kind::Emulator => emulate::beside(switch, token_key.to_vec(), shutdown.clone()).await?,
        });
    }
    Ok(adapters)
}

/// Everything that dials shares one thread of its own: whatever HTTP is asked for, no call waits for it, and what they tell
/// each other crosses no threads, which at some thousand events a second is most of the cost. The thread ends with the
/// process.
fn dialing_thread() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let dial = move || runtime.block_on(std::future::pending::<()>());
    std::thread::Builder::new()
        .name("dialing".to_owned())
        .spawn(dial)?;
    Ok(handle)
}

/// The store's writer has another: it is told little at a time and does much at a time, and no originate is to wait while
/// it puts a batch into words.
fn storing_thread(location: Location, name: String) -> io::Result<Opening> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (opened, opening) = oneshot::channel();
    let store = move || {
        runtime.block_on(async move {
            let _ = opened.send(Store::open_as(&location, Access::Engine, &name).await);
            std::future::pending::<()>().await;
        });
    };
    std::thread::Builder::new()
        .name("storing".to_owned())
        .spawn(store)?;
    Ok(opening)
}

/// The store to come.
type Opening = oneshot::Receiver<Result<Store, StoreError>>;

async fn start_dialer(
    config: Arc<Config>,
    store: Store,
    (adapters, webhooks): (Vec<Adapter>, webhooks::Sender),
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<Dialer> {
    store
        .begin_run(clock.now(), config.rules(store.engine_name()))
        .await?;
    let (events, heard) = mpsc::unbounded_channel();
    let mut slots = Vec::new();
    for (switch, adapter) in config.switches.iter().zip(adapters) {
        slots.push(SwitchSlot {
            switch: adapter.start(events.clone(), shutdown.clone()).await?,
            kind: switch.told_kind(),
            limits: switch.limits(),
            max_unanswered: switch.max_unanswered(),
            governed: switch.overload,
        });
    }
    Ok(Dialer::start(config.dialer(), store, slots, heard, Arc::new(webhooks), clock).await?)
}

/// The environment variable with the first user's password.
pub(crate) const PASSWORD: &str = "APICALL_ADMIN_PASSWORD";

/// The first start makes `admin`.
async fn make_first_user(store: &Store, given: Option<String>, now: Timestamp) -> anyhow::Result<()> {
    if !store.users_empty().await? {
        return Ok(());
    }
    let new = given.clone().unwrap_or_else(password::draw);
    password::check(&new).context(PASSWORD)?;
    let admin = User {
        username: "admin".parse()?,
        full_name: "Administrator".to_owned(),
        role: Role::Admin,
        projects: BTreeSet::new(),
        disabled: false,
        created_at: now,
    };
    store
        .create_user(admin, &password::hash(new.clone()).await?)
        .await?;
    if given.is_none() {
        #[allow(clippy::print_stderr, reason = "shown once, and never written to a log")]
        {
            eprintln!("The user `admin` was made with the password {new} - it is not shown again.");
        }
    }
    Ok(())
}

/// A key of the engine's own, drawn once and kept.
async fn secret(store: &Store, name: &'static str) -> anyhow::Result<Vec<u8>> {
    Ok(store
        .setting_or_insert(name, http::draw_key())
        .await?
        .into_bytes())
}
