//! Verifies what `serve` would need, and says what to fix. Nothing is changed: no database made, no call placed.

use crate::adapter::Adapter;
use crate::config::{Config, Kind, Switch};
use crate::emulate;
use crate::http;
use crate::retention::Files;
use apicall_core::store::{Form, Inspection, Store};
use apicall_core::switch::News;
use apicall_core::switch::asterisk::{AsteriskConfig, OriginateBy};
use apicall_core::switch::freeswitch::FreeSwitchConfig;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long a switch may take to log us in.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found of an item: that it is fine, or what to fix.
type Finding = Result<String, String>;

/// One line an item; fails when one does.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut report = Report { sound: true };
    report.line("configuration", Ok(file(config)))?;
    let store = store(config).await;
    let running = store.as_ref().is_ok_and(|found| found.in_use);
    report.line("store", store.map(|found| form(config, found)))?;
    report.line("audio", audio(config))?;
    if !config.retention.is_for_ever() {
        report.line("retention", retention(config))?;
    }
    report.line(
        "http",
        address("[http] listen", config.http.listen, running).await,
    )?;
    if let Some(tls) = &config.http.tls {
        let shown = http::acceptor(tls).map(|_| tls.certificate.display().to_string());
        report.line("tls", shown.map_err(|error| format!("{error:#}")))?;
    }
    for switch in &config.switches {
        report.switch(switch, running).await?;
    }
    Ok(if report.sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Report {
    sound: bool,
}

impl Report {
    async fn switch(&mut self, switch: &Switch, running: bool) -> anyhow::Result<()> {
        let name = &switch.name;
        if switch.kind == Kind::Emulator {
            let shutdown = CancellationToken::new();
            let _end = shutdown.clone().drop_guard();
            let adapter = emulate::beside(switch, b"check".to_vec(), shutdown).await?;
            let found = match adapter {
                Adapter::Asterisk(adapter) => log_in_to_asterisk(adapter).await,
                Adapter::FreeSwitch(adapter) => log_in_to_freeswitch(adapter).await,
            };
            self.line(&format!("switch {name} emulated"), found)?;
            return Ok(());
        }
        if switch.kind == Kind::FreeSwitch {
            let adapter = switch.adapter_of_freeswitch()?;
            if let Some(visitors) = &adapter.visitors {
                let listening = address("visitors_listen", visitors.listen, running).await;
                self.line(&format!("switch {name} visitors"), listening)?;
            }
            self.line(&format!("switch {name} esl"), log_in_to_freeswitch(adapter).await)?;
            return Ok(());
        }
        let adapter = switch.adapter(b"check".to_vec())?;
        let listening = address("agi_listen", adapter.agi_listen, running).await;
        self.line(&format!("switch {name} agi"), listening)?;
        let spooled = match &adapter.originate {
            OriginateBy::Spool { dir } => Some(spool(dir)),
            OriginateBy::Ami => None,
        };
        self.line(&format!("switch {name} ami"), log_in_to_asterisk(adapter).await)?;
        if let Some(spooled) = spooled {
            self.line(&format!("switch {name} spool"), spooled)?;
        }
        Ok(())
    }

    fn line(&mut self, what: &str, finding: Finding) -> io::Result<()> {
        self.sound &= finding.is_ok();
        match finding {
            Ok(text) => writeln!(io::stdout(), "ok    {what}: {text}"),
            Err(text) => writeln!(io::stdout(), "FAIL  {what}: {text}"),
        }
    }
}

fn file(config: &Config) -> String {
    let file = config.file().map_or_else(
        || "no file, the defaults".to_owned(),
        |file| file.display().to_string(),
    );
    match config.switches.len() {
        0 => format!("{file}; no switch, so nothing can be dialed"),
        1 => format!("{file}; 1 switch"),
        many => format!("{file}; {many} switches"),
    }
}

async fn store(config: &Config) -> Result<Inspection, String> {
    let location = config.store().map_err(|error| error.to_string())?;
    let found = Store::inspect(&location)
        .await
        .map_err(|error| error.to_string())?;
    if found.form == Form::Newer {
        return Err(format!(
            "{location} was made by a newer version; use that one, or a backup"
        ));
    }
    Ok(found)
}

fn form(config: &Config, found: Inspection) -> String {
    let url = config
        .store()
        .map(|location| location.to_string())
        .unwrap_or_default();
    let engine = if found.in_use { "; an engine uses it" } else { "" };
    let node = if found.is_node {
        "; a node of a Galera cluster: let all engines use this one, as locks do not span nodes (docs/scaling.md)"
    } else {
        ""
    };
    let engine = format!("{engine}{node}");
    match found.form {
        Form::Absent => format!("{url} will be made by the first start{node}"),
        Form::Older(steps) => format!("{url} will be migrated by the next start, {steps} steps{engine}"),
        Form::Current | Form::Newer => format!("{url}{engine}"),
    }
}

fn audio(config: &Config) -> Finding {
    let dir = &config.audio.dir;
    match std::fs::read_dir(dir) {
        Ok(_) => Ok(dir.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(format!(
            "{} does not exist; the first upload makes it",
            dir.display()
        )),
        Err(error) => Err(format!("{}: {error}; set [audio] dir", dir.display())),
    }
}

/// How long what is over stays, and whether it can be written before it goes.
fn retention(config: &Config) -> Finding {
    let policy = &config.retention;
    let days =
        |days: Option<u32>, otherwise: &str| days.map_or(otherwise.to_owned(), |days| format!("{days} days"));
    let calls = days(policy.calls_days, "for ever");
    let timelines = days(policy.timelines_days, "as long");
    let kept = format!("calls are kept {calls}, their timelines {timelines}");
    match &policy.export {
        None => Ok(format!("{kept}; what goes is written nowhere")),
        Some(export) => match Files::new(export).check() {
            Ok(()) => Ok(format!("{kept}; what goes is written to {}", export.display())),
            Err(error) => Err(format!(
                "{}: {error}; make it a directory that can be written, or set [retention] export",
                export.display()
            )),
        },
    }
}

/// Whether an address can be listened on. One that the running engine listens on is as it should be.
async fn address(key: &str, address: SocketAddr, running: bool) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && running => {
            Ok(format!("{address} is in use, as an engine is running"))
        }
        Err(error) => Err(format!("{address}: {error}; choose another {key}")),
    }
}

/// Files are written beside the spool and renamed into it. The spool itself is not touched: Asterisk watches it.
fn spool(dir: &Path) -> Finding {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Err(format!(
            "{} is no directory to be read; set spool_dir",
            dir.display()
        ));
    };
    let trial = dir.with_file_name(format!("apicall-check-{}", std::process::id()));
    std::fs::create_dir(&trial)
        .and_then(|()| std::fs::remove_dir(&trial))
        .map_err(|error| format!("beside {}: {error}; its parent must be writable", dir.display()))?;
    Ok(format!("{}, {} files wait", dir.display(), entries.count()))
}

async fn log_in_to_asterisk(adapter: AsteriskConfig) -> Finding {
    let ami = adapter.ami.clone();
    let config = AsteriskConfig {
        // Its own address may be in use, and nobody is to be served.
        agi_listen: ([127, 0, 0, 1], 0).into(),
        originate: OriginateBy::Ami,
        ..adapter
    };
    let hint = "Asterisk runs, `ami`, and manager.conf";
    log_in(Adapter::Asterisk(config), &ami, hint).await
}

async fn log_in_to_freeswitch(adapter: FreeSwitchConfig) -> Finding {
    let esl = adapter.esl.clone();
    let config = FreeSwitchConfig {
        // Its address may be in use, and nobody is to be served.
        visitors: None,
        ..adapter
    };
    let hint = "FreeSWITCH runs, `esl`, and event_socket.conf.xml";
    log_in(Adapter::FreeSwitch(config), &esl, hint).await
}

/// Whether the switch at that address lets us in; else what to check.
async fn log_in(adapter: Adapter, address: &str, hint: &str) -> Finding {
    let (sender, mut events) = mpsc::unbounded_channel();
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    adapter
        .start(sender, shutdown)
        .await
        .map_err(|error| error.to_string())?;
    match tokio::time::timeout(PATIENCE, events.recv()).await {
        Ok(Some(event)) => match event.news {
            News::Up { live } => Ok(format!("logged in at {address}, {} calls there", live.len())),
            News::Down { reason } => Err(format!("{reason}; check that {hint}")),
            News::Reacted(_) | News::Call { .. } | News::Leg { .. } | News::Visitor(_) => {
                Ok(format!("{address} talks"))
            }
        },
        Ok(None) => Err("the adapter ended".to_owned()),
        Err(_) => Err(format!(
            "no answer from {address} within {} s; check that {hint}",
            PATIENCE.as_secs()
        )),
    }
}
