//! The local server with a thousand links that are followed again and again, beside a server that only redirects.

use crate::report::{Report, median};
use crate::site::{body, codes};
use crate::{load, wrk};
use anyhow::{Context as _, Result, bail, ensure};
use sandbox::data_dir::DataDir;
use sandbox::engine::Engine;
use shared::app::App;
use shared::model::Code;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

const LINKS: usize = 1000;
/// Visits whose counts must be exact.
const EXACT: usize = 50_000;
/// Without wrk.
const VISITS: usize = 100_000;
/// Within which a click is durable.
const DURABLE: Duration = Duration::from_secs(1);

pub(crate) async fn measure(rounds: usize, seconds: u64, report: &mut Report) -> Result<()> {
    let folder = TempDir::new()?;
    let (data, file) = (folder.path().join("data"), folder.path().join("paths"));
    let (mut server, base) = start(&["serve", "--port", "0", "--data"], &data).await?;
    let codes = links(&base, &data).await?;
    let paths: Vec<_> = codes.iter().map(|code| format!("/{}", code.reveal())).collect();
    std::fs::write(&file, paths.join("\n"))?;

    // Exactly so many, then a second, then no chance to finish anything.
    load::visit(address(&base)?, &paths, EXACT).await?;
    tokio::time::sleep(DURABLE).await;
    server.kill().await?;
    let stored = clicks(&data, &codes).await?;
    report.at_least("clicks stored of redirects served, a second later, killed", "", stored, figure(EXACT), 1.0);
    report.at_most("the same, not one too many", "", stored, figure(EXACT), 1.0);

    let (mut server, base) = start(&["serve", "--port", "0", "--data"], &data).await?;
    let (mut floor, other) = start(&["bare"], &file).await?;
    let (mut ours, mut least, mut visited) = (Vec::new(), Vec::new(), 0.0);
    let (mut latencies, mut least_latencies) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (rate, latency, _) = visit(&other, &file, &paths, seconds).await?;
        least.push(rate);
        least_latencies.push(latency);
        let (rate, latency, seen) = visit(&base, &file, &paths, seconds).await?;
        ours.push(rate);
        latencies.push(latency);
        visited += seen;
    }
    floor.kill().await?;
    stop(&mut server).await?;
    let counted = clicks(&data, &codes).await? - stored;
    report.at_least("hot links, wrk -t1 -c16", "a second", median(ours), median(least), 0.2);
    report.note("the floor's links, 99 of 100", "ms", median(least_latencies));
    report.at_most("hot links, 99 of 100, beside 15 ms", "ms", median(latencies), 15.0, 1.0);
    report.at_least("clicks stored of redirects seen, after a clean stop", "", counted, visited, 1.0);
    // What is under way when wrk ends is served and not seen.
    let under_way = figure(load::CONNECTIONS * rounds);
    report.at_most("the same, but for those under way when wrk ends", "", counted, visited + under_way, 1.0);
    Ok(())
}

/// Visits a second, the p99 in milliseconds, and the visits.
async fn visit(base: &str, file: &Path, paths: &[String], seconds: u64) -> Result<(f64, f64, f64)> {
    if wrk::is_there() {
        let seen = wrk::visit(base, file, seconds).await?;
        return Ok((seen.rate, seen.p99, seen.requests));
    }
    let load = load::visit(address(base)?, paths, VISITS).await?;
    Ok((load.rate, load.p99, figure(VISITS)))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn figure(number: usize) -> f64 {
    number as f64
}

/// Starts this program in another role and gives its address.
async fn start(role: &[&str], path: &Path) -> Result<(Child, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(role).arg(path).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
    let mut base = None;
    while let Some(line) = lines.next_line().await? {
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        base = base.or(address.map(str::to_owned));
        if line.contains("Ready.") {
            // Whoever ends cleanly says so.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((child, base.context("its address")?));
        }
    }
    bail!("{} ended at once", role[0])
}

/// Ends a server as Ctrl-C does.
async fn stop(server: &mut Child) -> Result<()> {
    let id = server.id().context("it ended")?.to_string();
    Command::new("kill").args(["-INT", &id]).status().await?;
    ensure!(server.wait().await?.success(), "the server did not stop cleanly");
    Ok(())
}

fn address(base: &str) -> Result<SocketAddr> {
    let url: Url = base.parse()?;
    Ok(SocketAddr::new(url.host_str().context("a host")?.parse()?, url.port().context("a port")?))
}

async fn links(base: &str, data: &Path) -> Result<Vec<Code>> {
    let token = std::fs::read_to_string(data.join("token"))?;
    let post = reqwest::Client::new().post(format!("{base}/public/api/generate-webchat-deep-link"));
    let post = post.bearer_auth(token).header("content-type", "application/json").body(body(LINKS));
    codes(&post.send().await?.error_for_status()?.json().await?)
}

/// The clicks that are stored, read from the table of a server that has ended.
async fn clicks(data: &Path, codes: &[Code]) -> Result<f64> {
    let engine = Engine::open(&data.join("table.db"))?;
    let app = App::new(DataDir::open(data)?.config(&engine.endpoint(), true)?);
    let hashes: Vec<_> = codes.iter().map(|code| app.store.data_key().link_hash(code)).collect();
    let clicks: u64 = app.store.links_get(&hashes).await?.iter().map(|(_, _, state)| state.clicks).sum();
    Ok(figure(clicks.try_into()?))
}
