//! Answers on a listener: one task a connection, TLS first where there is a certificate, HTTP/1 with limits of its own.
//!
//! Deliberately absent: routes, and who is asking.

use super::connections::{Connections, Peer};
use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long the keys of a connection may take to be agreed on.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take to come, and an idle connection to bring another.
const HEAD: Duration = Duration::from_secs(60);
/// Longest head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;

/// Answers until `stop`, then lets requests under way come to their end.
pub(super) async fn serve(
    mut connections: Connections,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    while let Some((connection, peer)) = stop.run_until_cancelled(connections.accept()).await {
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        let peer = Peer::of(peer);
        tokio::spawn(async move {
            match tls {
                None => answer(connection, peer, router, watcher).await,
                Some(tls) => {
                    // Whoever speaks no TLS, or another's, hears nothing.
                    if let Ok(Ok(connection)) = timeout(HANDSHAKE, tls.accept(connection)).await {
                        answer(connection, peer, router, watcher).await;
                    }
                }
            }
        });
    }
    drop(connections);
    graceful.shutdown().await;
}

async fn answer<C>(connection: C, peer: Peer, router: Router, watcher: Watcher)
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(HEAD_BYTES);
    let serving = watcher.watch(http.serve_connection(TokioIo::new(connection), service));
    // That the other end has gone away is no news.
    let _ = serving.await;
}
