//! `cargo lambda-emulator`: runs the functions on this machine as Lambda does, and compares them with themselves in-process.

mod build;
mod check;
mod cli;
mod comparison;
mod emulator;
mod environment;
mod paths;
mod render;
mod response;
mod serve;
mod size_limits;
mod startup;

use anyhow::Result;
use clap::Parser as _;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let done = tokio::select! {
        done = run(cli::Command::parse()) => done,
        // The other branch is dropped, which stops its emulators.
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
        cli::Command::Fill(args) => render::run(&args).await,
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
