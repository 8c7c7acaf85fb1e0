//! `cargo emulate`: the functions as Lambda runs them, on this machine, and held against themselves in-process.

mod answer;
mod build;
mod check;
mod cli;
mod emulator;
mod fill;
mod large;
mod place;
mod serve;
mod world;

use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match cli::Command::parse() {
        cli::Command::Check(args) => check::run(&args).await,
        cli::Command::Serve(args) => serve::run(&args).await,
        cli::Command::Fill(args) => fill::run(&args).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
