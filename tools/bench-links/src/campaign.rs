//! A large campaign, read page by page. Each page must take at most half of API Gateway's timeout.

use crate::environment::BenchEnvironment;
use anyhow::{Context as _, Result, ensure};
use bench_harness::{Measurement, Report};
use serde_json::Value;
use std::time::Instant;

/// API Gateway's timeout of a request, in seconds.
const TIMEOUT: f64 = 30.0;

/// Reads the campaign of all links so far, as a funnel and as a list.
pub(crate) async fn measure(environment: &BenchEnvironment, report: &mut Report) -> Result<()> {
    let count = |page: &Value| page["made"].as_u64();
    let (made, pages, slowest) = read(environment, "/public/api/campaigns/speed/funnel", "", count).await?;
    let name = format!("slowest of {pages} pages of a funnel of {made} links, s");
    report.add(Measurement::new(name, slowest).with_floor(TIMEOUT).at_most(0.5));
    let count = |page: &Value| page["data"].as_array().map(|links| links.len() as u64);
    let (listed, pages, slowest) = read(environment, "/public/api/links", "campaign=speed&limit=1000", count).await?;
    let name = format!("slowest of {pages} pages of a list of {listed} links, s");
    report.add(Measurement::new(name, slowest).with_floor(TIMEOUT).at_most(0.5));
    ensure!(made == listed, "the funnel has {made} links and the list {listed}");
    Ok(())
}

/// Reads every page, and returns the total count, the number of pages and the seconds of the slowest one.
async fn read(
    environment: &BenchEnvironment,
    path: &str,
    query: &str,
    count: impl Fn(&Value) -> Option<u64>,
) -> Result<(u64, usize, f64)> {
    let (mut total, mut pages, mut slowest, mut cursor) = (0, 0, 0.0_f64, String::new());
    loop {
        let begun = Instant::now();
        let page = environment.get(&format!("{path}?{query}{cursor}")).await?;
        slowest = slowest.max(begun.elapsed().as_secs_f64());
        total += count(&page).context("a page has no count")?;
        pages += 1;
        match page.pointer("/meta/next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok((total, pages, slowest)),
        }
    }
}
