//! The local server with 1,000 links that are followed repeatedly, next to a server that only redirects.

use crate::environment::{body, codes};
use crate::{load, wrk};
use anyhow::{Context as _, Result, bail, ensure};
use bench_harness::{Measurement, Report, median};
use sandbox::environment::Environment;
use shared::model::Code;
use shared::store::Freshness;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

const LINKS: usize = 1000;
/// Number of visits whose clicks must all be stored after a kill.
const EXACT: usize = 50_000;
/// Number of visits of a round on a machine without wrk.
const VISITS: usize = 100_000;
/// Time within which a click is durable: the server writes clicks twice a second.
const DURABLE: Duration = Duration::from_secs(1);

pub(crate) async fn measure(rounds: u16, seconds: u64, report: &mut Report) -> Result<()> {
    let folder = TempDir::new()?;
    let (data, file) = (folder.path().join("data"), folder.path().join("paths"));
    let (mut server, base) = start(&["serve", "--port", "0", "--data"], &data).await?;
    let codes = links(&base, &data).await?;
    let paths: Vec<_> = codes.iter().map(|code| format!("/{}", code.reveal())).collect();
    std::fs::write(&file, paths.join("\n"))?;

    // An exact number of visits, one second of waiting, and a kill, after which the server cannot write anything.
    load::visit(address(&base)?, &paths, EXACT).await?;
    tokio::time::sleep(DURABLE).await;
    server.kill().await?;
    let stored = clicks(&data, &codes).await?;
    let name = "clicks stored of redirects served, killed a second later";
    report.add(Measurement::new(name, stored).with_floor(figure(EXACT)).at_least(1.0));
    report.add(Measurement::new("the same, none counted twice", stored).with_floor(figure(EXACT)).at_most(1.0));

    let (mut server, base) = start(&["serve", "--port", "0", "--data"], &data).await?;
    let (mut floor, floor_base) = start(&["floor"], &file).await?;
    let (mut ours, mut floors, mut visited) = (Vec::new(), Vec::new(), 0.0);
    let (mut latencies, mut floor_latencies) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (rate, latency, _) = visit(&floor_base, &file, &paths, seconds).await?;
        floors.push(rate);
        floor_latencies.push(latency);
        let (rate, latency, visits) = visit(&base, &file, &paths, seconds).await?;
        ours.push(rate);
        latencies.push(latency);
        visited += visits;
    }
    floor.kill().await?;
    stop(&mut server).await?;
    let counted = clicks(&data, &codes).await? - stored;
    report.add(Measurement::new("hot links, links/s", median(ours)).with_floor(median(floors)).at_least(0.25));
    report.add(Measurement::new("hot links of the floor, 99th percentile, ms", median(floor_latencies)));
    report.add(Measurement::new("hot links, 99th percentile, ms", median(latencies)).at_most(10.0));
    let name = "clicks stored of redirects seen, after a clean stop";
    report.add(Measurement::new(name, counted).with_floor(visited).at_least(1.0));
    // A redirect that is under way when wrk ends is served and counted, but wrk does not see it.
    let unseen = figure(load::CONNECTIONS) * f64::from(rounds);
    let name = "the same, with the redirects under way when wrk ended";
    report.add(Measurement::new(name, counted).with_floor(visited + unseen).at_most(1.0));
    Ok(())
}

/// The visits per second, the 99th percentile of the latencies in milliseconds, and the number of visits.
async fn visit(base: &str, file: &Path, paths: &[String], seconds: u64) -> Result<(f64, f64, f64)> {
    if wrk::is_installed() {
        let result = wrk::visit(base, file, seconds).await?;
        return Ok((result.rate, result.p99, result.requests));
    }
    let load = load::visit(address(base)?, paths, VISITS).await?;
    Ok((load.rate, load.p99, figure(VISITS)))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn figure(number: usize) -> f64 {
    number as f64
}

/// Starts this program in another role, and returns its address when it is ready.
async fn start(role: &[&str], path: &Path) -> Result<(Child, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(role).arg(path).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("the process has no output")?).lines();
    let mut base = None;
    while let Some(line) = lines.next_line().await? {
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        base = base.or(address.map(str::to_owned));
        if line.contains("Ready.") {
            // The server prints more when it ends, and must not block on a full pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((child, base.context("the process printed no address")?));
        }
    }
    bail!("{} ended at once", role[0])
}

/// Stops a server as Ctrl-C does.
async fn stop(server: &mut Child) -> Result<()> {
    let id = server.id().context("the server has ended")?.to_string();
    Command::new("kill").args(["-INT", &id]).status().await?;
    ensure!(server.wait().await?.success(), "the server did not stop cleanly");
    Ok(())
}

fn address(base: &str) -> Result<SocketAddr> {
    let url: Url = base.parse()?;
    Ok(SocketAddr::new(
        url.host_str().context("the address has no host")?.parse()?,
        url.port().context("the address has no port")?,
    ))
}

/// Generates the links that are followed.
async fn links(base: &str, data: &Path) -> Result<Vec<Code>> {
    let token = std::fs::read_to_string(data.join("token"))?;
    let post = reqwest::Client::new().post(format!("{base}/public/api/generate-webchat-deep-link"));
    let post = post.bearer_auth(token).header("content-type", "application/json").body(body(LINKS));
    codes(&post.send().await?.error_for_status()?.json().await?)
}

/// The number of clicks in the table of a server that has ended.
async fn clicks(data: &Path, codes: &[Code]) -> Result<f64> {
    let environment = Environment::open(data).await?;
    let store = &environment.app.store;
    let hashes: Vec<_> = codes.iter().map(|code| store.data_key().link_hash(code)).collect();
    let clicks: u64 =
        store.links_get(&hashes, Freshness::Consistent).await?.iter().map(|link| link.activity.clicks).sum();
    Ok(figure(clicks.try_into()?))
}
