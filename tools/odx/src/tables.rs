//! `odx table`: the DynamoDB table.

use crate::context::Source;
use crate::output::Output;
use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the table, or initialise an empty one
    ///
    /// The command writes the version of the table and the fingerprint of `DATA_KEY` into it. From then on, the table
    /// can only be used with that key. A table that is initialised is only checked.
    #[command(after_help = "Example:\n  TABLE_NAME=external-api odx table create")]
    Create,
    /// Check that the table exists, has this version and belongs to this `DATA_KEY`
    #[command(after_help = "Example:\n  odx table check && deploy")]
    Check,
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let app = source.connect().await?;
    match command {
        Command::Create => app.store.table_create().await?,
        Command::Check => app.store.table_check().await?,
    }
    let table = &app.config.table;
    output.done(&json!({"table": table}), &format!("table `{table}` is ready"))
}
