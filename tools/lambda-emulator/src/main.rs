//! `cargo lambda-emulator`: the functions as Lambda runs them, on this machine, and held against themselves in-process.

mod answer;
mod build;
mod check;
mod cli;
mod emulator;
mod fill;
mod large;
mod place;
mod serve;
mod starts;
mod world;

use anyhow::Result;
use clap::Parser as _;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let done = tokio::select! {
        done = run(cli::Command::parse()) => done,
        // What runs is dropped, and with it the emulators end.
        stopped = stopped() => stopped,
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(command: cli::Command) -> Result<ExitCode> {
    match command {
        cli::Command::Check(args) => Box::pin(check::run(&args)).await,
        cli::Command::Serve(args) => serve::run(&args).await,
        cli::Command::Fill(args) => fill::run(&args).await,
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stopped() -> Result<ExitCode> {
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    Ok(ExitCode::from(130))
}
