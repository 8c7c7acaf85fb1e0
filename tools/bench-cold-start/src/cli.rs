//! The arguments of the command line.

use bench_harness::OutputArgs;
use clap::Parser;

/// Measures cold starts: each function's `bootstrap` with a Runtime API and a table with TLS, next to a baseline function.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo bench-cold-start",
    version,
    after_help = "\
Examples:
  cargo bench-cold-start                      build, measure, print a table and the goals
  cargo bench-cold-start --no-build redirect  one function, without building it
  cargo bench-cold-start --check              exit with an error if a goal is missed"
)]
pub(crate) struct Args {
    /// The number of processes that are started of each function
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,
    /// The number of requests to each process after its first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) warm: u16,
    /// Use the last build of the functions
    #[arg(long)]
    pub(crate) no_build: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Measure only the cases whose names begin like this
    pub(crate) cases: Vec<String>,
}
