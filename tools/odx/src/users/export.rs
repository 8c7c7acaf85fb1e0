//! `odx user export`: everything that is kept about a user, as one file.

use crate::api::{Address, ApiResponse};
use crate::context::Source;
use crate::output::Output;
use crate::output_file::OutputFile;
use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use shared::crypto::sha256;
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

#[derive(Deserialize)]
struct Trailer {
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    records: usize,
    sha256: String,
    complete_until: String,
    next_cursor: Option<String>,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let api = args.address.open(source)?;
    let (mut content, mut records, mut cursor) = (Vec::new(), 0, None);
    // Of the first page: the later ones may have less.
    let mut complete_until = None;
    loop {
        let user = ("user_id", args.user.as_str().to_owned());
        let query: Vec<_> = [user].into_iter().chain(cursor.map(|cursor| ("cursor", cursor))).collect();
        let response = api.send(api.request(Method::GET, "/public/api/users/export", &query)).await?.success()?;
        let (page, meta) = page(&response)?;
        content.extend_from_slice(page);
        records += meta.records;
        let complete_until = complete_until.get_or_insert(meta.complete_until);
        cursor = meta.next_cursor;
        if cursor.is_none() {
            let target = OutputFile::of(&args.out);
            target.write(&content).with_context(|| format!("`{}` cannot be written", args.out.display()))?;
            let message = format!("{records} records are in `{}`", args.out.display());
            if let OutputFile::Stdout = target {
                eprintln!("{records} records"); // standard output has the records themselves
                return Ok(());
            }
            let summary = Summary { records, complete_until: complete_until.clone(), file: args.out };
            return output.data(&summary, || message);
        }
    }
}

/// The records of a page and its trailer.
///
/// # Errors
/// Returns an error if the page has no trailer, or its count or its checksum is wrong.
fn page(response: &ApiResponse) -> Result<(&[u8], Meta)> {
    let incomplete = "a page is incomplete: it has no trailer";
    let whole = response.body.strip_suffix(b"\n").context(incomplete)?;
    let end = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (records, trailer) = whole.split_at(end);
    // Serde's own error may quote what is kept about the user.
    let Trailer { meta } = serde_json::from_slice(trailer).ok().context(incomplete)?;
    let found = records.split_inclusive(|byte| *byte == b'\n').count();
    ensure!(found == meta.records, "a page has {found} records, but its `_meta` says {}", meta.records);
    let is_whole = hex::encode(sha256(records)) == meta.sha256;
    ensure!(is_whole, "a page was altered in transit: its checksum differs from that of the API");
    Ok((records, meta))
}
