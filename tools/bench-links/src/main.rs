//! `cargo bench-links`: the speed of generating and following links, next to the least code that does the same.

mod bulk;
mod campaign;
mod cold;
mod environment;
mod floor_server;
mod hot;
mod load;
mod wrk;

use anyhow::Result;
use bench_harness::{OutputArgs, Report};
use clap::{Parser, Subcommand, value_parser};
use environment::BenchEnvironment;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures links: generated in bulk, followed cold and followed hot, each next to its floor in the same run.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo bench-links",
    version,
    after_help = "\
Examples:
  cargo bench-links                           everything, with a million links
  cargo bench-links --many 100000 cold        redirects of cold links in a smaller table
  cargo bench-links --check hot               exit with an error if a goal is missed

Hot links are followed by wrk (Debian: apt-get install wrk), or by a built-in client if wrk is not installed."
)]
struct Args {
    /// The number of measured rounds; the median counts
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u16).range(1..))]
    rounds: u16,
    /// The number of links in the large table
    #[arg(long, default_value_t = 1_000_000)]
    many: usize,
    /// The seconds of each round of hot links
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    output: OutputArgs,
    /// Measure only these parts
    #[arg(value_parser = ["bulk", "cold", "hot"])]
    parts: Vec<String>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// The roles in which this program starts itself.
#[derive(Debug, Subcommand)]
enum Role {
    /// The local server
    #[command(hide = true)]
    Serve(local::args::Args),
    /// The floor of hot links
    #[command(hide = true)]
    Floor {
        /// A file with one path on each line
        paths: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    match args.role {
        Some(Role::Serve(server)) => local::server::run(&server).await.map(|()| ExitCode::SUCCESS),
        Some(Role::Floor { paths }) => floor_server::serve(&paths).await.map(|()| ExitCode::SUCCESS),
        None => measure(&args).await,
    }
}

async fn measure(args: &Args) -> Result<ExitCode> {
    let wanted = |part: &str| args.parts.is_empty() || args.parts.iter().any(|name| name == part);
    let mut report = Report::default();
    if wanted("bulk") || wanted("cold") {
        let environment = BenchEnvironment::new().await?;
        if wanted("bulk") {
            bulk::measure(&environment, args.rounds, &mut report).await?;
        }
        if wanted("cold") {
            cold::measure(&environment, args.rounds, args.many, &mut report).await?;
            campaign::measure(&environment, &mut report).await?;
        }
    }
    if wanted("hot") {
        hot::measure(args.rounds, args.seconds, &mut report).await?;
    }
    report.print(args.output)
}
