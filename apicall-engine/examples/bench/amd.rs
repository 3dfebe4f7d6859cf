//! Detection of answering machines: ours beside Asterisk's, on the same audio with the same parameters.
//!
//! The audio is made from seeds, and taken from the sounds that come with Asterisk: a word or two of them are a person's
//! greeting, an announcement is a machine's. A channel of Asterisk plays it to another, which runs `AMD()`.

use crate::bare::ami::Client;
use crate::greetings::{self, Greeting, mulaw};
use crate::report::Report;
use apicall_core::amd::{Detector, Finding, Listener};
use apicall_core::model::{AmdSettings, AmdVerdict};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

/// Of each kind that is made.
const OF_EACH: u64 = 20;
/// Channels of Asterisk that listen at once.
const AT_ONCE: usize = 16;
/// A verdict takes five seconds at most.
const PATIENCE: Duration = Duration::from_secs(60);
/// Packaged sounds that are words, and those that are announcements, by their length; those between are neither.
const WORD_MS: std::ops::Range<u64> = 600..1_300;
const ANNOUNCEMENT_MS: std::ops::Range<u64> = 4_500..9_000;
/// A GSM frame of 20 ms.
const GSM_FRAME: u64 = 33;

/// What Asterisk said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    status: String,
    cause: String,
}

/// Plays all to both, and compares.
pub(crate) async fn run() -> Report {
    let mut all = greetings::all(OF_EACH);
    all.extend(packaged());
    let began = Instant::now();
    let ours: Vec<_> = all.iter().map(found).collect();
    let listened = began.elapsed();
    let heard_s: f64 = ours.iter().map(|found| found.took.as_secs_f64()).sum();
    let asterisks = asterisk(&all).await;
    let mut report = compare(&all, &ours, &asterisks);
    report.at_most(
        "CPU for a second of audio, in ms",
        listened.as_secs_f64() * 1_000.0 / heard_s,
        0.2,
    );
    report
}

fn found(greeting: &Greeting) -> Finding {
    let rate = greetings::RATE.try_into().unwrap();
    let mut detector = Detector::new(AmdSettings::default(), rate);
    detector.hear(greeting.audio.iter().copied()).unwrap()
}

/// Words and announcements of the sounds that come with Asterisk.
fn packaged() -> Vec<Greeting> {
    let root = lab("ROOT");
    let sounds = "/usr/share/asterisk/sounds/en_US_f_Allison";
    let mut names: Vec<_> = fs::read_dir(format!("{root}{sounds}"))
        .expect("Debian's English sounds in the lab")
        .map(|entry| entry.unwrap())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let name = name.strip_suffix(".gsm")?.to_owned();
            let ms = entry.metadata().ok()?.len() / GSM_FRAME * 20;
            let tones = ["beep", "tone", "confbridge-join", "confbridge-leave"];
            let speech = !tones.iter().any(|tone| name.contains(tone));
            speech.then_some((name, ms))
        })
        .collect();
    names.sort();
    let kinds = [
        ("packaged_word", AmdVerdict::Human, WORD_MS),
        ("packaged_announcement", AmdVerdict::Machine, ANNOUNCEMENT_MS),
    ];
    let mut all = Vec::new();
    for (kind, truth, lengths) in kinds {
        let chosen = names.iter().filter(|(_, ms)| lengths.contains(ms));
        for (number, (name, _)) in chosen.enumerate() {
            let audio = converted(&root, &format!("{sounds}/{name}.gsm"));
            let silence = |ms: usize| vec![0_i16; ms * greetings::RATE / 1_000];
            all.push(Greeting {
                kind,
                number: number.try_into().unwrap(),
                truth,
                audio: [silence(300), audio, silence(6_000)].concat(),
            });
        }
    }
    all
}

fn converted(root: &str, sound: &str) -> Vec<i16> {
    let into = in_root(&directory().join("converted.ulaw"));
    let convert = format!("file convert {sound} {into}");
    let said = Command::new(lab_program())
        .args(["cli", &convert])
        .output()
        .unwrap();
    assert!(said.status.success(), "{convert}: {said:?}");
    mulaw::decode(&fs::read(format!("{root}{into}")).unwrap())
}

/// What Asterisk says of each.
async fn asterisk(all: &[Greeting]) -> Vec<Said> {
    for (index, greeting) in all.iter().enumerate() {
        let path = directory().join(format!("{index}.ulaw"));
        fs::write(path, mulaw::encode(&greeting.audio)).unwrap();
    }
    let agi = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("agi://{}", agi.local_addr().unwrap());
    let (tell, mut told) = mpsc::unbounded_channel();
    let listener = tokio::spawn(listen(agi, tell));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut said: Vec<Option<Said>> = vec![None; all.len()];
    let mut client = Client::log_in(&url).await;
    let mut left = all.len();
    let mut next = 0..all.len();
    while left > 0 {
        while let Some(place) = (!next.is_empty())
            .then(|| places.clone().try_acquire_owned().ok())
            .flatten()
        {
            place.forget();
            let index = next.next().unwrap();
            let script = format!("{url}/{index}");
            client
                .originate(
                    &format!("amd-{index}"),
                    &format!("Local/{index}@greeter"),
                    &script,
                )
                .await;
        }
        let (index, verdict): (usize, Said) = tokio::select! {
            told = told.recv() => told.unwrap(),
            () = client.drain() => unreachable!("it drains for ever"),
            () = tokio::time::sleep(PATIENCE) => panic!("Asterisk says nothing of {left} greetings"),
        };
        left -= usize::from(said[index].replace(verdict).is_none());
        places.add_permits(1);
    }
    listener.abort();
    said.into_iter().map(Option::unwrap).collect()
}

/// Has every channel that comes run `AMD()`, and passes on what it says.
async fn listen(listener: TcpListener, tell: mpsc::UnboundedSender<(usize, Said)>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let tell = tell.clone();
        tokio::spawn(async move {
            // A channel that is gone has nothing to say, and is missed by who waits for it.
            if let Some(said) = detect(stream).await {
                let _ = tell.send(said);
            }
        });
    }
}

async fn detect(stream: TcpStream) -> Option<(usize, Said)> {
    let mut lines = BufReader::new(stream).lines();
    let mut index = None;
    while let Some(line) = lines.next_line().await.ok()?.filter(|line| !line.is_empty()) {
        if let Some(script) = line.strip_prefix("agi_network_script: ") {
            index = script.parse().ok();
        }
    }
    let numbers: Vec<_> = AmdSettings::default()
        .numbers()
        .map(|number| number.to_string())
        .collect();
    let amd = format!("EXEC AMD {}", numbers.join(","));
    let mut replies = Vec::new();
    for command in [amd.as_str(), "GET VARIABLE AMDSTATUS", "GET VARIABLE AMDCAUSE"] {
        let bytes = format!("{command}\n");
        lines.get_mut().get_mut().write_all(bytes.as_bytes()).await.ok()?;
        replies.push(lines.next_line().await.ok()??);
    }
    let value = |reply: &str| {
        let (_, value) = reply.split_once('(')?;
        Some(value.strip_suffix(')')?.to_owned())
    };
    let said = Said {
        status: value(&replies[1])?,
        cause: value(&replies[2])?,
    };
    Some((index?, said))
}

/// Counts, by kind.
fn compare(all: &[Greeting], ours: &[Finding], asterisks: &[Said]) -> Report {
    let head = [
        "greetings",
        "human",
        "machine",
        "unsure",
        "right",
        "a_human",
        "a_machine",
        "a_unsure",
        "a_right",
        "same_verdict",
        "same_cause",
    ];
    let mut report = Report::new("amd", &head);
    let mut kinds: Vec<_> = all.iter().map(|greeting| greeting.kind).collect();
    kinds.dedup();
    let mut total = vec![0.0; head.len()];
    for kind in kinds {
        let mut row = vec![0.0; head.len()];
        let played = all.iter().zip(ours).zip(asterisks);
        for ((greeting, ours), theirs) in played.filter(|((greeting, _), _)| greeting.kind == kind) {
            let asterisk = verdict(&theirs.status);
            let counts = [
                (0, true),
                (1 + column(ours.verdict()), true),
                (4, ours.verdict() == greeting.truth),
                (5 + column(asterisk), true),
                (8, asterisk == greeting.truth),
                (9, asterisk == ours.verdict()),
                (10, theirs.cause == ours.reason.to_string()),
            ];
            for (column, counts) in counts {
                row[column] += f64::from(u8::from(counts));
            }
            if asterisk != ours.verdict() {
                let (number, cause) = (greeting.number, &theirs.cause);
                eprintln!("{kind} {number}: {} here, {cause} in Asterisk", ours.reason);
            }
        }
        for (sum, count) in total.iter_mut().zip(&row) {
            *sum += count;
        }
        report.named_row(kind, &row);
    }
    let share = |column: usize| total[column] / total[0];
    report.at_least("the same verdict as Asterisk's", share(9), 0.97);
    report.at_least("right, less what Asterisk has right", share(4) - share(8), -0.01);
    report.named_row("all", &total);
    report
}

fn column(verdict: AmdVerdict) -> usize {
    match verdict {
        AmdVerdict::Human => 0,
        AmdVerdict::Machine => 1,
        AmdVerdict::Unsure => 2,
    }
}

fn verdict(status: &str) -> AmdVerdict {
    match status {
        "HUMAN" => AmdVerdict::Human,
        "MACHINE" => AmdVerdict::Machine,
        "NOTSURE" => AmdVerdict::Unsure,
        other => panic!("Asterisk says {other}"),
    }
}

fn lab(name: &str) -> String {
    env::var(format!("APICALL_LAB_{name}")).expect("run in the lab: dev/bench amd")
}

fn lab_program() -> String {
    env::var("APICALL_LAB").expect("run in the lab: dev/bench amd")
}

/// Where the lab's greeter finds what it plays.
fn directory() -> PathBuf {
    let directory = PathBuf::from(lab("GREETINGS"));
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// As Asterisk sees it.
fn in_root(path: &Path) -> String {
    let path = path.to_str().unwrap();
    path.strip_prefix(&lab("ROOT")).unwrap().to_owned()
}
