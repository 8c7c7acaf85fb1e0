//! `odx user export`: everything that is kept about a user, as one file.

use crate::api::Address;
use crate::context::Source;
use crate::output::Output;
use crate::output_file::OutputFile;
use crate::users::records::Records;
use anyhow::{Context as _, Result};
use serde::Serialize;
use shared::model::UserId;
use std::path::PathBuf;

/// Write everything that is kept about a user to a file: interactions, attributes, links, receipts
///
/// One JSON object a line; `record` says what it is. Every page is checked against its count and checksum. The token needs
/// the scope users:read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx user export ann --out ann.ndjson
  odx user export ann --out - | jq 'select(.record == \"link\") | .attributes'")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// The user id
    #[arg(value_name = "USER_ID")]
    user: UserId,
    /// The output file, or `-` for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The result as the command prints it.
#[derive(Serialize)]
struct Summary {
    records: usize,
    complete_until: String,
    file: PathBuf,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let Records { lines, count: records, complete_until } = Records::read(&api, &args.user).await?;
    let target = OutputFile::of(&args.out);
    target.write(&lines).with_context(|| format!("`{}` cannot be written", args.out.display()))?;
    let message = format!("{records} records are in `{}`", args.out.display());
    if let OutputFile::Stdout = target {
        eprintln!("{records} records"); // standard output has the records themselves
        return Ok(());
    }
    output.data(&Summary { records, complete_until, file: args.out }, || message)
}
