//! `odx tenant`: workspaces and their settings.

mod settings;

use crate::context::Source;
use crate::output::{Output, join, table};
use anyhow::{Result, anyhow, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use serde::Serialize;
use settings::Settings;
use shared::model::{Tenant, TenantId};
use shared::store::Store;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a tenant
    #[command(after_help = "\
Examples:
  odx tenant create acme
  odx tenant create acme --collection PolicyHolders --retention-days 365")]
    Create {
        /// Name of the tenant: letters, digits, dot, underscore and hyphen
        id: TenantId,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the tenants
    #[command(after_help = "Examples:\n  odx tenant list\n  odx tenant list --json")]
    List,
    /// Change settings of a tenant; settings that are not named keep their values
    #[command(after_help = "\
Examples:
  odx tenant set acme --users-per-request 100 --requests-per-minute 60
  odx tenant set acme --collection PolicyHolders --collection Vehicles
  odx tenant set acme --shards 16 --shards-from 2027-01-01
  odx tenant set acme --keep-forever")]
    Set {
        /// The tenant
        id: TenantId,
        #[command(flatten)]
        settings: Settings,
    },
    /// Show the settings of a tenant
    #[command(after_help = "Examples:\n  odx tenant show acme\n  odx tenant show acme --json")]
    Show {
        /// The tenant
        id: TenantId,
    },
}

/// A tenant as a command prints it.
#[derive(Serialize)]
struct TenantRow {
    id: TenantId,
    collections: Vec<String>,
    users_per_request: usize,
    requests_per_minute: u32,
    tenant_requests_per_minute: u32,
    retention_days: Option<u32>,
    links_days: u32,
    shards: Vec<(Option<NaiveDate>, u8)>,
}

impl From<Tenant> for TenantRow {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id,
            collections: tenant.collections,
            users_per_request: tenant.limits.users_per_request,
            requests_per_minute: tenant.limits.requests_per_minute,
            tenant_requests_per_minute: tenant.limits.tenant_requests_per_minute,
            retention_days: tenant.retention_days,
            links_days: tenant.links_days,
            shards: tenant
                .sharding
                .changes()
                .map(|(from, n)| (Some(from).filter(|from| *from > NaiveDate::MIN), n))
                .collect(),
        }
    }
}

impl TenantRow {
    const HEADER: [&str; 7] =
        ["id", "collections", "users a request", "requests a minute", "kept for days", "links kept for days", "shards"];

    fn row(&self) -> [String; 7] {
        let shards = |(from, shards): &(Option<NaiveDate>, u8)| {
            from.map_or_else(|| shards.to_string(), |from| format!("{shards} from {from}"))
        };
        [
            self.id.to_string(),
            join(&self.collections),
            self.users_per_request.to_string(),
            self.requests_per_minute.to_string(),
            self.retention_days.map_or("forever".to_owned(), |days| days.to_string()),
            self.links_days.to_string(),
            join(self.shards.iter().map(shards)),
        ]
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let app = source.open().await?;
    let (store, today) = (app.store, app.clock.now().date_naive());
    match command {
        Command::Create { id, settings } => {
            let mut tenant = Tenant::new(id);
            settings.apply(&mut tenant, today)?;
            let id = tenant.id.clone();
            if !store.tenant_create(&tenant).await? {
                bail!("the tenant `{id}` already exists: `odx tenant set {id}` changes its settings");
            }
            output.done(&TenantRow::from(tenant), &format!("created tenant `{id}`"))
        }
        Command::List => {
            let tenants: Vec<TenantRow> = store.tenant_list().await?.into_iter().map(TenantRow::from).collect();
            output.list(
                &tenants,
                TenantRow::HEADER,
                TenantRow::row,
                "there are no tenants: `odx tenant create ID` creates one",
            )
        }
        Command::Set { id, settings } => {
            if settings == Settings::default() {
                bail!("there is nothing to change: name a setting (`odx tenant set --help` lists them)");
            }
            let mut tenant = find(&store, &id).await?;
            settings.apply(&mut tenant, today)?;
            store.tenant_update(&tenant).await?;
            output.done(&TenantRow::from(tenant), &format!("changed tenant `{id}`"))
        }
        Command::Show { id } => {
            let tenant = TenantRow::from(find(&store, &id).await?);
            let lines = TenantRow::HEADER.map(str::to_owned).into_iter().zip(tenant.row());
            output.data(&tenant, || table(["setting", "value"], lines.map(|(name, value)| [name, value])))
        }
    }
}

/// A tenant.
///
/// # Errors
/// Returns an error if the tenant does not exist, and [`StoreError`](shared::store::StoreError) if DynamoDB rejects the
/// request.
pub(crate) async fn find(store: &Store, id: &TenantId) -> Result<Tenant> {
    let missing = || anyhow!("there is no tenant `{id}`: `odx tenant list` lists the tenants");
    store.tenant_get(id).await?.ok_or_else(missing)
}
