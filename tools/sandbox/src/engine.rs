//! The embedded engine: DynamoDB's HTTP interface over a file. It has its own threads, because its handlers block.

use anyhow::{Context as _, Result, anyhow};
use dynoxide::Database;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How often the engine removes expired items. DynamoDB does it within days; a minute is enough to try it out.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How an engine over a file listens and writes.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// The address to listen on, on a free port.
    pub host: IpAddr,
    /// Do not flush the file: writes survive the end of the process, but not a power cut.
    pub unflushed: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { host: Ipv4Addr::LOCALHOST.into(), unflushed: false }
    }
}

/// A running engine. Dropping it stops it.
#[derive(Debug)]
pub struct Engine {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Engine {
    /// Starts the engine over a file, and creates the file if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or is not an engine's file.
    pub fn open(file: &Path) -> Result<Self> {
        Self::open_with(file, EngineOptions::default())
    }

    /// Starts the engine over a file that it does not flush: writes survive the end of the process, but not a power cut.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or is not an engine's file.
    pub fn open_unflushed(file: &Path) -> Result<Self> {
        Self::open_with(file, EngineOptions { unflushed: true, ..EngineOptions::default() })
    }

    /// Starts the engine over a file with these options, and creates the file if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or is not an engine's file, or if this machine does not have the
    /// address.
    pub fn open_with(file: &Path, options: EngineOptions) -> Result<Self> {
        let database = database(file)?;
        if options.unflushed {
            let unflushed = database.enable_bulk_loading();
            unflushed.map_err(|error| anyhow!("the engine cannot write without flushing: {error}"))?;
        }
        Self::start(database, options.host)
    }

    /// Starts the engine in memory.
    ///
    /// # Errors
    /// Returns an error if the engine cannot listen on a port.
    pub fn in_memory() -> Result<Self> {
        let database = Database::memory().map_err(|error| anyhow!("cannot start the engine: {error}"))?;
        Self::start(database, EngineOptions::default().host)
    }

    fn start(database: Database, host: IpAddr) -> Result<Self> {
        let listener = std::net::TcpListener::bind((host, 0))
            .with_context(|| format!("the engine cannot listen on {host}: is it an address of this machine?"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread =
            std::thread::Builder::new().name("engine".into()).spawn(move || serve(listener, database, stopped))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// The URL under which this machine reaches the engine.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }
}

fn database(file: &Path) -> Result<Database> {
    let path = file.to_str().context("the data folder's path is not Unicode")?;
    Database::new(path).map_err(|error| anyhow!("cannot open the table in {path}: {error}"))
}

impl Drop for Engine {
    /// Stops the engine and waits for its last response.
    fn drop(&mut self) {
        drop(self.stop.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => tracing::error!(%error, "the engine did not stop cleanly"),
            Some(Err(_)) => tracing::error!("the engine panicked"),
            Some(Ok(Ok(()))) | None => {}
        }
    }
}

fn serve(listener: std::net::TcpListener, database: Database, stopped: oneshot::Receiver<()>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let sweeping = tokio::spawn(sweep(database.clone()));
        let stopped = async { drop(stopped.await) };
        let served = dynoxide::server::serve_with_shutdown(TcpListener::from_std(listener)?, database, stopped).await;
        sweeping.abort();
        served.map_err(|error| anyhow!(error))
    })
}

async fn sweep(database: Database) {
    let mut timer = tokio::time::interval(SWEEP_EVERY);
    loop {
        timer.tick().await;
        let database = database.clone();
        let swept = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
        match swept {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "expired items were not removed"),
            Err(error) => tracing::warn!(%error, "expired items were not removed"),
        }
    }
}
