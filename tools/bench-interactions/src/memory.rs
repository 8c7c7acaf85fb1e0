//! The memory of the product while everything is exported, in a process of its own: the engine is elsewhere.

use crate::report::Row;
use crate::walk::{Format, path};
use crate::world::World;
use anyhow::{Context as _, Result, ensure};
use chrono::NaiveDate;
use http::header;
use local::args::Args;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// More than it holds at rest.
const MOST: f64 = 64.0;

/// Serves the product from a data folder over an engine.
pub(crate) async fn serve(data: PathBuf, endpoint: String) -> Result<()> {
    let (host, log) = (IpAddr::V4(Ipv4Addr::LOCALHOST), "error".to_owned());
    let args = Args { data, port: 0, host, endpoint: Some(endpoint), unflushed: false, empty: false, log };
    local::server::run(&args).await
}

/// Exports everything as NDJSON, page by page over HTTP, and says how much memory the server held beyond what it held
/// after its first page.
pub(crate) async fn export(world: &World, period: (NaiveDate, NaiveDate)) -> Result<Row> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg(world.folder()).arg(world.engine.endpoint()).stdout(Stdio::null()).kill_on_drop(true);
    let child = command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local").spawn()?;
    let id = child.id().context("the server ended at once")?;
    let url = loop {
        match fs::read_to_string(world.folder().join("url")) {
            Ok(url) => break url.trim_end_matches('/').to_owned(),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let client = reqwest::Client::builder().no_proxy().build()?;
    let get = |path: String, accept: &'static str| {
        let request = client.get(format!("{url}{path}")).bearer_auth(&world.token);
        async move { request.header(header::ACCEPT, accept).send().await?.error_for_status()?.bytes().await }
    };
    get("/api/token".to_owned(), "application/json").await?;
    let idle = memory(id, "VmRSS:")?;
    let (mut cursor, mut interactions, mut most) = (None::<String>, 0, 0.0_f64);
    loop {
        let page = get(path(Format::Ndjson, period, cursor.as_deref()), Format::Ndjson.accept()).await?;
        most = most.max(memory(id, "VmRSS:")?);
        let meta = Format::Ndjson.meta(&page)?;
        interactions += meta["interactions"].as_u64().unwrap_or_default();
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    ensure!(interactions > 0, "the export is empty");
    let peak = memory(id, "VmHWM:")?;
    eprintln!("memory: {idle:.0} MB idle, {most:.0} MB between pages at most, {peak:.0} MB at its peak");
    Ok(Row::up_to("NDJSON, memory above idle, MB", peak - idle, MOST))
}

/// A line of what the kernel says of a process's memory, in MB.
fn memory(process: u32, name: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).context("this is not Linux")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).context("the kernel does not say")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
}
