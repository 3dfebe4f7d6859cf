//! An HTTP service that flows ask: it answers by what it is sent, and keeps that. It speaks no more HTTP than one request
//! a connection, with JSON for a body.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub(crate) struct Service {
    /// Scheme, host and port.
    pub(crate) url: String,
    /// Each request, from its first line to the end of its body.
    #[allow(dead_code, reason = "for who looks at what was sent")]
    pub(crate) asked: mpsc::UnboundedReceiver<String>,
}

/// Status line and body for a request.
pub(crate) type Answer = fn(&str) -> (&'static str, &'static str);

impl Service {
    /// Listens on a port of the system's choice, for as long as the test lives.
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let asked = serve(stream, answer).await;
                // Not everybody listens to what was sent.
                let _ = tell.send(asked);
            }
        });
        Self { url, asked }
    }
}

async fn serve(mut stream: TcpStream, answer: Answer) -> String {
    let mut asked = String::new();
    // The body, which is JSON, ends what is sent.
    while !asked.ends_with('}') {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap();
        asked.push_str(std::str::from_utf8(&part[..count]).unwrap());
    }
    let (status, body) = answer(&asked);
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
    asked
}
