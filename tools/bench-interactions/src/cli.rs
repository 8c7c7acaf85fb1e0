//! The arguments of the command line.

use bench_harness::OutputArgs;
use clap::{Parser, Subcommand, value_parser};
use std::path::PathBuf;

/// Measures exports and ingestion over the embedded engine: units, requests, memory and speed, next to their floors.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo bench-interactions",
    version,
    after_help = "\
Examples:
  cargo bench-interactions                        a million interactions on 31 days; takes minutes
  cargo bench-interactions --interactions 100000  a tenth of them
  cargo bench-interactions --check                exit with an error if a goal is missed"
)]
pub(crate) struct Args {
    /// The number of interactions in the table
    #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1_000..))]
    pub(crate) interactions: u64,
    /// The number of their users
    #[arg(long, default_value_t = 20_000, value_parser = value_parser!(u64).range(1..))]
    pub(crate) users: u64,
    /// The number of measured rounds; the median counts
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u16).range(1..100))]
    pub(crate) rounds: u16,
    /// The number of events in each round of ingestion
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u64).range(1_000..))]
    pub(crate) events: u64,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the product without the engine, in the process whose memory is measured
    #[command(hide = true)]
    Serve { data: PathBuf, endpoint: String },
}
