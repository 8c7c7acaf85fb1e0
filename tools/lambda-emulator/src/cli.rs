//! What the command line takes.

use clap::{Args, Parser};
use std::path::PathBuf;

/// Runs the functions as Lambda runs them: the same `bootstrap`, under the emulator of Lambda's runtime interface.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo lambda-emulator",
    version,
    after_help = "\
The emulator comes with AWS SAM's command line, which needs Python:
  python3 -m venv target/venv && target/venv/bin/pip install -r .ci/requirements.txt

Examples:
  cargo lambda-emulator check                  every event of events/, and answers of the largest size
  cargo lambda-emulator check redirect-link    the events whose names begin so
  cargo lambda-emulator serve redirect         one function, left running for curl
  cargo lambda-emulator fill --local .local    events and settings for `sam local invoke`, which needs Docker"
)]
pub(crate) enum Command {
    /// Sends every event to its function and compares status, headers and body with what it answers in-process
    Check(CheckArgs),
    /// Runs one function over an embedded engine with the demo, until Ctrl-C
    Serve(ServeArgs),
    /// Fills events and settings in from the data folder of a running `cargo local`
    Fill(FillArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The events to send, by how their names begin; none means all of them, and the largest answers
    pub(crate) events: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The function
    pub(crate) function: String,
    /// The port to listen on
    #[arg(long, default_value_t = 9000)]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct FillArgs {
    /// The data folder of a local server that is running
    #[arg(long, value_name = "DIR", default_value = ".local")]
    pub(crate) local: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The Python environment that has aws-sam-cli
    #[arg(long, env = "SAM_VENV", value_name = "DIR", default_value = "target/venv", hide_env_values = true)]
    pub(crate) venv: PathBuf,
    /// Takes the functions as they were built last
    #[arg(long)]
    pub(crate) no_build: bool,
}
