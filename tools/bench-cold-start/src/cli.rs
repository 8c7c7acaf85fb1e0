//! What the command line takes.

use clap::Parser;

/// Measures cold starts: each function's `bootstrap` under a Runtime API and a table with TLS, beside a bare function.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo bench-cold-start",
    version,
    after_help = "\
Examples:
  cargo bench-cold-start                      build, measure, print a table and the goals
  cargo bench-cold-start --no-build redirect  one function, as it was built last
  cargo bench-cold-start --check              end with an error where a goal is missed"
)]
pub(crate) struct Args {
    /// How many processes of each are started
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,
    /// How many requests each process answers after its first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) warm: u16,
    /// Takes the functions as they were built last
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Ends with an error where a goal is missed
    #[arg(long)]
    pub(crate) check: bool,
    /// Measures these alone, by how their names begin
    pub(crate) cases: Vec<String>,
}
