//! The memory of the product during an export, in a process without the engine.

use crate::environment::BenchEnvironment;
use crate::walk::{Format, path};
use anyhow::{Context as _, Result, bail, ensure};
use bench_harness::Measurement;
use chrono::NaiveDate;
use files::{KEYS_ENV, TOKEN_KEY};
use http::header;
use local::args::Args;
use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The goal: memory above that at rest, in MB. Three responses of 6 MB each fit in it several times.
const MAX: f64 = 64.0;

/// Serves the product with the keys of a data folder over an engine.
pub(crate) async fn serve(data: PathBuf, endpoint: String) -> Result<()> {
    let (host, log) = (IpAddr::V4(Ipv4Addr::LOCALHOST), "error".to_owned());
    let args = Args {
        data,
        port: 0,
        host,
        engine_host: host,
        endpoint: Some(endpoint),
        unflushed: false,
        sync: false,
        oidc_issuer: None,
        oidc_client_id: None,
        empty: false,
        log,
    };
    local::server::run(&args).await
}

/// Exports everything as NDJSON, page by page over HTTP, and measures the server's peak of memory above its memory after
/// the first response.
pub(crate) async fn export(environment: &BenchEnvironment, period: (NaiveDate, NaiveDate)) -> Result<Measurement> {
    // A folder of its own with the same keys, because this process has the other one open.
    let folder = TempDir::new()?;
    for key in [KEYS_ENV, TOKEN_KEY] {
        fs::copy(environment.sandbox.data.file(key), folder.path().join(key))?;
    }
    fs::write(folder.path().join("token"), &environment.token)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("serve")
        .arg(folder.path())
        .arg(environment.sandbox.endpoint())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let mut server = command.envs(environment.sandbox.engine_settings()).spawn()?;
    let id = server.id().context("the server ended at once")?;
    let url = url(folder.path(), &mut server).await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let get = |path: String, accept: &'static str| {
        let request = client.get(format!("{url}{path}")).bearer_auth(&environment.token);
        async move { request.header(header::ACCEPT, accept).send().await?.error_for_status()?.bytes().await }
    };
    get("/api/token".to_owned(), "application/json").await?;
    let idle = memory(id, "VmRSS:")?;
    let (mut cursor, mut interactions, mut most) = (None::<String>, 0, 0.0_f64);
    loop {
        let page = get(path(Format::Ndjson, period, cursor.as_deref()), Format::Ndjson.accept()).await?;
        most = most.max(memory(id, "VmRSS:")?);
        let meta = Format::Ndjson.meta(&page)?;
        interactions += meta["interactions"].as_u64().context("a page has no count")?;
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    ensure!(interactions > 0, "the export is empty");
    let peak = memory(id, "VmHWM:")?;
    eprintln!("memory: {idle:.0} MB idle, {most:.0} MB between pages at most, {peak:.0} MB at its peak");
    Ok(Measurement::new("NDJSON, memory above idle, MB", peak - idle).with_floor(MAX).at_most(1.0))
}

/// Waits until the server has written its address into its data folder.
async fn url(folder: &Path, server: &mut Child) -> Result<String> {
    loop {
        match fs::read_to_string(folder.join("url")) {
            Ok(url) => return Ok(url.trim_end_matches('/').to_owned()),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            Err(_) => {}
        }
        if let Some(status) = server.try_wait()? {
            bail!("the server ended with {status}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A figure of a process's memory in `/proc/<id>/status`, in MB.
fn memory(process: u32, name: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).context("this is not Linux")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .with_context(|| format!("the kernel does not report {name}"))?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
}
