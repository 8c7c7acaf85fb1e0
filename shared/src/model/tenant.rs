//! Tenants: workspaces, with the settings that bound what they may do.

use super::{Invalid, TenantId, UserHash};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A workspace of the platform. Everything else belongs to exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its name, chosen by the operator.
    pub id: TenantId,
    /// Attributes whose comma-separated text is a list (OpenDialog's collections).
    #[serde(default)]
    pub collections: Vec<String>,
    /// What it may do how often and how much at a time.
    #[serde(default)]
    pub limits: Limits,
    /// Days after which interactions are neither returned nor kept; none keeps them.
    #[serde(default)]
    pub retention_days: Option<u32>,
    /// Into how many partitions a day of interactions is spread, and from which day on.
    #[serde(default)]
    pub sharding: Sharding,
    /// The months that have interactions (`2022-09`): no query looks into others.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub active_months: BTreeSet<String>,
}

impl Tenant {
    /// A tenant with the default settings.
    #[must_use]
    pub fn new(id: TenantId) -> Self {
        Self {
            id,
            collections: Vec::new(),
            limits: Limits::default(),
            retention_days: None,
            sharding: Sharding::default(),
            active_months: BTreeSet::new(),
        }
    }
}

impl Tenant {
    /// The first instant that is still kept; what is older is neither returned nor kept.
    #[must_use]
    pub fn kept_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.retention_days.map_or(DateTime::UNIX_EPOCH, |days| now - TimeDelta::days(days.into()))
    }

    /// The name of a day's month among the active ones.
    #[must_use]
    pub fn month(day: NaiveDate) -> String {
        day.format("%Y-%m").to_string()
    }

    /// The days of the active months within a range, in order.
    pub fn active_days(&self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let begin = |month: &String| format!("{month}-01").parse::<NaiveDate>().ok();
        let of_month = |begin: NaiveDate| begin.iter_days().take_while(move |day| day.month() == begin.month());
        let days = self.active_months.iter().filter_map(begin).flat_map(of_month);
        days.filter(move |day| first <= *day && *day <= last)
    }
}

/// The limits of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Users of one request for links (OpenDialog's own limit is 100).
    pub users_per_request: usize,
    /// Requests a minute for each token.
    pub requests_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { users_per_request: 10_000, requests_per_minute: 600 }
    }
}

/// A shard is a range of hashed users, so the order of users is one whatever the number of shards. The number is a
/// power of two and holds from a UTC day on: a day never changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharding(Vec<(NaiveDate, u8)>);

impl Default for Sharding {
    /// Four shards: 4,000 writes a second into one day (DynamoDB takes 1,000 a partition).
    fn default() -> Self {
        Self(vec![(NaiveDate::MIN, 2)])
    }
}

impl Sharding {
    fn bits(&self, day: NaiveDate) -> u8 {
        self.0.iter().rev().find(|(from, _)| *from <= day).map_or(0, |(_, bits)| *bits)
    }

    /// Spreads the days from one on into another number of partitions.
    ///
    /// # Errors
    /// A number that is no power of two up to 128, or a day that an earlier change comes after.
    pub fn change(&mut self, from: NaiveDate, shards: u8) -> Result<(), Invalid> {
        if !shards.is_power_of_two() {
            return Err(Invalid::new("The number of shards must be 1, 2, 4, 8, 16, 32, 64 or 128"));
        }
        if self.0.last().is_some_and(|(last, _)| *last >= from) {
            return Err(Invalid::new("The number of shards changes already on that day or later"));
        }
        self.0.push((from, u8::try_from(shards.trailing_zeros()).unwrap_or(0)));
        Ok(())
    }

    /// The numbers of partitions, each with the first day that has it.
    pub fn changes(&self) -> impl Iterator<Item = (NaiveDate, u8)> {
        self.0.iter().map(|(from, bits)| (*from, 1 << bits))
    }

    /// The shards of a day, in the order of users.
    #[must_use]
    pub fn shards(&self, day: NaiveDate) -> std::ops::Range<u8> {
        0..1 << self.bits(day)
    }

    /// The last place that lies in one shard with another on each of the days.
    #[must_use]
    pub fn end_of_shard(&self, days: &[NaiveDate], place: u128) -> u128 {
        let bits = days.iter().map(|day| self.bits(*day)).max().unwrap_or(0);
        place | u128::MAX.checked_shr(bits.into()).unwrap_or(0)
    }

    /// The shard of a day that holds a user.
    #[must_use]
    pub fn shard(&self, day: NaiveDate, user: &UserHash) -> u8 {
        user.leading_byte().checked_shr(8 - u32::from(self.bits(day))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_range_of_users_and_the_number_of_shards_holds_from_a_day_on() {
        let later = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let before = later.pred_opt().unwrap();
        let mut sharding = Sharding(vec![(NaiveDate::MIN, 0)]);
        sharding.change(later, 4).unwrap();
        assert!(sharding.change(later, 8).is_err() && sharding.change(later.succ_opt().unwrap(), 3).is_err());
        assert_eq!(sharding.changes().collect::<Vec<_>>(), [(NaiveDate::MIN, 1), (later, 4)]);
        assert_eq!((sharding.shards(before), sharding.shards(later)), (0..1, 0..4));
        let shard = |leading: &str, day| sharding.shard(day, &UserHash(format!("{leading}{}", "0".repeat(30))));
        assert_eq!(["00", "3f", "40", "ff"].map(|leading| shard(leading, later)), [0, 0, 1, 3]);
        assert_eq!(shard("ff", before), 0);
    }

    #[test]
    fn only_active_months_have_days_to_look_into() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut tenant = Tenant::new("acme".parse().unwrap());
        assert_eq!(tenant.active_days(NaiveDate::MIN, NaiveDate::MAX).count(), 0);
        tenant.active_months = ["2024-02", "2026-11"].map(str::to_owned).into();
        assert_eq!(tenant.active_days(NaiveDate::MIN, NaiveDate::MAX).count(), 29 + 30);
        let some: Vec<_> = tenant.active_days(day("2024-02-28"), day("2026-11-01")).collect();
        assert_eq!(some, ["2024-02-28", "2024-02-29", "2026-11-01"].map(day));
    }
}
