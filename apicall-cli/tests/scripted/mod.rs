//! An engine that is not there: a server on a port of its own that gives the answers of a script, in order, and keeps
//! what it was asked. It knows nothing of the API.

pub(crate) mod records;

use assert_cmd::Command;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method and path with query, as in `GET /api/v1/trunks`.
    pub line: String,
    /// Header lines in lower case.
    pub headers: Vec<String>,
    /// The body, without its chunks.
    pub body: String,
}

/// An answer of the script.
pub(crate) struct Answer {
    text: String,
    /// It is given once the other end of this is gone.
    held: Option<Receiver<()>>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::with(status, "", body)
    }

    /// One with a header line more.
    pub(crate) fn with(status: u16, header: &str, body: impl Into<String>) -> Self {
        let body = body.into();
        let header = if header.is_empty() {
            String::new()
        } else {
            format!("{header}\r\n")
        };
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n{header}content-length: {length}\r\n\r\n{body}"
        );
        Self { text, held: None }
    }

    /// The same, once the sender is dropped.
    pub(crate) fn held(mut self) -> (Self, Sender<()>) {
        let (sender, held) = channel();
        self.held = Some(held);
        (self, sender)
    }

    pub(crate) fn problem(status: u16, code: &str, detail: &str, field: Option<&str>) -> Self {
        Self::json(status, problem(status, code, detail, field))
    }
}

pub(crate) fn problem(status: u16, code: &str, detail: &str, field: Option<&str>) -> String {
    let mut problem = serde_json::json!({
        "type": format!("urn:apicall:{code}"), "status": status, "code": code, "title": code, "detail": detail,
    });
    if let Some(field) = field {
        problem["field"] = field.into();
    }
    problem.to_string()
}

/// The server, and a home directory for the command line.
pub(crate) struct Engine {
    pub base: String,
    pub home: TempDir,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Engine {
    pub(crate) fn answering(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut script: VecDeque<Answer> = script.into_iter().collect();
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                seen.lock().unwrap().push(request.clone());
                let answer = script.pop_front().unwrap_or_else(|| {
                    Answer::problem(
                        500,
                        "internal",
                        &format!("not in the script: {}", request.line),
                        None,
                    )
                });
                if let Some(held) = answer.held {
                    let _ = held.recv();
                }
                // A client that has left needs no answer.
                let _ = stream.write_all(answer.text.as_bytes());
            }
        });
        Self {
            base,
            home: tempfile::tempdir().unwrap(),
            asked,
        }
    }

    /// The command line, logged in by a token, with no environment of the developer's.
    pub(crate) fn cli(&self, words: &[&str]) -> Command {
        let mut command = self.stranger(words);
        command.env("APICALL_TOKEN", "t0ken");
        command
    }

    /// The same, without a token.
    pub(crate) fn stranger(&self, words: &[&str]) -> Command {
        let mut command = Command::cargo_bin("apicall-cli").unwrap();
        command
            .env_clear()
            .env("APICALL_HOST", &self.base)
            .env("TZ", "UTC");
        command
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path());
        command.args(words);
        command
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Only methods and paths.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

/// What a run wrote and how it ended.
pub(crate) struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let line = |reader: &mut BufReader<&TcpStream>| {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line(&mut reader);
    let headers: Vec<_> = std::iter::from_fn(|| Some(line(&mut reader)).filter(|line| !line.is_empty()))
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            format!("{}:{value}", name.to_lowercase())
        })
        .collect();
    let find = |name: &str| {
        headers
            .iter()
            .find_map(|header| header.strip_prefix(name).map(str::trim))
    };
    let mut body = Vec::new();
    if let Some(length) = find("content-length:") {
        body.resize(length.parse().unwrap(), 0);
        reader.read_exact(&mut body).unwrap();
    } else if find("transfer-encoding:") == Some("chunked") {
        loop {
            let length = usize::from_str_radix(&line(&mut reader), 16).unwrap();
            let mut chunk = vec![0; length];
            reader.read_exact(&mut chunk).unwrap();
            line(&mut reader);
            if length == 0 {
                break;
            }
            body.extend(chunk);
        }
    }
    let line = first.trim_end_matches(" HTTP/1.1").to_owned();
    Asked {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    }
}
