//! `cargo bench-links`: links made and followed, beside the least that could do the same.

mod bare;
mod bulk;
mod campaign;
mod cold;
mod hot;
mod load;
mod report;
mod site;
mod wrk;

use anyhow::Result;
use clap::{Parser, Subcommand};
use report::Report;
use site::Site;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures links: made in bulk, followed cold, followed hot, each beside its floor in the same run.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo bench-links",
    version,
    after_help = "\
Examples:
  cargo bench-links                           everything, with a million links
  cargo bench-links --many 100000 cold        redirects of cold links, of a smaller table
  cargo bench-links --check hot               end with an error where a goal is missed

Hot links are driven by wrk (Debian: apt-get install wrk), or by a loop of our own where there is none."
)]
struct Args {
    /// How often each is measured; the middle counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Links of the large table
    #[arg(long, default_value_t = 1_000_000)]
    many: usize,
    /// How long hot links are followed in each round
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Ends with an error where a goal is missed
    #[arg(long)]
    check: bool,
    /// Measures these alone
    #[arg(value_parser = ["bulk", "cold", "hot"])]
    parts: Vec<String>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program is where it starts itself.
#[derive(Debug, Subcommand)]
enum Role {
    /// The local server
    #[command(hide = true)]
    Serve(local::args::Args),
    /// Its floor
    #[command(hide = true)]
    Bare {
        /// A path a line
        paths: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    match args.role {
        Some(Role::Serve(server)) => local::server::run(&server).await.map(|()| ExitCode::SUCCESS),
        Some(Role::Bare { paths }) => bare::serve(&paths).await.map(|()| ExitCode::SUCCESS),
        None => measure(&args).await,
    }
}

async fn measure(args: &Args) -> Result<ExitCode> {
    let wanted = |part: &str| args.parts.is_empty() || args.parts.iter().any(|wanted| wanted == part);
    let mut report = Report::default();
    if wanted("bulk") || wanted("cold") {
        let site = Site::open().await?;
        if wanted("bulk") {
            bulk::measure(&site, args.rounds, &mut report).await?;
        }
        if wanted("cold") {
            cold::measure(&site, args.rounds, args.many, &mut report).await?;
            campaign::measure(&site, &mut report).await?;
        }
    }
    if wanted("hot") {
        hot::measure(args.rounds, args.seconds, &mut report).await?;
    }
    println!("{}", report.text());
    Ok(if args.check && report.missed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
