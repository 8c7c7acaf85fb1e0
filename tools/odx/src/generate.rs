//! `odx generate`: synthetic conversations of a tenant.

use crate::context::Source;
use crate::output::{Output, join};
use crate::{progress, tenants};
use anyhow::{Context as _, Result, anyhow, bail};
use chrono::NaiveDate;
use clap::value_parser;
use datagen::Plan;
use indicatif::ProgressBar;
use serde_json::json;
use shared::app::App;
use shared::model::{Event, EventIds, Tenant, TenantId};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Generate conversations for benchmarks and tests
///
/// They resemble those of a real tenant: few users say most, in several languages, with emoji, long texts, buttons and
/// forms. The same options give the same bytes on every machine. Events are written as NDJSON, one event a line, which
/// `odx import` and `POST /public/api/interactions` accept. With --load they go directly into the table, much faster
/// than by an import.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  odx generate --users 100 --days 7 | head
  odx generate --users 1000 --days 31 --interactions 50000 --out events.ndjson
  odx --local .local generate --users 10000 --days 31 --interactions 1000000 --load --tenant acme")]
pub(crate) struct Args {
    /// Number of users
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=100_000_000))]
    users: u64,
    /// Number of days
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=3_660))]
    days: u64,
    /// Seed of the generator: another seed gives other users and other texts
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Number of interactions of all users together [default: 20 a user]
    #[arg(long, value_name = "N")]
    interactions: Option<u64>,
    /// The first day
    #[arg(long, value_name = "DATE", default_value = "2025-01-01")]
    from: NaiveDate,
    /// Also generate the replies of the chatbot, in addition to --interactions
    #[arg(long)]
    bot: bool,
    /// Write into this file instead of standard output
    #[arg(long, value_name = "FILE", conflicts_with = "load")]
    out: Option<PathBuf>,
    /// Load into the table, into a tenant without interactions in those months
    #[arg(long, requires = "tenant")]
    load: bool,
    /// The tenant to load into
    #[arg(long, value_name = "ID", requires = "load")]
    tenant: Option<TenantId>,
}

pub(crate) async fn run(args: Args, source: &Source, output: Output) -> Result<()> {
    let Args { users, days, seed, interactions, from: first, bot, out, tenant, .. } = args;
    let interactions = interactions.unwrap_or_else(|| users.saturating_mul(20));
    let plan = Plan { users, interactions, first, days, bot, seed };
    let bar = progress::bar(interactions, "{wide_bar} {percent:>3}% {human_pos} interactions, {per_sec}, {eta} left");
    match (tenant, out) {
        (Some(tenant), _) => {
            let app = source.open().await?;
            let tenant = tenants::find(&app.store, &tenant).await?;
            load(&plan, &app, &tenant, &bar).await?;
            bar.finish_and_clear();
            let loaded = json!({"tenant": tenant.id, "users": users, "interactions": interactions});
            output.data(&loaded, || format!("{interactions} interactions loaded into `{}`", tenant.id))
        }
        (None, Some(file)) => {
            let to = File::create(&file).with_context(|| format!("`{}` cannot be written", file.display()))?;
            write(&plan, BufWriter::new(to), &bar).with_context(|| format!("`{}`", file.display()))?;
            bar.finish_and_clear();
            output.done(&json!({"file": file, "interactions": interactions}), &written(&file, interactions))
        }
        (None, None) => match write(&plan, BufWriter::new(io::stdout().lock()), &bar) {
            // The reader has closed the pipe, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        },
    }
}

fn written(file: &Path, interactions: u64) -> String {
    format!("{interactions} interactions in `{}`", file.display())
}

fn write(plan: &Plan, mut to: impl Write, bar: &ProgressBar) -> io::Result<()> {
    for day in plan.days() {
        for event in plan.day(day) {
            serde_json::to_writer(&mut to, &event)?;
            to.write_all(b"\n")?;
        }
        bar.inc(plan.interactions_of(day));
    }
    to.flush()
}

async fn load(plan: &Plan, app: &App, tenant: &Tenant, bar: &ProgressBar) -> Result<()> {
    let (first, last) = (plan.first, plan.days().last().unwrap_or(plan.first));
    if let Some(day) = app.store.active_days(&tenant.id, first, last).await?.first() {
        bail!("`{}` already has interactions on {day}: load into a new tenant, or start later with --from", tenant.id);
    }
    let now = app.clock.now();
    for day in plan.days() {
        let mut ids = EventIds::new(shared::crypto::sha256); // one set a day, because no second belongs to two days
        let events: Result<Vec<Event>, _> = plan.day(day).into_iter().map(|event| event.check(now, &mut ids)).collect();
        let events = events.map_err(|errors| {
            let errors = join(errors.iter().map(|(field, error)| format!("{field}: {error}")));
            anyhow!("{day} cannot be loaded; if it is in the future, start earlier with --from ({errors})")
        })?;
        app.store.events_load(tenant, &events, now).await?;
        bar.inc(plan.interactions_of(day));
    }
    Ok(())
}
