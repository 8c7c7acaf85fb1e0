//! `odx import`: conversations from files, over HTTP or straight into the table.

mod batches;
mod became;
mod http;

use crate::api::Address;
use crate::connect::Source;
use crate::output::Output;
use crate::{progress, tenants};
use anyhow::{Context as _, Result};
use became::{Became, PROBLEMS};
use importer::Imported;
use indicatif::ProgressBar;
use serde::Serialize;
use shared::app::App;
use shared::model::{Tenant, TenantId};
use shared::store::ErasedUserPolicy;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Import conversations from files
///
/// A file is NDJSON, an event a line, as `odx export` writes it and `POST /public/api/interactions` takes it; or
/// OpenDialog's own user-data-export (JSON). Which of the two, its content tells. It is sent to the API, some requests at
/// once; or written straight into the table with --tenant, which needs the installation's keys and also takes the users'
/// attributes of an export.
///
/// Ids that are missing are derived over the whole file: an import that was cut off is simply run again, and what is
/// stored already is a duplicate and changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx import --url https://api.example.com january.ndjson       the token in ODX_TOKEN
  zcat events.ndjson.gz | odx --local .local import -
  odx import --tenant acme export-1.json export-2.json          straight into the table

Exit code 1 when something was refused, or is stored already with another content (conflict).")]
pub(crate) struct Args {
    #[command(flatten)]
    address: Address,
    /// Straight into the table, into this tenant
    #[arg(long, value_name = "ID", conflicts_with_all = ["url", "token"])]
    tenant: Option<TenantId>,
    /// Also take what happened before its user was erased, which otherwise stays out
    #[arg(long, requires = "tenant")]
    restore_erased: bool,
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Where an import goes.
enum Way {
    Http(crate::api::Api),
    Table(Box<App>, Box<Tenant>, ErasedUserPolicy),
}

/// What became of all files, as it is printed.
#[derive(Default, Serialize)]
struct Summary {
    created: u64,
    duplicate: u64,
    conflict: u64,
    refused: u64,
    /// Taken by the API and not stored.
    #[serde(skip_serializing_if = "is_none")]
    ignored: u64,
    problems: Vec<ShownProblem>,
}

#[derive(Serialize)]
struct ShownProblem {
    file: String,
    place: String,
    field: String,
    reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    /// Counts a file, and says what was wrong in it.
    fn add(&mut self, file: &Path, became: Became) {
        self.created += became.created;
        self.duplicate += became.duplicate;
        self.conflict += became.conflict;
        self.refused += became.refused;
        self.ignored += became.ignored;
        let room = PROBLEMS.saturating_sub(self.problems.len());
        for (place, field, reason) in became.problems.into_iter().take(room) {
            let shown = ShownProblem { file: file.display().to_string(), place: place.to_string(), field, reason };
            eprintln!("{}: {}: {}: {}", shown.file, shown.place, shown.field, shown.reason);
            self.problems.push(shown);
        }
        if became.attributes > 0 {
            eprintln!(
                "{}: the attributes of {} users stay out: with --tenant they are imported too",
                file.display(),
                became.attributes
            );
        }
    }

    fn counts(&self) -> String {
        let Self { created, duplicate, conflict, refused, ignored, .. } = self;
        let ignored = if *ignored == 0 { String::new() } else { format!(", {ignored} ignored") };
        format!("{created} created, {duplicate} duplicate, {conflict} conflict, {refused} refused{ignored}")
    }
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<ExitCode> {
    let way = match args.tenant {
        None => Way::Http(args.address.open(source).context("--tenant ID would go straight into the table")?),
        Some(tenant) => {
            let app = source.open().await?;
            let tenant = tenants::find(&app.store, &tenant).await?;
            let erased_users = if args.restore_erased { ErasedUserPolicy::Restore } else { ErasedUserPolicy::Refuse };
            Way::Table(Box::new(app), Box::new(tenant), erased_users)
        }
    };
    let mut summary = Summary::default();
    for path in &args.files {
        let became = import_file(&way, path).await;
        if became.is_err() && path != &args.files[0] {
            eprintln!("the files before `{}`: {}", path.display(), summary.counts());
        }
        summary.add(path, became.with_context(|| format!("`{}`", path.display()))?);
    }
    if summary.problems.len() == PROBLEMS {
        eprintln!("no more problems are shown, all are counted");
    }
    output.data(&summary, || summary.counts())?;
    let clean = summary.conflict == 0 && summary.refused == 0;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import_file(way: &Way, path: &Path) -> Result<Became> {
    let (input, size): (Box<dyn BufRead>, _) = if path == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(path).context("the file cannot be opened")?;
        let size = file.metadata()?.len();
        (Box::new(BufReader::new(file)), Some(size))
    };
    let bar = progress_bar(path, size);
    let became = match way {
        Way::Http(api) => http::import(&api.clone().beside(&bar), input, &bar).await,
        Way::Table(app, tenant, erased_users) => {
            let progress = |so_far: &Imported| {
                bar.set_position(so_far.bytes);
                bar.set_message((so_far.created + so_far.duplicate + so_far.conflict).to_string());
            };
            let imported = importer::import(input, app, tenant, *erased_users, progress).await;
            imported.map(Became::from).map_err(Into::into)
        }
    };
    bar.finish_and_clear();
    became
}

fn progress_bar(path: &Path, size: Option<u64>) -> ProgressBar {
    let (size, template) = match size {
        Some(size) => (size, "{prefix} {wide_bar} {percent:>3}% {msg} events, {bytes_per_sec}, {eta} left"),
        None => (0, "{prefix} {spinner} {bytes} {msg} events, {bytes_per_sec}"),
    };
    progress::bar(size, template).with_prefix(path.display().to_string())
}
