//! The engine from start to stop.

use crate::config::{Config, Kind, LogFormat};
use crate::emulate;
use crate::http::{self, Engine};
use crate::password;
use anyhow::Context;
use apicall_core::dialer::{Dialer, SwitchSlot};
use apicall_core::model::Clock;
use apicall_core::store::{Access, Store, StoreError};
use apicall_core::switch::asterisk::{self, AsteriskConfig};
use rand::RngExt;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Requests under way get this long after the last call has ended.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// Runs until SIGTERM or SIGINT, then lets live calls finish; a second signal stops at once.
pub(crate) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    start_log(&config)?;
    let mut signals = Signals::listen()?;
    let clock = Clock::anchor();
    let (dialing, store) = dialing_thread(config.store_url_to_open()?)?;
    let store = store.await??;
    password::prepare().await?;
    make_first_user(&store).await?;
    let token_key = secret(&store, "agi_token_key").await?;
    let session_key = secret(&store, "session_key").await?;
    let listener = TcpListener::bind(config.http.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; choose another [http] listen",
            config.http.listen
        )
    })?;
    let shutdown = CancellationToken::new();
    let mut adapters = Vec::new();
    for switch in &config.switches {
        adapters.push(match switch.kind {
            Kind::Asterisk => switch.adapter(token_key.clone())?,
            Kind::Emulator => emulate::beside(switch, token_key.clone(), shutdown.clone()).await?,
        });
    }
    let config = Arc::new(config);
    let dialer = dialing
        .spawn(start_dialer(
            config.clone(),
            store.clone(),
            adapters,
            clock,
            shutdown.clone(),
        ))
        .await??;
    let drain = config.limits.drain();
    let stop = CancellationToken::new();
    let engine = Engine::new(
        config,
        store.clone(),
        dialer.clone(),
        clock,
        session_key,
        stop.clone(),
    );
    tracing::info!(address = %listener.local_addr()?, "listening");
    let serving = tokio::spawn(http::serve(listener, Arc::new(engine)));
    signals.next().await;
    let code = tokio::select! {
        result = wind_down(&dialer, drain, &store, &stop, serving) => result.map(|()| ExitCode::SUCCESS)?,
        () = signals.next() => {
            tracing::warn!("stopped at once; live calls are found again by the next start");
            ExitCode::FAILURE
        }
    };
    shutdown.cancel();
    Ok(code)
}

/// Everything that dials, and the store's writer, share one thread of their own: whatever HTTP is asked for, no call
/// waits for it, and what they tell each other crosses no threads, which at some thousand events a second is most of
/// the cost. The thread ends with the process.
fn dialing_thread(store_url: String) -> anyhow::Result<(Handle, Opening)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    let (opened, opening) = oneshot::channel();
    let dial = move || {
        runtime.block_on(async move {
            let _ = opened.send(Store::open(&store_url, Access::Engine).await);
            std::future::pending::<()>().await;
        });
    };
    std::thread::Builder::new()
        .name("dialing".to_owned())
        .spawn(dial)?;
    Ok((handle, opening))
}

/// The store to come.
type Opening = oneshot::Receiver<Result<Store, StoreError>>;

async fn start_dialer(
    config: Arc<Config>,
    store: Store,
    adapters: Vec<AsteriskConfig>,
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<Dialer> {
    let (events, heard) = mpsc::unbounded_channel();
    let mut slots = Vec::new();
    for (switch, adapter) in config.switches.iter().zip(adapters) {
        slots.push(SwitchSlot {
            switch: asterisk::start(adapter, events.clone(), shutdown.clone()).await?,
            kind: switch.kind.as_str(),
            limits: switch.limits(),
            max_unanswered: switch.max_unanswered(),
        });
    }
    Ok(Dialer::start(config.dialer(), store, slots, heard, clock).await?)
}

/// Ends the calls, then the requests, then the store: each still needs the next.
async fn wind_down(
    dialer: &Dialer,
    limit: Duration,
    store: &Store,
    stop: &CancellationToken,
    serving: JoinHandle<io::Result<()>>,
) -> anyhow::Result<()> {
    if !dialer.drain(limit).await {
        tracing::warn!("some calls did not end in time; the next start finds them again");
    }
    stop.cancel();
    let _ = tokio::time::timeout(LAST_REQUESTS, serving).await;
    store.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// What tells the engine to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log.level)
        .with_context(|| format!("[log] level `{}`", config.log.level))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match config.log.format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// The first start makes `admin`.
async fn make_first_user(store: &Store) -> anyhow::Result<()> {
    if !store.users_empty().await? {
        return Ok(());
    }
    let given = std::env::var("APICALL_ADMIN_PASSWORD").ok();
    let new = given.clone().unwrap_or_else(password::draw);
    password::check(&new).context("APICALL_ADMIN_PASSWORD")?;
    store
        .set_password("admin", "Administrator", &password::hash(new.clone()).await?)
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
    let drawn: [u8; 32] = rand::rng().random();
    let text: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(store.setting_or_insert(name, text).await?.into_bytes())
}
