//! What the command line takes.

use clap::{Parser, Subcommand, value_parser};
use std::path::PathBuf;

/// Measures exports and ingestion over the embedded engine: units, requests, memory and speed, beside their floors.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo bench-interactions",
    version,
    after_help = "\
Examples:
  cargo bench-interactions                        a million interactions of 31 days, some minutes
  cargo bench-interactions --interactions 100000  a tenth of it
  cargo bench-interactions --check                end with an error where a goal is missed"
)]
pub(crate) struct Args {
    /// Interactions in the table
    #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1_000..))]
    pub(crate) interactions: u64,
    /// Users who say them
    #[arg(long, default_value_t = 20_000, value_parser = value_parser!(u64).range(1..))]
    pub(crate) users: u64,
    /// How often what takes time is measured
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u16).range(1..100))]
    pub(crate) rounds: u16,
    /// Events that are stored in each round
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u64).range(1_000..))]
    pub(crate) events: u64,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Ends with an error where a goal is missed
    #[arg(long)]
    pub(crate) check: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The product alone, in a process whose memory is measured
    #[command(hide = true)]
    Serve { data: PathBuf, endpoint: String },
}
