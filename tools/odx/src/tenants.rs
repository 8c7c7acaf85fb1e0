//! `odx tenant`: workspaces and their settings.

use crate::connect::Source;
use crate::output::{Output, join, table};
use anyhow::{Result, anyhow, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use clap::builder::RangedU64ValueParser;
use serde::Serialize;
use shared::model::{Tenant, TenantId};
use shared::store::Store;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a tenant
    #[command(after_help = "\
Examples:
  odx tenant create acme
  odx tenant create acme --collection PolicyHolders --retention-days 365")]
    Create {
        /// Its name: letters, digits, dot, underscore and hyphen
        id: TenantId,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the tenants
    #[command(after_help = "Example:\n  odx tenant list --json")]
    List,
    /// Change settings of a tenant; what is not named stays
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
    /// Show a tenant
    #[command(after_help = "Example:\n  odx tenant show acme")]
    Show {
        /// The tenant
        id: TenantId,
    },
}

/// What is set; nothing else changes.
#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct Settings {
    /// An attribute whose comma-separated text is a list; repeat it to name them all
    #[arg(long = "collection", value_name = "NAME", conflicts_with = "no_collections")]
    collections: Vec<String>,
    /// No attribute is a list
    #[arg(long)]
    no_collections: bool,
    /// The most users of one request for links
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    users_per_request: Option<usize>,
    /// Requests a minute for each token
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: Option<u32>,
    /// Days after which interactions are neither returned nor kept
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500), conflicts_with = "keep_forever")]
    retention_days: Option<u32>,
    /// Keep interactions without an end
    #[arg(long)]
    keep_forever: bool,
    /// Into how many partitions a day of interactions is spread: a power of two, each takes 1,000 writes a second
    #[arg(long, value_name = "N", requires = "shards_from")]
    shards: Option<u8>,
    /// The first day that is spread so: a later one than today, in UTC, as a day never changes it
    #[arg(long, value_name = "DAY", requires = "shards")]
    shards_from: Option<NaiveDate>,
}

impl Settings {
    fn apply(self, tenant: &mut Tenant, today: NaiveDate) -> Result<()> {
        if let Some((shards, from)) = self.shards.zip(self.shards_from) {
            if from <= today {
                bail!("--shards-from must be a day after {today}: what was written stays where it is");
            }
            tenant.sharding.change(from, shards)?;
        }
        if self.no_collections || !self.collections.is_empty() {
            tenant.collections = self.collections;
        }
        let limits = &mut tenant.limits;
        limits.users_per_request = self.users_per_request.unwrap_or(limits.users_per_request);
        limits.requests_per_minute = self.requests_per_minute.unwrap_or(limits.requests_per_minute);
        if self.keep_forever || self.retention_days.is_some() {
            tenant.retention_days = self.retention_days;
        }
        Ok(())
    }
}

/// A tenant as it is printed.
#[derive(Serialize)]
struct Shown {
    id: TenantId,
    collections: Vec<String>,
    users_per_request: usize,
    requests_per_minute: u32,
    retention_days: Option<u32>,
    shards: Vec<(Option<NaiveDate>, u8)>,
    first_month: Option<String>,
}

impl From<Tenant> for Shown {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id,
            collections: tenant.collections,
            users_per_request: tenant.limits.users_per_request,
            requests_per_minute: tenant.limits.requests_per_minute,
            retention_days: tenant.retention_days,
            shards: tenant
                .sharding
                .changes()
                .map(|(from, n)| (Some(from).filter(|from| *from > NaiveDate::MIN), n))
                .collect(),
            first_month: tenant.active_months.first().map(ToString::to_string),
        }
    }
}

impl Shown {
    const HEADER: [&str; 7] =
        ["id", "collections", "users a request", "requests a minute", "kept for days", "shards", "first month"];

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
            join(self.shards.iter().map(shards)),
            self.first_month.clone().unwrap_or_default(),
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
                bail!("there is a tenant `{id}` already: `odx tenant set {id}` changes its settings");
            }
            output.done(&Shown::from(tenant), &format!("made tenant `{id}`"))
        }
        Command::List => {
            let tenants: Vec<Shown> = store.tenant_list().await?.into_iter().map(Shown::from).collect();
            output.list(
                &tenants,
                Shown::HEADER,
                Shown::row,
                "there are no tenants: `odx tenant create ID` makes the first",
            )
        }
        Command::Set { id, settings } => {
            if settings == Settings::default() {
                bail!("nothing to change: name a setting (`odx tenant set --help` lists them)");
            }
            let mut tenant = find(&store, &id).await?;
            settings.apply(&mut tenant, today)?;
            store.tenant_update(&tenant).await?;
            output.done(&Shown::from(tenant), &format!("changed tenant `{id}`"))
        }
        Command::Show { id } => {
            let tenant = Shown::from(find(&store, &id).await?);
            let lines = Shown::HEADER.map(str::to_owned).into_iter().zip(tenant.row());
            output.data(&tenant, || table(["setting", "value"], lines.map(|(name, value)| [name, value])))
        }
    }
}

/// A tenant that must exist.
pub(crate) async fn find(store: &Store, id: &TenantId) -> Result<Tenant> {
    let missing = || anyhow!("there is no tenant `{id}`: `odx tenant list` shows them");
    store.tenant_get(id).await?.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let mut tenant = Tenant::new("acme".parse().unwrap());
        let all = Settings {
            collections: vec!["PolicyHolders".into()],
            users_per_request: Some(5),
            requests_per_minute: Some(6),
            retention_days: Some(7),
            ..Settings::default()
        };
        let today = "2026-01-01".parse().unwrap();
        all.apply(&mut tenant, today).unwrap();
        let before = tenant.clone();
        Settings::default().apply(&mut tenant, today).unwrap();
        assert_eq!(tenant, before);
        Settings { no_collections: true, keep_forever: true, ..Settings::default() }.apply(&mut tenant, today).unwrap();
        assert_eq!(tenant, Tenant { collections: vec![], retention_days: None, ..before });
    }

    #[test]
    fn a_day_that_has_begun_keeps_its_number_of_shards() {
        let mut tenant = Tenant::new("acme".parse().unwrap());
        let today = "2026-01-01".parse().unwrap();
        let mut from = |day: &str, shards| {
            let settings = Settings { shards: Some(shards), shards_from: day.parse().ok(), ..Settings::default() };
            settings.apply(&mut tenant, today).is_ok()
        };
        assert!(!from("2026-01-01", 8) && !from("2026-01-02", 6) && from("2026-01-02", 8) && !from("2026-01-02", 4));
    }
}
