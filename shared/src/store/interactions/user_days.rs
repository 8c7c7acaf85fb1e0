//! The two items of a user-day: the marker lists the day with the user, the header lists the user with the day.

use crate::model::{Event, Tenant, UserHash, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, item, number};
use crate::store::error::StoreError;
use crate::store::interactions::items::{HeaderItem, NamedEvent, rank};
use crate::store::keys;
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeMap;

/// The marker and the header of a user-day, and the [`rank`] of its first event.
pub(in crate::store) struct UserDayItems {
    pub(in crate::store) marker: Item,
    pub(in crate::store) header: Item,
    pub(in crate::store) first: i64,
}

impl UserDayItems {
    /// The items of a user-day whose first event is `first`.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the header has no form as an item.
    pub(in crate::store) fn of(
        tenant: &Tenant,
        day: NaiveDate,
        user_hash: &UserHash,
        first: &Event,
    ) -> Result<Self, StoreError> {
        let expires = ttl(tenant, day);
        let mut marker = keys::key(keys::user_pk(&tenant.id, user_hash), keys::day_sk(day));
        marker.extend(expires.map(|ttl| (keys::TTL.to_owned(), number(ttl))));
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user_hash));
        let header = HeaderItem::of(first, expires);
        let rank = header.first;
        Ok(Self { marker, header: item("user_day", keys::key(pk, keys::header_sk(user_hash)), &header)?, first: rank })
    }
}

impl Store {
    /// Stores the marker and the header of a user-day. The header keeps the snapshot of the earliest event stored.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn user_day_write(
        &self,
        tenant: &Tenant,
        day: NaiveDate,
        user_hash: &UserHash,
        first: &Event,
    ) -> Result<(), StoreError> {
        let op = "user_day_write";
        let UserDayItems { marker, header, first } = UserDayItems::of(tenant, day, user_hash, first)?;
        let condition = Condition {
            expression: "attribute_not_exists(PK) OR #first > :first",
            names: &[("#first", "first")],
            values: Item::from([(":first".to_owned(), number(first))]),
        };
        // A refused header exists already, with the snapshot of an earlier event or of this one.
        let (marker, header) = tokio::join!(self.put(op, marker), self.put_if(op, header, condition));
        marker.and(header.map(drop))
    }
}

/// The user-days of events, each with its first event.
pub(in crate::store) fn first_of_each_day<'a, 'n>(
    named: impl Iterator<Item = &'n NamedEvent<'a>>,
) -> BTreeMap<(NaiveDate, UserHash), &'a Event>
where
    'a: 'n,
{
    let mut days: BTreeMap<(NaiveDate, UserHash), &Event> = BTreeMap::new();
    for (user_hash, event) in named {
        let first = days.entry((event.interaction.date.date_naive(), user_hash.clone())).or_insert(event);
        if rank(event) < rank(first) {
            *first = event;
        }
    }
    days
}

/// When the items of a day expire, in seconds since 1970: the tenant's retention after the day's end. `None` if they never do.
pub(in crate::store) fn ttl(tenant: &Tenant, day: NaiveDate) -> Option<i64> {
    let days = i64::from(tenant.retention_days?) + 1;
    Some((time::start_of(day) + TimeDelta::days(days)).timestamp())
}
