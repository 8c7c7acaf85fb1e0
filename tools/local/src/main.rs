//! `cargo local`: reads the arguments, sets up the log and runs the server.

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = local::args::Args::parse();
    tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&args.log)).with_writer(std::io::stderr).init();
    local::server::run(&args).await
}
