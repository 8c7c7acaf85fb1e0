//! `odx sync`: OpenDialog workspaces whose conversations are copied into tenants.

use crate::context::Source;
use crate::output::Output;
use crate::tenants;
use anyhow::{Context as _, Result, anyhow, bail};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Serialize;
use shared::app::App;
use shared::config;
use shared::model::{SyncSource, TenantId, parse_date, sync_address, time};
use std::io::{self, IsTerminal as _, Read as _};
use std::process::ExitCode;
use std::time::Duration;
use sync::{SourceReport, Sync};
use tokio::time::Instant;
use url::Url;

/// The variable with the token of a workspace.
const TOKEN: &str = "OPENDIALOG_TOKEN";
/// A run by hand ends when everything is copied. A year of conversations may take hours.
const LONGEST_RUN: Duration = Duration::from_hours(24);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Register the OpenDialog workspace of a tenant, or a new token for it
    ///
    /// The token comes from the variable `OPENDIALOG_TOKEN` or from stdin. It is on the page "Identity & Security" of the
    /// workspace. One request checks it, then it is stored encrypted under the data key; no command shows it again.
    #[command(after_help = "\
Examples:
  odx sync register --tenant acme https://acme.cloud.opendialog.ai < token.txt
  odx sync register --tenant acme https://acme.cloud.opendialog.ai --since 2026-01-01 < token.txt

A workspace that is registered again goes on where it was, unless --since says otherwise.")]
    Register {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The address of the workspace
        #[arg(value_parser = sync_address)]
        address: Url,
        /// Copy what was said from this date on; from now on if not given
        #[arg(long, value_name = "DATE", value_parser = date)]
        since: Option<DateTime<Utc>>,
    },
    /// List the workspaces, how far they are copied, and why the last run failed
    #[command(after_help = "Examples:\n  odx sync list\n  odx sync list --json")]
    List,
    /// Copy once, now: what the schedule does every few minutes
    #[command(after_help = "\
Examples:
  odx sync once
  odx sync once --tenant acme --json

Exit code 1 if a workspace failed; the others are copied all the same.")]
    Once {
        /// Only the workspace of this tenant
        #[arg(long)]
        tenant: Option<TenantId>,
    },
    /// Forget the workspace of a tenant and its token; what was copied stays
    #[command(after_help = "Example:\n  odx sync remove --tenant acme")]
    Remove {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
    },
}

/// A source as a command prints it, without its token.
#[derive(Serialize)]
struct SourceRow {
    tenant: TenantId,
    address: Url,
    synced_until: String,
    last_run_at: Option<String>,
    refused: u64,
    last_error: Option<String>,
}

impl From<SyncSource> for SourceRow {
    fn from(source: SyncSource) -> Self {
        Self {
            tenant: source.tenant,
            address: source.address,
            synced_until: time::format(source.synced_until),
            last_run_at: source.last_run_at.map(time::format),
            refused: source.refused,
            last_error: source.last_error,
        }
    }
}

impl SourceRow {
    const HEADER: [&str; 6] = ["tenant", "address", "copied until", "last run", "left out", "last error"];

    fn row(&self) -> [String; 6] {
        [
            self.tenant.to_string(),
            self.address.to_string(),
            self.synced_until.clone(),
            self.last_run_at.clone().unwrap_or_default(),
            self.refused.to_string(),
            self.last_error.clone().unwrap_or_default(),
        ]
    }
}

fn date(text: &str) -> Result<DateTime<Utc>> {
    let (at, _) = parse_date(text).map_err(|invalid| anyhow!("{invalid}"))?;
    Ok(at)
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<ExitCode> {
    let app = source.open().await?;
    match command {
        Command::Register { tenant, address, since } => register(&app, tenant, address, since, output).await?,
        Command::List => {
            let sources: Vec<_> = app.store.sync_source_list().await?.into_iter().map(SourceRow::from).collect();
            let empty = "there are no workspaces: `odx sync register` adds one";
            output.list(&sources, SourceRow::HEADER, SourceRow::row, empty)?;
        }
        Command::Once { tenant } => return once(&app, tenant.as_ref(), output).await,
        Command::Remove { tenant } => {
            if !app.store.sync_source_remove(&tenant).await? {
                bail!("the tenant `{tenant}` has no workspace: `odx sync list` lists them");
            }
            output.done(&serde_json::json!({"tenant": tenant}), &format!("removed the workspace of `{tenant}`"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn register(
    app: &App,
    tenant: TenantId,
    address: Url,
    since: Option<DateTime<Utc>>,
    output: Output,
) -> Result<()> {
    tenants::find(&app.store, &tenant).await?;
    let (now, token) = (app.clock.now(), token()?);
    let before = app.store.sync_source_get(&tenant).await?;
    let since = since.or(before.map(|before| before.synced_until)).unwrap_or(now);
    if since > now {
        bail!("--since must not be later than now");
    }
    let sealed = app.store.sync_token_seal(&tenant, &token);
    let source = SyncSource::new(tenant, address, sealed, since, now);
    Sync::new(app.clone())?.check(&source).await?;
    app.store.sync_source_put(&source).await?;
    let message = format!("registered the workspace of `{}`: `odx sync once` copies it", source.tenant);
    output.done(&SourceRow::from(source), &message)
}

/// The token of a workspace, from the environment or from stdin.
fn token() -> Result<String> {
    let given = match config::variable(TOKEN).filter(|token| !token.is_empty()) {
        Some(token) => token,
        None if io::stdin().is_terminal() => bail!("the token of the workspace is missing: set {TOKEN}, or pipe it in"),
        None => {
            let mut token = String::new();
            io::stdin().read_to_string(&mut token).context("the token cannot be read")?;
            token
        }
    };
    let token = given.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        bail!("the token has characters that no token has: copy it again");
    }
    Ok(token.to_owned())
}

async fn once(app: &App, tenant: Option<&TenantId>, output: Output) -> Result<ExitCode> {
    let report = Sync::new(app.clone())?.run(tenant, Instant::now() + LONGEST_RUN).await?;
    if let (Some(tenant), true) = (tenant, report.sources.is_empty()) {
        bail!("the tenant `{tenant}` has no workspace: `odx sync register` adds one");
    }
    let header = ["tenant", "created", "known before", "left out", "conversed", "copied until", "error"];
    let empty = "there are no workspaces: `odx sync register` adds one";
    output.list(&report.sources, header, row, empty)?;
    Ok(if report.failed().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(source: &SourceReport) -> [String; 7] {
    [
        source.tenant.to_string(),
        source.created.to_string(),
        source.duplicate.to_string(),
        (source.refused + source.erased).to_string(),
        source.conversed.to_string(),
        time::format(source.synced_until),
        source.error.clone().unwrap_or_default(),
    ]
}
