//! `cargo local`: reads the arguments, sets up the log and runs the server.

use clap::Parser as _;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = local::args::Args::parse();
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&args.log)).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    if EnvFilter::new(&args.log).max_level_hint() == Some(LevelFilter::TRACE) {
        tracing::warn!(
            "at the level `trace` this log contains the bodies of requests: messages, attributes and user ids"
        );
    }
    local::server::run(&args).await
}
