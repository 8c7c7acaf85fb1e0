//! `odx links`: personal webchat links, created from a file, listed, changed, revoked and counted.

mod chart;
mod create;
mod edit;
mod funnel;
mod funnel_data;
mod join;
mod list;
mod page;
mod preview;
mod qr;
mod request;
mod revoke;

use crate::context::Source;
use crate::output::Output;
use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(create::Args),
    List(list::Args),
    Edit(edit::Args),
    Revoke(revoke::Args),
    Funnel(funnel::Args),
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    match command {
        Command::Create(args) => create::run(args, source, output).await,
        Command::List(args) => list::run(args, source, output).await,
        Command::Edit(args) => edit::run(args, source, output).await,
        Command::Revoke(args) => revoke::run(args, source, output).await,
        Command::Funnel(args) => funnel::run(args, source, output).await,
    }
}
