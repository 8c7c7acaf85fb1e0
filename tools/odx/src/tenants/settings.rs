//! The options that change the settings of a tenant.

use anyhow::{Result, bail};
use chrono::{Days, NaiveDate};
use clap::builder::RangedU64ValueParser;
use shared::model::Tenant;

/// The options that change settings. A setting without an option keeps its value.
#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct Settings {
    /// An attribute whose text is a comma-separated list; repeat the option for each such attribute
    #[arg(long = "collection", value_name = "NAME", conflicts_with = "no_collections")]
    collections: Vec<String>,
    /// No attribute is a list
    #[arg(long)]
    no_collections: bool,
    /// Maximum number of users in one request for links
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    users_per_request: Option<usize>,
    /// Maximum number of requests a minute for each token
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: Option<u32>,
    /// Maximum number of requests a minute for all tokens of the tenant together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tenant_requests_per_minute: Option<u32>,
    /// Number of days after which interactions are deleted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500), conflicts_with = "keep_forever")]
    retention_days: Option<u32>,
    /// Never delete interactions because of their age
    #[arg(long)]
    keep_forever: bool,
    /// Number of days that a link is kept after it was made or, if that is later, after its end; for links made from now on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    links_days: Option<u32>,
    /// Number of partitions for the interactions of a day, a power of two; each takes 1,000 writes a second
    #[arg(long, value_name = "N", requires = "shards_from")]
    shards: Option<u8>,
    /// The first day (UTC) with that number of partitions, the day after tomorrow or later: a day never changes its number
    #[arg(long, value_name = "DAY", requires = "shards")]
    shards_from: Option<NaiveDate>,
}

impl Settings {
    /// Applies the options to a tenant.
    ///
    /// # Errors
    /// Returns an error if the number of shards is invalid, or would change on a day that has begun.
    pub(super) fn apply(self, tenant: &mut Tenant, today: NaiveDate) -> Result<()> {
        if let Some((shards, from)) = self.shards.zip(self.shards_from) {
            // Events may be dated five minutes ahead, and a writer may have read the tenant just before midnight.
            if from <= today + Days::new(1) {
                bail!(
                    "--shards-from must be at least two days after {today}: interactions that are stored do not move"
                );
            }
            tenant.sharding.change(from, shards)?;
        }
        if self.no_collections || !self.collections.is_empty() {
            tenant.collections = self.collections;
        }
        let limits = &mut tenant.limits;
        limits.users_per_request = self.users_per_request.unwrap_or(limits.users_per_request);
        limits.requests_per_minute = self.requests_per_minute.unwrap_or(limits.requests_per_minute);
        let of_tenant = self.tenant_requests_per_minute.unwrap_or(limits.tenant_requests_per_minute);
        limits.tenant_requests_per_minute = of_tenant;
        if self.keep_forever || self.retention_days.is_some() {
            tenant.retention_days = self.retention_days;
        }
        tenant.links_days = self.links_days.unwrap_or(tenant.links_days);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_setting_without_an_option_keeps_its_value() {
        let mut tenant = Tenant::new("acme".parse().unwrap());
        let all = Settings {
            collections: vec!["PolicyHolders".into()],
            users_per_request: Some(5),
            requests_per_minute: Some(6),
            retention_days: Some(7),
            links_days: Some(8),
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

    fn change_shards(tenant: &mut Tenant, from: &str, shards: u8) -> Result<()> {
        let settings = Settings { shards: Some(shards), shards_from: from.parse().ok(), ..Settings::default() };
        settings.apply(tenant, "2026-01-01".parse().unwrap())
    }

    #[rstest]
    #[case::on_a_day_that_has_begun("2026-01-01", 8)]
    #[case::tomorrow("2026-01-02", 8)]
    #[case::to_another_number_than_a_power_of_two("2026-01-03", 6)]
    fn shards_cannot_be_changed(#[case] from: &str, #[case] shards: u8) {
        assert!(change_shards(&mut Tenant::new("acme".parse().unwrap()), from, shards).is_err());
    }

    #[test]
    fn a_day_changes_its_number_of_shards_once() {
        let mut tenant = Tenant::new("acme".parse().unwrap());
        assert!(change_shards(&mut tenant, "2026-01-03", 8).is_ok());
        assert!(change_shards(&mut tenant, "2026-01-03", 4).is_err());
    }
}
