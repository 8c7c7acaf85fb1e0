//! `odx import`: imports conversations from files, over HTTP or directly into the table.

mod batches;
mod clock;
mod http;
mod outcome;
mod summary;

use crate::api::{Address, Api};
use crate::context::Source;
use crate::output::Output;
use crate::{progress, tenants};
use anyhow::{Context as _, Result};
use indicatif::ProgressBar;
use outcome::ImportOutcome;
use shared::app::App;
use shared::model::{Tenant, TenantId};
use shared::store::ErasedUserPolicy;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use summary::Summary;

/// Import conversations from files
///
/// A file is NDJSON with one event a line, as `odx export` writes it and `POST /public/api/interactions` accepts it, CSV as
/// `odx export --format csv` writes it, or a user-data-export of OpenDialog (JSON), in UTF-8 or UTF-16. The content tells
/// which of them it is. The events are sent to the API in
/// several requests at the same time, and so are the attributes of users. With --tenant they are written directly into
/// the table, which needs the keys of the installation.
///
/// Events without an id get one that is derived from the whole file. An import that was interrupted can be run again:
/// events that are stored count as duplicates and do not change.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx import --url https://api.example.com january.ndjson       with the token in ODX_TOKEN
  zcat events.ndjson.gz | odx --local .local import -
  odx import --tenant acme export-1.json export-2.json          directly into the table

Exit code 1 if an event was refused, or is stored with other content (conflict).")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// Write directly into the table, into this tenant
    #[arg(long, value_name = "ID", conflicts_with_all = ["url", "token"])]
    tenant: Option<TenantId>,
    /// Also import events from before the erasure of their user, which are refused otherwise
    #[arg(long, requires = "tenant")]
    restore_erased: bool,
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The destination of an import.
enum Destination {
    Http(Api),
    Table(Box<App>, Box<Tenant>, ErasedUserPolicy),
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<ExitCode> {
    let destination = match args.tenant {
        None => {
            Destination::Http(args.address.open(source).context("use --tenant ID to import directly into the table")?)
        }
        Some(tenant) => {
            let app = source.open().await?;
            clock::check(&app).await?;
            let tenant = tenants::find(&app.store, &tenant).await?;
            let policy = if args.restore_erased { ErasedUserPolicy::Restore } else { ErasedUserPolicy::Refuse };
            Destination::Table(Box::new(app), Box::new(tenant), policy)
        }
    };
    let mut summary = Summary::default();
    for path in &args.files {
        let outcome = import_file(&destination, path).await;
        if outcome.is_err() && path != &args.files[0] {
            eprintln!("the files before `{}`: {}", path.display(), summary.counts());
        }
        summary.add(path, outcome.with_context(|| format!("`{}`", path.display()))?);
    }
    if summary.is_full() {
        eprintln!("further problems are not shown, but all are counted");
    }
    output.data(&summary, || summary.counts())?;
    Ok(if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import_file(destination: &Destination, path: &Path) -> Result<ImportOutcome> {
    let (input, size): (Box<dyn BufRead>, _) = if path == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(path).context("the file cannot be opened")?;
        let size = file.metadata()?.len();
        (Box::new(BufReader::new(file)), Some(size))
    };
    let bar = progress_bar(path, size);
    let outcome = match destination {
        Destination::Http(api) => http::import(&api.clone().with_bar(&bar), input, &bar).await,
        Destination::Table(app, tenant, policy) => {
            let progress = |so_far: &importer::ImportOutcome| {
                bar.set_position(so_far.bytes);
                bar.set_message((so_far.created + so_far.duplicate + so_far.conflict).to_string());
            };
            let imported = importer::import(input, app, tenant, *policy, progress).await;
            imported.map(ImportOutcome::from).map_err(Into::into)
        }
    };
    bar.finish_and_clear();
    outcome
}

fn progress_bar(path: &Path, size: Option<u64>) -> ProgressBar {
    let (size, template) = match size {
        Some(size) => (size, "{prefix} {wide_bar} {percent:>3}% {msg} events, {bytes_per_sec}, {eta} left"),
        None => (0, "{prefix} {spinner} {bytes} {msg} events, {bytes_per_sec}"),
    };
    progress::bar(size, template).with_prefix(path.display().to_string())
}
