//! Webhooks against servers of the test's own, on ports of the system's choice.

use super::*;
use apicall_core::model::WebhookMethod;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

fn sender(allow: &[&str], deny: &[&str], max_at_once: u32) -> Sender {
    let nets = |nets: &[&str]| nets.iter().map(|net| net.parse().unwrap()).collect();
    let config = config::Webhooks {
        allow: nets(allow),
        deny: nets(deny),
        max_at_once,
    };
    Sender::new(&config, Handle::current()).unwrap()
}

/// One that may go to this machine.
fn local() -> Sender {
    sender(&["127.0.0.0/8"], &[], 10)
}

fn post(url: String) -> WebhookRequest {
    WebhookRequest {
        method: WebhookMethod::Post,
        url,
        headers: vec![("X-Key".into(), "s3cret".into())],
        body: Some("{\"a\":1}".into()),
        timeout: Duration::from_secs(5),
        read_body: true,
    }
}

/// Reads one request: its head and its body.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut bytes = [0; 1_024];
    loop {
        let count = stream.read(&mut bytes).await.unwrap();
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(count > 0, "a whole head: {text}");
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}

/// A service that answers one request with these bytes; what it was asked.
async fn service(answer: impl Into<Vec<u8>>) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, answer) = (listener.local_addr().unwrap(), answer.into());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = request(&mut stream).await;
        // A client that has heard enough may hang up in the middle.
        let _ = stream.write_all(&answer).await;
        asked
    });
    (address, serving)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn failed(reply: WebhookReply) -> String {
    match reply {
        WebhookReply::Failed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_is_sent_as_it_is_and_its_answer_brought() {
    let (address, serving) = service(http("201 Created", "{\"b\":2}")).await;
    let reply = local()
        .send(post(format!("http://{address}/calls?n=%2B57")))
        .await;
    let body = b"{\"b\":2}".to_vec();
    assert_eq!(reply, WebhookReply::Answered { status: 201, body });
    let asked = serving.await.unwrap();
    assert!(asked.starts_with("POST /calls?n=%2B57 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.ends_with("\r\n\r\n{\"a\":1}"), "{asked}");
    for line in [
        "x-key: s3cret",
        "content-type: application/json",
        "accept: application/json",
        concat!("user-agent: apicall/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(
            asked.contains(&format!("\r\n{line}\r\n")),
            "{line} is not in {asked}"
        );
    }
}

#[tokio::test]
async fn a_header_of_the_flow_replaces_the_usual_one() {
    let (address, serving) = service(http("200 OK", "")).await;
    let mut request = post(format!("http://{address}/"));
    request.method = WebhookMethod::Get;
    request.body = None;
    request.headers = vec![
        ("Accept".into(), "text/plain".into()),
        ("X-Name".into(), "José".into()),
    ];
    local().send(request).await;
    let asked = serving.await.unwrap();
    assert!(asked.starts_with("GET / HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains("\r\naccept: text/plain\r\n") && !asked.contains("application/json"),
        "{asked}"
    );
    assert!(asked.contains("\r\nx-name: José\r\n"), "{asked}");
}

#[tokio::test]
async fn a_redirection_is_an_answer_and_is_not_followed() {
    let (elsewhere, never) = service(http("200 OK", "")).await;
    let redirection =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (address, _serving) = service(redirection).await;
    let reply = local().send(post(format!("http://{address}/"))).await;
    assert!(
        matches!(reply, WebhookReply::Answered { status: 302, .. }),
        "{reply:?}"
    );
    assert!(!never.is_finished());
}

#[tokio::test]
async fn a_long_answer_is_refused_only_when_it_is_wanted() {
    let long = "x".repeat(ANSWER_BYTES + 1);
    for (wanted, body) in [(true, long.as_str()), (false, long.as_str()), (true, &long[1..])] {
        let (address, _serving) = service(http("200 OK", body)).await;
        let mut request = post(format!("http://{address}/"));
        request.read_body = wanted;
        match local().send(request).await {
            WebhookReply::Answered {
                status: 200,
                body: read,
            } => {
                assert_eq!(read.len(), if wanted { body.len() } else { 0 });
            }
            WebhookReply::Failed(reason) => {
                assert!(wanted && body.len() > ANSWER_BYTES, "{reason}");
                assert_eq!(reason, "its answer is longer than 65536 bytes");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        let chunk = format!("400\r\n{}\r\n", "x".repeat(1_024));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let reason = failed(local().send(post(format!("http://{address}/"))).await);
    assert_eq!(reason, "its answer is longer than 65536 bytes");
    serving
        .await
        .expect("the connection is closed, which ends the service");
}

#[tokio::test]
async fn nobody_there_is_told_without_the_rest_of_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let reason = failed(
        local()
            .send(post(format!("http://{address}/T0KEN?number=573001234567")))
            .await,
    );
    assert!(reason.starts_with("cannot connect: "), "{reason}");
    assert!(!reason.contains("T0KEN") && !reason.contains("57300"), "{reason}");
    let (address, _serving) = service("this is no HTTP\r\n\r\n").await;
    let reason = failed(local().send(post(format!("http://{address}/T0KEN"))).await);
    assert!(
        reason.starts_with("no proper answer: ") && !reason.contains("T0KEN"),
        "{reason}"
    );
    let (address, _serving) = service("").await;
    let reason = failed(local().send(post(format!("http://{address}/T0KEN"))).await);
    assert!(
        reason.starts_with("no proper answer: ") && !reason.contains("T0KEN"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_request_that_is_dropped_closes_its_connection_and_gives_its_place_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let sender = sender(&["127.0.0.0/8"], &[], 1);
    let sending = tokio::spawn(sender.send(post(url.clone())));
    let (mut silent, _) = listener.accept().await.unwrap();
    request(&mut silent).await;
    // The one place is taken: the next waits half of its time for it.
    let mut hasty = post(url.clone());
    hasty.timeout = Duration::from_millis(20);
    let reason = failed(sender.send(hasty).await);
    assert!(reason.contains("webhooks.max_at_once"), "{reason}");
    sending.abort();
    assert_eq!(
        silent.read(&mut [0; 16]).await.unwrap(),
        0,
        "the connection is closed"
    );
    let next = tokio::spawn(sender.send(post(url)));
    let (mut stream, _) = listener.accept().await.unwrap();
    request(&mut stream).await;
    stream.write_all(&http("204 No Content", "")).await.unwrap();
    assert!(matches!(
        next.await.unwrap(),
        WebhookReply::Answered { status: 204, .. }
    ));
}

#[tokio::test]
async fn this_machine_and_its_link_are_out_of_bounds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, mut reached) = oneshot::channel();
    tokio::spawn(async move { told.send(listener.accept().await.map(|_| ())) });
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "255.255.255.255",
    ] {
        let reason = failed(
            sender(&[], &[], 10)
                .send(post(format!("http://{host}:{port}/")))
                .await,
        );
        assert!(reason.starts_with("webhooks may not go to "), "{host}: {reason}");
        assert!(reason.contains("webhooks.allow"), "{host}: {reason}");
    }
    assert!(reached.try_recv().is_err(), "nobody was connected to");
}

#[test]
fn what_is_allowed_and_what_is_not() {
    let usual = Addresses::new(&[], &[]);
    for fine in ["203.0.113.9", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
        assert!(usual.check(fine.parse().unwrap()).is_ok(), "{fine}");
    }
    for private in [
        "10.0.0.5",
        "192.168.1.1",
        "172.31.0.1",
        "100.100.100.200",
        "fd12::1",
    ] {
        assert!(usual.check(private.parse().unwrap()).is_err(), "{private}");
    }
    let allow = ["127.0.0.1/32", "10.0.0.0/8", "192.168.0.0/16"].map(|net| net.parse().unwrap());
    let deny = ["10.1.0.0/16".parse().unwrap()];
    let chosen = Addresses::new(&allow, &deny);
    for (address, fine) in [
        ("127.0.0.1", true),
        ("::ffff:127.0.0.1", true),
        ("127.0.0.2", false),
        ("10.1.2.3", false),
        ("::ffff:10.1.2.3", false),
        ("192.168.1.1", true),
    ] {
        assert_eq!(chosen.check(address.parse().unwrap()).is_ok(), fine, "{address}");
    }
    let both = Addresses::new(&deny, &deny);
    assert!(both.check("10.1.2.3".parse().unwrap()).is_err(), "deny wins");
}
