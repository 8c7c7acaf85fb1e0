//! An HTTP/1.1 server for routes, with the limits that `axum::serve` lacks: the time of a request's head, the number of
//! connections, and the time of a shutdown.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Time limit of a request's head, and of a connection without a request. A browser and the SDK open a new connection.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Most connections at once. The usual limit of open files is 1,024, and the engine and its clients need some of them.
pub const MAX_CONNECTIONS: usize = 512;
/// Time that running requests get after the signal to stop. Docker kills a process after 10 s, systemd after 90 s.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Wait after a connection could not be accepted because a resource is exhausted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves routes until `stopped` is ready and the running requests have ended, or [`SHUTDOWN_TIMEOUT`] has passed.
pub async fn serve(listener: TcpListener, routes: Router, stopped: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(());
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            (stream, permit) = accept(&listener, &room) => {
                tokio::spawn(connection(stream, routes.clone(), stopping.clone(), permit));
            }
            () = &mut stopped => break,
        }
    }
    drop((listener, stopping));
    stop.send_replace(());
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, stop.closed()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let permit = room.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            // The client has left again.
            Err(error)
                if error.kind() == ErrorKind::ConnectionAborted || error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, routes: Router, mut stopping: watch::Receiver<()>, _room: OwnedSemaphorePermit) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small packets may be delayed");
    }
    let mut http = http1::Builder::new();
    let http = http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
