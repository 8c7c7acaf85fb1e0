//! A large campaign, walked page by page: each page must end long before API Gateway gives up.

use crate::report::Report;
use crate::site::Site;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::time::Instant;

/// API Gateway waits so long, in seconds.
const PATIENCE: f64 = 30.0;

/// Walks the campaign of the links of all requests so far.
pub(crate) async fn measure(site: &Site, report: &mut Report) -> Result<()> {
    let (made, pages, slowest) =
        walk(site, "/public/api/campaigns/speed/funnel", "", |page| page["made"].as_u64()).await?;
    report.at_most(&format!("slowest of {pages} pages of a funnel of {made} links"), "s", slowest, PATIENCE, 0.5);
    let count = |page: &Value| page["data"].as_array().map(|links| links.len() as u64);
    let (listed, pages, slowest) = walk(site, "/public/api/links", "campaign=speed&limit=1000", count).await?;
    report.at_most(&format!("slowest of {pages} pages of a list of {listed} links"), "s", slowest, PATIENCE, 0.5);
    ensure!(made == listed, "the funnel has {made} links and the list {listed}");
    Ok(())
}

async fn walk(
    site: &Site,
    path: &str,
    query: &str,
    count: impl Fn(&Value) -> Option<u64>,
) -> Result<(u64, usize, f64)> {
    let (mut total, mut pages, mut slowest, mut cursor) = (0, 0, 0.0_f64, String::new());
    loop {
        let begun = Instant::now();
        let page = site.get(&format!("{path}?{query}{cursor}")).await?;
        slowest = slowest.max(begun.elapsed().as_secs_f64());
        total += count(&page).unwrap_or_default();
        pages += 1;
        match page.pointer("/meta/next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok((total, pages, slowest)),
        }
    }
}
