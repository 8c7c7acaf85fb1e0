//! Tenants: workspaces, with the settings that bound what they may do.

use crate::model::invalid::Invalid;
use crate::model::name::TenantId;
use crate::model::time;
use crate::model::user::UserHash;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A workspace of the platform. Everything else belongs to exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The name, chosen by the operator.
    pub id: TenantId,
    /// Names of the attributes whose comma-separated text is a list (OpenDialog's collections).
    #[serde(default)]
    pub collections: Vec<String>,
    /// Limits on requests.
    #[serde(default)]
    pub limits: Limits,
    /// Number of days after which interactions are neither returned nor kept; `None` keeps them for ever.
    #[serde(default)]
    pub retention_days: Option<u32>,
    /// Number of days that a link is kept after it was made or, if that is later, after its first end.
    #[serde(default = "links_days")]
    pub links_days: u32,
    /// Number of partitions that each day of interactions is spread over.
    #[serde(default)]
    pub sharding: Sharding,
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
            links_days: links_days(),
            sharding: Sharding::default(),
        }
    }

    /// The first instant that is still kept; older interactions are neither returned nor kept.
    #[must_use]
    pub fn kept_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.retention_days.map_or(DateTime::UNIX_EPOCH, |days| now - TimeDelta::days(days.into()))
    }

    /// Until when a link is kept that is made at `made_at` and ends at `expires_at`: a whole second (TTL of DynamoDB), at the
    /// latest in the year 9999.
    #[must_use]
    pub fn link_kept_until(&self, made_at: DateTime<Utc>, expires_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let from = expires_at.map_or(made_at, |end| end.max(made_at));
        let until = from.timestamp() + 1 + i64::from(self.links_days) * SECONDS_A_DAY;
        time::from_seconds(until.min(LAST_SECOND))
    }
}

const SECONDS_A_DAY: i64 = 86_400;
/// The last second of the year 9999: RFC 3339 has no later years.
const LAST_SECOND: i64 = 253_402_300_799;

/// The default for links: thirteen months, so that last year's campaign can be compared with this year's.
fn links_days() -> u32 {
    400
}

/// The limits of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Maximum number of users in one request for links (OpenDialog's own limit is 100).
    pub users_per_request: usize,
    /// Requests per minute and token.
    pub requests_per_minute: u32,
    /// Requests per minute of all tokens together.
    #[serde(default = "tenant_requests_per_minute")]
    pub tenant_requests_per_minute: u32,
}

/// The default for all tokens together: ten busy integrations. It is a tenth of what one item of the table can count.
fn tenant_requests_per_minute() -> u32 {
    6_000
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            users_per_request: 10_000,
            requests_per_minute: 600,
            tenant_requests_per_minute: tenant_requests_per_minute(),
        }
    }
}

/// The number of shards of each day of interactions.
///
/// A shard is a range of user hashes, so the order of users does not depend on the number of shards. The number is a
/// power of two up to 128 and is valid from a UTC day on; it never changes for a day that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(NaiveDate, u8)>")]
pub struct Sharding(
    /// First days in ascending order, each with the base-2 logarithm of the number of shards.
    Vec<(NaiveDate, u8)>,
);

/// 128 shards.
const MAX_BITS: u8 = 7;

impl TryFrom<Vec<(NaiveDate, u8)>> for Sharding {
    type Error = Invalid;
    fn try_from(changes: Vec<(NaiveDate, u8)>) -> Result<Self, Invalid> {
        let in_order = changes.is_sorted_by(|(day, _), (next, _)| day < next);
        if in_order && changes.iter().all(|(_, bits)| *bits <= MAX_BITS) {
            Ok(Self(changes))
        } else {
            Err(Invalid::new("must be days in ascending order, each with a number of bits up to 7"))
        }
    }
}

impl Default for Sharding {
    /// Four shards: 4,000 writes per second into one day (DynamoDB accepts 1,000 per partition).
    fn default() -> Self {
        Self(vec![(NaiveDate::MIN, 2)])
    }
}

impl Sharding {
    fn bits(&self, day: NaiveDate) -> u8 {
        self.0.iter().rev().find(|(from, _)| *from <= day).map_or(0, |(_, bits)| *bits)
    }

    /// Changes the number of shards from a day on.
    ///
    /// # Errors
    /// Returns [`Invalid`] if `shards` is not a power of two up to 128, or if an earlier change begins on that day or
    /// later.
    pub fn change(&mut self, from: NaiveDate, shards: u8) -> Result<(), Invalid> {
        let bits = (0..=MAX_BITS).find(|bits| 1 << bits == shards);
        let bits = bits.ok_or(Invalid::new("The number of shards must be 1, 2, 4, 8, 16, 32, 64 or 128"))?;
        if self.0.last().is_some_and(|(last, _)| *last >= from) {
            return Err(Invalid::new("The number of shards changes already on that day or later"));
        }
        self.0.push((from, bits));
        Ok(())
    }

    /// The numbers of shards, each with the first day that has it.
    pub fn changes(&self) -> impl Iterator<Item = (NaiveDate, u8)> {
        self.0.iter().map(|(from, bits)| (*from, 1 << bits))
    }

    /// The shards of a day, in the order of users.
    #[must_use]
    pub fn shards(&self, day: NaiveDate) -> std::ops::Range<u8> {
        0..1 << self.bits(day)
    }

    /// The last user hash, as a number, that is in the same shard as `hash` on each of the days.
    #[must_use]
    pub fn end_of_shard(&self, days: &[NaiveDate], hash: u128) -> u128 {
        let bits = days.iter().map(|day| self.bits(*day)).max().unwrap_or(0);
        hash | (u128::MAX >> bits)
    }

    /// The shard of a day that holds a user: the leading bits of the user's hash.
    #[must_use]
    pub fn shard(&self, day: NaiveDate, user: &UserHash) -> u8 {
        let [leading_byte, ..] = user.as_u128().to_be_bytes();
        // A shift by all eight bits, for a day with one shard, is `None`.
        leading_byte.checked_shr(u8::BITS - u32::from(self.bits(day))).unwrap_or(0)
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
        let shard = |leading: &str, day| sharding.shard(day, &format!("{leading}{}", "0".repeat(30)).parse().unwrap());
        assert_eq!(["00", "3f", "40", "ff"].map(|leading| shard(leading, later)), [0, 0, 1, 3]);
        assert_eq!(shard("ff", before), 0);
    }

    #[test]
    fn a_link_is_kept_for_a_number_of_days_after_the_later_of_its_making_and_its_end() {
        let tenant = Tenant { links_days: 30, ..Tenant::new("acme".parse().unwrap()) };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let kept = |end: Option<&str>| tenant.link_kept_until(at("2026-01-01T00:00:00.5Z"), end.map(at));
        assert_eq!(kept(None), at("2026-01-31T00:00:01Z"));
        assert_eq!(kept(Some("2026-03-01T00:00:00Z")), at("2026-03-31T00:00:01Z"));
        assert_eq!(kept(Some("2025-12-01T00:00:00Z")), at("2026-01-31T00:00:01Z"));
        assert_eq!(kept(Some("9999-12-31T23:00:00Z")), at("9999-12-31T23:59:59Z"));
    }

    #[test]
    fn a_stored_sharding_with_too_many_shards_or_days_out_of_order_is_refused() {
        let read = |json: &str| serde_json::from_str::<Sharding>(json).ok();
        let good = r#"[["2024-01-01",2],["2025-01-01",7]]"#;
        assert_eq!(serde_json::to_string(&read(good).unwrap()).unwrap(), good);
        assert_eq!(read(r#"[["2024-01-01",8]]"#), None);
        assert_eq!(read(r#"[["2025-01-01",2],["2024-01-01",2]]"#), None);
        assert_eq!(read(r#"[["2025-01-01",2],["2025-01-01",3]]"#), None);
    }

    #[test]
    fn a_shard_ends_where_the_next_begins() {
        let day = NaiveDate::default();
        for bits in 0..=7_u8 {
            let sharding = Sharding(vec![(NaiveDate::MIN, bits)]);
            let end = sharding.end_of_shard(&[day], 0);
            assert_eq!(sharding.shard(day, &UserHash::from_u128(end)), 0);
            assert_eq!(
                end.checked_add(1).map(|next| sharding.shard(day, &UserHash::from_u128(next))),
                (bits > 0).then_some(1)
            );
        }
    }
}
