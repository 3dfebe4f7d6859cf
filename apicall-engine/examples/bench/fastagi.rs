//! The FastAGI server: what a session of five commands costs, and how long it takes with a thousand of them at once.
//!
//! The server has a thread of its own here, as in an engine, so that its CPU can be told from that of who connects.

use super::process::thread_cpu_s;
use super::report::{Report, percentile};
use apicall_core::model::{DigitSet, LegCommand};
use apicall_core::switch::asterisk::{self, AsteriskConfig, OriginateBy, Timing};
use apicall_core::switch::{Leg, News, Supply};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Sessions at once.
const AT_ONCE: usize = 1_000;
/// Sessions of each of them, one after the other.
const EACH: usize = 50;
/// The name of the server's thread.
const THREAD: &str = "fastagi";

/// A channel as Asterisk announces it, handed over by a dialplan for project 1.
const ENVIRONMENT: &str = "agi_network: yes\nagi_network_script: \nagi_request: agi://127.0.0.1/\nagi_channel: PJSIP/carrier-00000001\n\
    agi_language: en\nagi_type: PJSIP\nagi_uniqueid: 1700000000.1\nagi_version: 22.10.1\nagi_callerid: 573001234567\n\
    agi_calleridname: unknown\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: unknown\n\
    agi_rdnis: unknown\nagi_context: default\nagi_extension: s\nagi_priority: 1\nagi_enhanced: 0.0\nagi_accountcode: \n\
    agi_threadid: 140000000000000\nagi_arg_1: 1\n\n";

pub(crate) async fn run() -> Report {
    let agi = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(move || serve(agi, &ready))
        .unwrap();
    tokio::task::spawn_blocking(move || is_ready.recv().unwrap())
        .await
        .unwrap();
    let before = thread_cpu_s(THREAD);
    let began = Instant::now();
    let callers: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(call(agi))).collect();
    let mut took_ms = vec![];
    for caller in callers {
        took_ms.extend(caller.await.unwrap());
    }
    let seconds = began.elapsed().as_secs_f64();
    took_ms.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss, reason = "a count of sessions")]
    let sessions = took_ms.len() as f64;
    let cpu_us = (thread_cpu_s(THREAD) - before) * 1e6 / sessions;
    let head = [
        "sessions",
        "sessions_a_second",
        "cpu_us",
        "p50_ms",
        "p99_ms",
        "max_ms",
    ];
    let mut report = Report::new("fastagi", &head);
    let p99 = percentile(&took_ms, 0.99);
    report.row(&[
        sessions,
        sessions / seconds,
        cpu_us,
        percentile(&took_ms, 0.5),
        p99,
        percentile(&took_ms, 1.0),
    ]);
    report.at_most("engine CPU of a session, in microseconds", cpu_us, 90.0);
    report.at_most(
        format!("p99 of a session with {AT_ONCE} at once, in ms"),
        p99,
        250.0,
    );
    report
}

/// The server, and who drives its legs. The process ends it.
fn serve(agi: SocketAddr, ready: &std::sync::mpsc::Sender<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (events, mut heard) = mpsc::unbounded_channel();
        let shutdown = CancellationToken::new();
        let _switch = asterisk::start(config(agi), events, shutdown).await.unwrap();
        ready.send(()).unwrap();
        while let Some(event) = heard.recv().await {
            if let News::Visitor(visitor) = event.news {
                tokio::spawn(drive(visitor.leg));
            }
        }
    });
}

/// The handing over asked for two variables; these are the other three commands.
async fn drive(mut leg: Box<dyn Leg>) {
    let commands = [
        LegCommand::SetVariable {
            name: "chosen".to_owned(),
            value: "1".to_owned(),
        },
        LegCommand::Play {
            sounds: vec!["prueba".parse().unwrap()],
            interrupt: DigitSet::NONE,
        },
        LegCommand::Gather {
            prompt: vec![],
            max_digits: 1,
            terminators: DigitSet::NONE,
            first_timeout: Duration::from_secs(5),
            next_timeout: Duration::from_secs(3),
        },
    ];
    for command in commands {
        leg.execute(command).await;
    }
}

/// An Asterisk, as far as one session after the other is concerned: it answers every command at once.
async fn call(agi: SocketAddr) -> Vec<f64> {
    let mut took_ms = vec![];
    for _ in 0..EACH {
        let began = Instant::now();
        let stream = TcpStream::connect(agi).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut stream = BufReader::new(stream);
        stream.get_mut().write_all(ENVIRONMENT.as_bytes()).await.unwrap();
        let (mut line, mut commands) = (String::new(), 0);
        while stream.read_line(&mut line).await.unwrap() > 0 {
            let answer = match line.split_whitespace().next() {
                Some("WAIT") => "200 result=49\n",
                Some("STREAM") => "200 result=0 endpos=8000\n",
                Some("SET") => "200 result=1\n",
                _ => "200 result=0\n",
            };
            commands += 1;
            stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
            line.clear();
        }
        assert_eq!(commands, 5, "a session of five commands");
        took_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    took_ms
}

fn config(agi: SocketAddr) -> AsteriskConfig {
    AsteriskConfig {
        name: "bench".parse().unwrap(),
        // Nobody is there: only the FastAGI side is looked at.
        ami: "127.0.0.1:9".to_owned(),
        user: "apicall".to_owned(),
        secret: "bench".to_owned().into(),
        agi_listen: agi,
        agi_url: format!("agi://{agi}"),
        agi_allow: vec!["127.0.0.0/8".parse().unwrap()],
        originate: OriginateBy::Ami,
        dial: "PJSIP/{number}@{trunk}".parse().unwrap(),
        supply: Supply::default(),
        token_key: b"bench".to_vec(),
        timing: Timing::default(),
    }
}
