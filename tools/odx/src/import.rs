//! `odx import`: conversations from files.

use crate::connect::Source;
use crate::output::Output;
use crate::tenants;
use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use shared::app::App;
use shared::import::{Imported, import};
use shared::model::{Tenant, TenantId};
use shared::store::OfErased;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Problems that are printed; all are counted.
const PROBLEMS: usize = 20;

/// Import conversations from files
///
/// A file is OpenDialog's own user-data-export (JSON), of which the users' attributes are taken too, or our NDJSON: an
/// event a line, as `POST /public/api/interactions` takes them. Which of the two, its content tells. What is stored
/// already is a duplicate and changes nothing, so an import can always be run again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx import --tenant acme export-1.json export-2.json
  zcat events.ndjson.gz | odx import --tenant acme -

Exit code 1 when something was refused, or is stored already with another content (conflict).")]
pub(crate) struct Args {
    /// The tenant
    #[arg(long)]
    tenant: TenantId,
    /// Also take what happened before its user was erased, which otherwise stays out
    #[arg(long)]
    restore_erased: bool,
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What became of all files, as it is printed.
#[derive(Default, Serialize)]
struct Summary {
    created: u64,
    duplicate: u64,
    conflict: u64,
    refused: u64,
    problems: Vec<ShownProblem>,
}

#[derive(Serialize)]
struct ShownProblem {
    file: String,
    place: String,
    field: &'static str,
    reason: String,
}

impl Summary {
    /// Counts a file, and says what was wrong in it.
    fn add(&mut self, file: &Path, imported: Imported) {
        self.created += imported.created;
        self.duplicate += imported.duplicate;
        self.conflict += imported.conflict;
        self.refused += imported.refused;
        let room = PROBLEMS.saturating_sub(self.problems.len());
        for problem in imported.problems.into_iter().take(room) {
            let (file, place) = (file.display().to_string(), problem.place.to_string());
            let shown = ShownProblem { file, place, field: problem.field, reason: problem.reason.to_string() };
            eprintln!("{}: {}: {}: {}", shown.file, shown.place, shown.field, shown.reason);
            self.problems.push(shown);
        }
    }

    fn counts(&self) -> String {
        let Self { created, duplicate, conflict, refused, .. } = self;
        format!("{created} created, {duplicate} duplicate, {conflict} conflict, {refused} refused")
    }
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<ExitCode> {
    let app = source.open().await?;
    let tenant = tenants::find(&app.store, &args.tenant).await?;
    let of_erased = if args.restore_erased { OfErased::Restore } else { OfErased::Refuse };
    let mut summary = Summary::default();
    for path in &args.files {
        let imported = import_file(&app, &tenant, of_erased, path).await;
        if imported.is_err() && path != &args.files[0] {
            eprintln!("the files before `{}`: {}", path.display(), summary.counts());
        }
        summary.add(path, imported.with_context(|| format!("`{}`", path.display()))?);
    }
    if summary.problems.len() == PROBLEMS {
        eprintln!("no more problems are shown, all are counted");
    }
    output.data(&summary, || summary.counts())?;
    let clean = summary.conflict == 0 && summary.refused == 0;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import_file(app: &App, tenant: &Tenant, of_erased: OfErased, path: &Path) -> Result<Imported> {
    let (input, size): (Box<dyn BufRead>, _) = if path == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(path).context("the file cannot be opened")?;
        let size = file.metadata()?.len();
        (Box::new(BufReader::new(file)), Some(size))
    };
    let bar = progress_bar(path, size)?;
    let progress = |so_far: &Imported| {
        bar.set_position(so_far.bytes);
        bar.set_message((so_far.created + so_far.duplicate + so_far.conflict).to_string());
    };
    let imported = import(input, app, tenant, of_erased, progress).await;
    bar.finish_and_clear();
    Ok(imported?)
}

/// A bar on stderr, if that is a terminal.
fn progress_bar(path: &Path, size: Option<u64>) -> Result<ProgressBar> {
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{prefix} {wide_bar} {percent:>3}% {msg} events, {eta} left"),
        None => (ProgressBar::new_spinner(), "{prefix} {spinner} {bytes} {msg} events"),
    };
    Ok(bar.with_style(ProgressStyle::with_template(template)?).with_prefix(path.display().to_string()))
}
