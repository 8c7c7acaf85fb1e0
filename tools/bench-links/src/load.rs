//! A client that visits paths as fast as it is answered, over connections that stay open.

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::try_join_all;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Connections, as `wrk -c16` has them.
pub(crate) const CONNECTIONS: usize = 16;

/// Visits that were all answered with a redirect.
pub(crate) struct Load {
    /// Visits a second.
    pub(crate) rate: f64,
    /// Milliseconds that 99 of 100 visits took at most.
    pub(crate) p99: f64,
}

/// Visits paths, each in its turn, so often in all.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) async fn visit(address: SocketAddr, paths: &[String], times: usize) -> Result<Load> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let took = try_join_all((0..CONNECTIONS).map(|_| connection(address, paths, times, &next))).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let mut took: Vec<Duration> = took.into_iter().flatten().collect();
    took.sort_unstable();
    let p99 = took.get(took.len() * 99 / 100).context("nothing was visited")?;
    Ok(Load { rate: took.len() as f64 / seconds, p99: p99.as_secs_f64() * 1000.0 })
}

async fn connection(address: SocketAddr, paths: &[String], times: usize, next: &AtomicUsize) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut took = Vec::new();
    let mut answer = [0; 4096];
    loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if turn >= times {
            return Ok(took);
        }
        let begun = Instant::now();
        let request = format!("GET {} HTTP/1.1\r\nHost: go.example.com\r\n\r\n", paths[turn % paths.len()]);
        stream.write_all(request.as_bytes()).await?;
        let mut length = 0;
        while !answer[..length].ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut answer[length..]).await?;
            ensure!(read > 0, "the connection was closed");
            length += read;
        }
        if !answer.starts_with(b"HTTP/1.1 302") {
            bail!("{}", String::from_utf8_lossy(&answer[..length]));
        }
        took.push(begun.elapsed());
    }
}
