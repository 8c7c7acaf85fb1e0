//! The embedded engine: DynamoDB's HTTP interface over a file. It has its own threads, because its handlers block.

use anyhow::{Context as _, Result, anyhow};
use dynoxide::Database;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How often the engine removes expired items. DynamoDB does it within days; a minute is enough to try it out.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

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
        Self::start(database(file)?)
    }

    /// Starts the engine over a file that it does not flush: writes survive the end of the process, but not a power cut.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or is not an engine's file.
    pub fn open_unflushed(file: &Path) -> Result<Self> {
        let database = database(file)?;
        database.enable_bulk_loading().map_err(|error| anyhow!("the engine cannot write without flushing: {error}"))?;
        Self::start(database)
    }

    /// Starts the engine in memory.
    ///
    /// # Errors
    /// Returns an error if the engine cannot listen on a port.
    pub fn in_memory() -> Result<Self> {
        Self::start(Database::memory().map_err(|error| anyhow!("cannot start the engine: {error}"))?)
    }

    fn start(database: Database) -> Result<Self> {
        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("the engine cannot listen on a port")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread =
            std::thread::Builder::new().name("engine".into()).spawn(move || serve(listener, database, stopped))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// The URL that the engine listens on.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
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
