//! `odx table`: the DynamoDB table.

use crate::connect::Source;
use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the table, or mark an empty one as ours; one that is ours already is only checked
    ///
    /// The table is marked with its version and the fingerprint of `DATA_KEY`. From then on it can only be used with
    /// that key.
    #[command(after_help = "Example:\n  TABLE_NAME=external-api odx table create")]
    Create,
    /// Check that the table is there, of this version, and made with this `DATA_KEY`
    #[command(after_help = "Example:\n  odx table check && deploy")]
    Check,
}

pub(crate) async fn run(command: Command, source: &Source) -> Result<()> {
    let app = source.connect().await?;
    match command {
        Command::Create => app.store.table_create().await?,
        Command::Check => app.store.table_check().await?,
    }
    eprintln!("table `{}` is ready", app.config.table);
    Ok(())
}
