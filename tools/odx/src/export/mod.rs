//! `odx export`: everything of a period into one file that is whole, or not there.

mod file;
mod page;
mod question;

use crate::api::{Address, Api};
use crate::connect::Source;
use crate::output::Output;
use crate::progress;
use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use file::{Done, Target};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use page::{Format, Page};
use question::Question;
use serde::Serialize;
use std::path::PathBuf;

/// Steps of the bar.
const STEPS: u64 = 1_000;

/// Export what users said in a period
///
/// The period is walked page by page, and every page is checked: its lines are counted and hashed, and both must be what
/// the API says. The file has its name only when it is whole; until then it is FILE.partial, and FILE.state says how far
/// it has come. After a cut the same command goes on where it was, within a day. What comes late is told by the changes
/// feed, from the file's `complete_until` on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx export --from 2025-01-01 --to 2025-01-31 --out january.ndjson
  odx export --from '2025-01-01 08:00' --to '2025-01-01 09:00' --user-id ann --format json
  odx --local .local export --from 2022-09-01 --to 2022-09-30 | odx import --url https://api.example.com -

ndjson  an interaction a line; the last line is a trailer with their number and the SHA-256 of all before it:
        `head -n -1 january.ndjson | sha256sum`. `odx import` takes it back, every interaction under its own id
csv     names first; a cell that could be a formula begins with an apostrophe
json    one object by user, as the API's pages; without ids

What is printed at the end holds the SHA-256 of the whole file. Exit code 1 when anything is missing.")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    question: Question,
    /// Write into this file instead of standard output, from where it can go on after a cut
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Begin again, whatever FILE.state says
    #[arg(long, requires = "out")]
    restart: bool,
}

/// What was exported, as it is printed.
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
    let Args { address, question, out, restart } = args;
    let bar = progress::bar(STEPS, question.format.template());
    let api = address.open(source)?.beside(&bar);
    let mut target = match &out {
        Some(file) => Target::file(file, &question.name(api.url()), restart)?,
        None => Target::stdout(),
    };
    if target.done.pages > 0 {
        bar.suspend(|| eprintln!("going on after {} interactions", HumanCount(target.done.interactions)));
    }
    walk(&api, &question, &mut target, &bar).await?;
    bar.finish_and_clear();
    let Done { interactions, users, pages, bytes, complete_until, .. } = target.done.clone();
    let users = (question.format == Format::Json).then_some(users);
    let sha256 = target.finish()?;
    let summary = Summary { file: out, interactions, users, pages, bytes, sha256, complete_until };
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

/// Asks for page after page and writes each when it is known to be right.
async fn walk(api: &Api, question: &Question, target: &mut Target, bar: &ProgressBar) -> Result<()> {
    let format = question.format;
    let (begun, before) = (std::time::Instant::now(), target.done.bytes);
    let mut first = None;
    while !target.done.is_last() {
        let done = &target.done;
        let page = ask(api, question, done.cursor.as_deref()).await.with_context(|| {
            format!("the export stopped after {} interactions, which are kept", HumanCount(done.interactions))
        })?;
        ensure!(
            page.next.is_none() || page.next != done.cursor,
            "the API leads in a circle: the export would never end"
        );
        first = first.or(page.first);
        progress(bar, question, (first, page.last));
        target.add(format, page)?;
        let seconds = begun.elapsed().as_secs_f64().max(0.001);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "shown"
        )]
        let rate = ((target.done.bytes - before) as f64 / seconds) as u64;
        bar.set_message(format!("{} interactions, {}/s", HumanCount(target.done.interactions), HumanBytes(rate)));
    }
    target.end(format)
}

async fn ask(api: &Api, question: &Question, cursor: Option<&str>) -> Result<Page> {
    let answer = api.send(question.request(api, cursor)).await?;
    match answer.served() {
        Ok(answer) => question.format.read(&answer),
        Err(problem) if cursor.is_some() && problem.is_about("cursor") => bail!(
            "it was begun more than a day ago, or with the token of another tenant, and cannot go on: begin again with --restart"
        ),
        Err(problem) => Err(problem.into()),
    }
}

/// How much of the time between the first interaction and the end of the period is walked: of a page by user nobody knows.
fn progress(bar: &ProgressBar, question: &Question, (first, last): (Option<DateTime<Utc>>, Option<DateTime<Utc>>)) {
    if let (Some(first), Some(last)) = (first, last) {
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| u64::try_from((to - from).num_seconds()).unwrap_or(0);
        let whole = seconds(first, question.end()).max(1);
        bar.set_position((STEPS * seconds(first, last) / whole).min(STEPS));
    }
}
