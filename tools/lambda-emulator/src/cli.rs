//! The arguments of the command line.

use clap::{Args, Parser};
use std::path::PathBuf;

/// Runs the functions as Lambda does: the same `bootstrap`, under the emulator of Lambda's runtime interface.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo lambda-emulator",
    version,
    after_help = "\
The emulator is part of AWS SAM's command line, which needs Python:
  python3 -m venv target/venv && target/venv/bin/pip install -r .ci/requirements.txt

Examples:
  cargo lambda-emulator check                  every event of events/, and the largest requests and responses
  cargo lambda-emulator check --debug          the same without a build of the release profile
  cargo lambda-emulator check redirect-link    the events whose names begin with `redirect-link`
  cargo lambda-emulator serve redirect         run one function for curl
  cargo lambda-emulator fill --local .local    write events and settings for `sam local invoke` (Docker)"
)]
pub(crate) enum Command {
    /// Sends every event to its function, and compares the response with that of the same function in-process
    Check(CheckArgs),
    /// Runs one function over an embedded engine with the demo, until Ctrl-C
    Serve(ServeArgs),
    /// Writes events and settings with the values of a running `cargo local`
    Fill(FillArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Send only the events whose names begin like this; without it, all, and the largest requests and responses
    pub(crate) events: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The name of the function
    pub(crate) function: String,
    /// The port to listen on
    #[arg(long, default_value_t = 9000)]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct FillArgs {
    /// The data folder of a running local server
    #[arg(long, value_name = "DIR", default_value = ".local")]
    pub(crate) local: PathBuf,
    /// The name of this machine in a container, if it is not the engine's address: `host.docker.internal` on Docker Desktop
    #[arg(long, value_name = "NAME", value_parser = url::Host::parse)]
    pub(crate) engine_host: Option<url::Host>,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "target/lambda/events")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The Python environment with aws-sam-cli
    #[arg(long, env = "SAM_VENV", value_name = "DIR", default_value = "target/venv", hide_env_values = true)]
    pub(crate) venv: PathBuf,
    /// Use the last build of the functions
    #[arg(long, conflicts_with = "debug")]
    pub(crate) no_build: bool,
    /// Build the functions in the debug profile, from what the tests have built: in a minute instead of ten, but not as they are
    /// deployed
    #[arg(long)]
    pub(crate) debug: bool,
}
