//! The load of the keys that requests share, at the day's peak.

use crate::args::Args;
use crate::costs::{Cost, Costs};
use crate::day::Day;
use crate::day::Kind::{Exchange, First, Further, Link, Redirect};
use crate::table::{markdown, number};
use anyhow::Result;

/// Write and read units a second that DynamoDB gives one partition.
const PARTITION: (f64, f64) = (1_000.0, 3_000.0);
/// Write and read units a second of a new on-demand table.
const NEW_TABLE: (f64, f64) = (4_000.0, 12_000.0);
/// Partitions of the activities of a campaign's links (docs/table.md).
const ACTIVITY_SHARDS: f64 = 8.0;
/// The fullest of the four partitions of a day's changes feed takes five of sixteen names.
const FULLEST_FEED: f64 = 5.0 / 16.0;
/// Seconds that a function runs for a redirect, and for an exchange or a message, as docs/deploy.md assumes.
const RUNS: (f64, f64) = (0.010, 0.020);

/// The rows of the measured table.
pub(crate) mod rows {
    pub(crate) const LINK: &str = "links made, 1,000 a request";
    pub(crate) const REDIRECT: &str = "redirects";
    pub(crate) const PRELOAD: &str = "`preload.js`";
    pub(crate) const EXCHANGE: &str = "links opened (exchanges)";
    pub(crate) const FIRST: &str = "messages, the first of a user's day";
    pub(crate) const FURTHER: &str = "messages, each further one of the day";
    pub(crate) const EXPORTED: &str = "interactions read as lines, 1,000 a request";
    pub(crate) const CHANGED: &str = "changes read, 1,000 a request";
    pub(crate) const FUNNEL: &str = "funnels of 10,000 links, 8 % opened";
}

pub(crate) fn table(day: &Day, costs: &Costs, args: &Args) -> Result<String> {
    let shards = f64::from(args.shards);
    let activities = ACTIVITY_SHARDS * f64::from(args.campaigns.max(1));
    let kinds = [
        (Redirect, costs.of(rows::REDIRECT)?),
        (Exchange, costs.of(rows::EXCHANGE)?),
        (First, costs.of(rows::FIRST)?),
        (Further, costs.of(rows::FURTHER)?),
    ];
    let weights = |unit: fn(&Cost) -> f64| kinds.iter().map(|(kind, cost)| (*kind, unit(cost))).collect();
    let (written, read): (Vec<_>, Vec<_>) = (weights(|cost| cost.write), weights(|cost| cost.read));
    let links = costs.of(rows::LINK)?;
    // A function that runs keeps the campaign's revocations, the tenant and the scenario for a second.
    let running = [(Redirect, RUNS.0), (Exchange, RUNS.1), (First, RUNS.1), (Further, RUNS.1)];
    let activity = [(Redirect, 1.0), (Exchange, 1.0), (First, 1.0)].map(|(kind, units)| (kind, units / activities));
    let days = [(First, 2.0 / shards), (Further, 1.0 / shards)];
    let feed = [(First, FULLEST_FEED), (Further, FULLEST_FEED)];
    let row = |key: &str, load: f64, limit: f64| {
        vec![key.to_owned(), number(load), number(limit), format!("{:.0} %", load / limit * 100.0)]
    };
    let rows = [
        row("a campaign's activities, one of eight partitions, writes", day.peak(&activity), PARTITION.0),
        row("a campaign's revocations, reads", day.peak(&running), PARTITION.1),
        row("the tenant's record, reads", day.peak(&running), PARTITION.1),
        row("the tenant's day, the fullest shard, writes", day.peak(&days), PARTITION.0),
        row("the tenant's changes feed, the fullest partition, writes", day.peak(&feed), PARTITION.0),
        row("table, writes", day.peak(&written), NEW_TABLE.0),
        row("table, reads", day.peak(&read), NEW_TABLE.1),
        row("table, writes while links are made", day.peak(&[(Link, links.write)]), NEW_TABLE.0),
    ];
    let columns = ["key", "units a second at the peak", "limit", "share"];
    Ok(markdown("The keys that requests share, over ten seconds", &columns, &rows))
}
