//! The mailing to simulate.

use clap::Parser;
use std::path::PathBuf;

/// Simulates the day of a mailing: requests by second, the load of the keys that requests share, and the bill.
///
/// What people do is assumed, by these options. What one request costs is read from the measured table of docs/deploy.md.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo simulation", version)]
pub(crate) struct Args {
    /// People who get a link
    #[arg(long, default_value_t = 5_000_000)]
    pub(crate) links: u32,
    /// The campaigns that share them
    #[arg(long, default_value_t = 1)]
    pub(crate) campaigns: u32,
    /// Minutes in which the mails leave
    #[arg(long, default_value_t = 20)]
    pub(crate) minutes: u32,
    /// Percent of the people who open their link, within an hour
    #[arg(long, default_value_t = 8.0)]
    pub(crate) opened: f64,
    /// Median of the minutes from delivery to the click
    #[arg(long, default_value_t = 7.0)]
    pub(crate) median: f64,
    /// Percent of those who opened who write
    #[arg(long, default_value_t = 60.0)]
    pub(crate) talking: f64,
    /// Messages of a person who writes
    #[arg(long, default_value_t = 4)]
    pub(crate) messages: u32,
    /// Percent of the links that a mail gateway fetches at delivery
    #[arg(long, default_value_t = 10.0)]
    pub(crate) scanned: f64,
    /// Links a second that the tenant makes before the mailing
    #[arg(long, default_value_t = 2_000)]
    pub(crate) made: u32,
    /// Shards of the tenant's day
    #[arg(long, default_value_t = 4)]
    pub(crate) shards: u32,
    /// The page with the measured costs
    #[arg(long, value_name = "FILE", default_value = "docs/deploy.md")]
    pub(crate) costs: PathBuf,
    /// Write the tables to this page, between the comments `<!-- cargo simulation -->` and `<!-- end -->`
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
}
