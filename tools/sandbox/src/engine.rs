//! The embedded engine: DynamoDB's HTTP interface over a file, for the holder of its key. It has its own threads, because
//! its handlers block.

use crate::engine_api;
use crate::engine_key::EngineKey;
use crate::serving::serve;
use anyhow::{Context as _, Result, anyhow, ensure};
use dynoxide::Database;
use files::PRIVATE;
use http::HeaderMap;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
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
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || run(listener, database, address.port(), stopped))?;
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

    /// The environment variables of a client: the engine's URL, a region, and the key that the engine accepts.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, String> {
        let EngineKey { id, secret } = EngineKey::of_process();
        let settings = [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.endpoint()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", id.clone()),
            ("AWS_SECRET_ACCESS_KEY", secret.clone()),
        ];
        settings.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

/// Signs a request again that a client with an engine's key signed for another host, so that the engine at `endpoint` accepts
/// it.
pub fn sign_again(endpoint: &str, headers: &mut HeaderMap, body: &[u8]) {
    EngineKey::of_process().sign_again(endpoint.trim_start_matches("http://"), headers, body);
}

fn database(file: &Path) -> Result<Database> {
    let path = file.to_str().context("the data folder's path is not Unicode")?;
    // SQLite gives its other files the mode of this one. Only their owner may read them.
    let create = OpenOptions::new().create(true).append(true).mode(PRIVATE).open(file);
    create.with_context(|| format!("cannot open the table in {path}"))?;
    check(file).with_context(|| format!("the table in {path} is damaged: restore a copy of it"))?;
    Database::new(path).map_err(|error| anyhow!("cannot open the table in {path}: {error}"))
}

/// Reads the whole file and checks its structure.
fn check(file: &Path) -> Result<()> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    ensure!(found == "ok", found);
    Ok(())
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

fn run(listener: std::net::TcpListener, database: Database, port: u16, stopped: oneshot::Receiver<()>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let sweeping = tokio::spawn(sweep(database.clone()));
        let routes = engine_api::router(database, EngineKey::of_process(), port);
        serve(TcpListener::from_std(listener)?, routes, async { drop(stopped.await) }).await;
        sweeping.abort();
        Ok(())
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
