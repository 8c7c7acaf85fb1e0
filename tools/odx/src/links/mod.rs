//! `odx links`: made from a file, looked after, and counted.

mod chart;
mod create;
mod funnel;
mod list;
mod people;
mod revoke;
mod sheet;

use crate::connect::Source;
use crate::output::Output;
use anyhow::Result;
use clap::Subcommand;
use serde::Deserialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(create::Args),
    List(list::Args),
    Revoke(revoke::Args),
    Funnel(funnel::Args),
}

/// How a page of links or of a funnel goes on.
#[derive(Deserialize)]
struct Meta {
    next_cursor: Option<String>,
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    match command {
        Command::Create(args) => create::run(args, source, output).await,
        Command::List(args) => list::run(args, source, output).await,
        Command::Revoke(args) => revoke::run(args, source, output).await,
        Command::Funnel(args) => funnel::run(args, source, output).await,
    }
}
