//! `odx user`: what is kept about a user, shown, exported or erased.

mod erase;
mod export;
mod records;
mod show;

use crate::context::Source;
use crate::output::Output;
use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(show::Args),
    Export(export::Args),
    Erase(erase::Args),
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    match command {
        Command::Show(args) => show::run(args, source, output).await,
        Command::Export(args) => export::run(args, source, output).await,
        Command::Erase(args) => erase::run(args, source, output).await,
    }
}
