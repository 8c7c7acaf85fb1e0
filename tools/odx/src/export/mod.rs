//! `odx export`: exports a period into one file that is complete, or does not exist.

mod page;
mod query;
mod state;
mod writer;

use crate::api::{Address, Api};
use crate::context::Source;
use crate::output::Output;
use crate::output_file::OutputFile;
use crate::progress;
use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use page::{Format, Page};
use query::ExportQuery;
use serde::Serialize;
use state::ExportState;
use std::path::PathBuf;
use std::time::Instant;
use writer::{Closed, ExportWriter};

const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The length of the progress bar.
const BAR_LENGTH: u64 = 1_000;

/// Export the interactions of a period
///
/// The period is read page by page, and every page is checked: the number of its lines and their SHA-256 must be those
/// that the API gives. FILE exists only when it is complete. Until then its content is in FILE.partial, and FILE.state
/// holds the progress. If the export is interrupted, run the same command again within a day: it continues with the next
/// page. The changes feed, read from `complete_until` of the file on, gives the interactions that arrive later.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx export --from 2025-01-01 --to 2025-01-31 --out january.ndjson
  odx export --from '2025-01-01 08:00' --to '2025-01-01 09:00' --user-id ann --format json
  odx export --from 2025-01-01 --to 2025-01-31 --format csv --bom --out january.csv   for Excel
  odx --local .local export --from 2022-09-01 --to 2022-09-30 \\
      | odx import --url https://api.example.com -

ndjson  an interaction a line; the last line has their number and the SHA-256 of all before it:
        `head -n -1 january.ndjson | sha256sum`. `odx import` imports the file and keeps the ids
csv     column names first; an apostrophe precedes what a spreadsheet could execute as a formula
json    an object a user, as in the pages of the API; without ids

The summary has the SHA-256 of the whole file. Exit code 1 if anything is missing.")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    query: ExportQuery,
    /// Write to this file instead of standard output; an interrupted export can then be continued. `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Start again instead of continuing an interrupted export
    #[arg(long, requires = "out")]
    restart: bool,
}

/// The result as the command prints it.
#[derive(Serialize)]
struct Summary {
    file: Option<PathBuf>,
    interactions: u64,
    users: Option<u64>,
    pages: u64,
    bytes: u64,
    sha256: String,
    complete_until: String,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let Args { address, query, out, restart } = args;
    let bar = progress::bar(BAR_LENGTH, query.format.template());
    let api = address.open(source)?.with_bar(&bar);
    let is_plain = !query.bom && query.fields.is_empty();
    ensure!(is_plain || query.format == Format::Csv, "--bom and --fields are for --format csv");
    let target = out.as_deref().map_or(OutputFile::Stdout, OutputFile::of);
    let mut writer = ExportWriter::open(&target, &query.fingerprint(api.url()), restart)?;
    if writer.state.pages > 0 {
        bar.suspend(|| eprintln!("continuing after {} interactions", HumanCount(writer.state.interactions)));
    }
    let written = write_pages(&api, &query, &mut writer, &bar).await;
    bar.finish_and_clear();
    match written {
        Err(error) if error.is::<Closed>() => return Ok(()),
        written => written?,
    }
    let ExportState { interactions, users, pages, bytes, complete_until, .. } = writer.state.clone();
    let users = (query.format == Format::Json).then_some(users);
    let sha256 = writer.finish()?;
    let file = out.filter(|_| !matches!(target, OutputFile::Stdout));
    let summary = Summary { file, interactions, users, pages, bytes, sha256, complete_until };
    let Some(file) = &summary.file else {
        eprintln!("{}", summary.text()); // standard output has the export itself
        return Ok(());
    };
    output.data(&summary, || format!("{}: {}", file.display(), summary.text()))
}

impl Summary {
    fn text(&self) -> String {
        let Self { interactions, bytes, sha256, complete_until, .. } = self;
        format!(
            "{} interactions, {}, complete until {complete_until}, sha256 {sha256}",
            HumanCount(*interactions),
            HumanBytes(*bytes)
        )
    }
}

/// Requests page after page, and writes each after its checks.
async fn write_pages(api: &Api, query: &ExportQuery, writer: &mut ExportWriter, bar: &ProgressBar) -> Result<()> {
    let (started, bytes_before) = (Instant::now(), writer.state.bytes);
    let mut first = None;
    while !writer.state.is_complete() {
        let state = &writer.state;
        let page = request_page(api, query, state.cursor.as_deref()).await.with_context(|| {
            format!("the export was interrupted after {} interactions, which are kept", HumanCount(state.interactions))
        })?;
        ensure!(
            page.next.is_none() || page.next != state.cursor,
            "the API repeats a cursor, so the export would never end: report this bug"
        );
        first = first.or(page.first);
        show_progress(bar, query, first, page.last);
        writer.add(query.format, page)?;
        let rate = per_second(writer.state.bytes - bytes_before, started);
        bar.set_message(format!("{} interactions, {}/s", HumanCount(writer.state.interactions), HumanBytes(rate)));
    }
    writer.end(query.format)
}

async fn request_page(api: &Api, query: &ExportQuery, cursor: Option<&str>) -> Result<Page> {
    let response = api.send(query.request(api, cursor)).await?;
    match response.success() {
        Ok(response) => {
            let mut page = query.format.read(&response)?;
            if query.bom {
                page.header.splice(..0, BYTE_ORDER_MARK.bytes());
            }
            Ok(page)
        }
        Err(problem) if cursor.is_some() && problem.is_about("cursor") => bail!(
            "the export was started more than a day ago, or with the token of another tenant, and cannot be continued: \
             start again with --restart"
        ),
        Err(problem) => Err(problem.into()),
    }
}

/// Moves the bar to the date of the last line, relative to the time between the first line and the end of the period.
fn show_progress(bar: &ProgressBar, query: &ExportQuery, first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) {
    if let (Some(first), Some(last)) = (first, last) {
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_seconds().max(0).unsigned_abs();
        let whole = seconds(first, query.end()).max(1);
        bar.set_position((BAR_LENGTH * seconds(first, last) / whole).min(BAR_LENGTH));
    }
}

fn per_second(bytes: u64, started: Instant) -> u64 {
    let elapsed = started.elapsed();
    let millis = elapsed.as_secs() * 1_000 + u64::from(elapsed.subsec_millis());
    bytes.saturating_mul(1_000) / millis.max(1)
}
