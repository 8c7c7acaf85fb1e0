//! A client that sends an exact number of requests over persistent connections, each as soon as the last is answered.
//!
//! wrk cannot send an exact number of requests: it runs for a time.

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::try_join_all;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Number of connections, the same as of `wrk -c16`.
pub(crate) const CONNECTIONS: usize = 16;

/// The speed of visits that were all redirected.
pub(crate) struct Load {
    /// Visits per second.
    pub(crate) rate: f64,
    /// The 99th percentile of the latencies, in milliseconds.
    pub(crate) p99: f64,
}

/// Visits the paths in turn until the total is `times`.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) async fn visit(address: SocketAddr, paths: &[String], times: usize) -> Result<Load> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let latencies = try_join_all((0..CONNECTIONS).map(|_| connection(address, paths, times, &next))).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let mut latencies: Vec<Duration> = latencies.into_iter().flatten().collect();
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).context("nothing was visited")?;
    Ok(Load { rate: latencies.len() as f64 / seconds, p99: p99.as_secs_f64() * 1000.0 })
}

async fn connection(address: SocketAddr, paths: &[String], times: usize, next: &AtomicUsize) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut response = [0; 4096];
    loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if turn >= times {
            return Ok(latencies);
        }
        let begun = Instant::now();
        let request = format!("GET {} HTTP/1.1\r\nHost: go.example.com\r\n\r\n", paths[turn % paths.len()]);
        stream.write_all(request.as_bytes()).await?;
        let mut length = 0;
        while !response[..length].ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut response[length..]).await?;
            ensure!(read > 0, "the connection was closed");
            length += read;
        }
        if !response.starts_with(b"HTTP/1.1 302") {
            bail!("{}", String::from_utf8_lossy(&response[..length]));
        }
        latencies.push(begun.elapsed());
    }
}
