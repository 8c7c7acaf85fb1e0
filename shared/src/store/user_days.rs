//! A user's day: the marker lists the day with the user, the header lists the user with the day.

use super::events::Named;
use super::interaction_items::{HeaderItem, rank};
use super::item::{Condition, Item, item, number};
use super::{Store, StoreError, keys};
use crate::model::{Event, Huser, Tenant, time};
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeMap;

/// The two items of a user's day, the marker and the header, and how early its first event is.
pub(super) struct UserDayItems {
    pub(super) marker: Item,
    pub(super) header: Item,
    pub(super) first: i64,
}

impl UserDayItems {
    /// The items of a day whose first event is this one.
    pub(super) fn of(tenant: &Tenant, day: NaiveDate, huser: &Huser, first: &Event) -> Result<Self, StoreError> {
        let expires = ttl(tenant, day);
        let mut marker = keys::key(keys::user_pk(&tenant.id, huser), keys::day_sk(day));
        marker.extend(expires.map(|ttl| (keys::TTL.to_owned(), number(ttl))));
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, huser));
        let header = HeaderItem::of(first, expires);
        let rank = header.first;
        Ok(Self { marker, header: item("user_day", keys::key(pk, keys::header_sk(huser)), &header)?, first: rank })
    }
}

impl Store {
    /// Marks a user's day. The header keeps the snapshot of the earliest event that came.
    pub(super) async fn user_day_write(
        &self,
        tenant: &Tenant,
        day: NaiveDate,
        huser: &Huser,
        first: &Event,
    ) -> Result<(), StoreError> {
        let op = "user_day_write";
        let UserDayItems { marker, header, first } = UserDayItems::of(tenant, day, huser, first)?;
        let condition = Condition {
            expression: "attribute_not_exists(PK) OR #first > :first",
            names: &[("#first", "first")],
            values: Item::from([(":first".to_owned(), number(first))]),
        };
        // A header that is refused stands already, with an earlier event or this one.
        let (marker, header) = tokio::join!(self.put(op, marker), self.put_if(op, header, condition));
        marker.and(header.map(drop))
    }
}

/// The days of events, each with the user's first of it.
pub(super) fn first_of_each_day<'a, 'n>(
    named: impl Iterator<Item = &'n Named<'a>>,
) -> BTreeMap<(NaiveDate, Huser), &'a Event>
where
    'a: 'n,
{
    let mut days: BTreeMap<(NaiveDate, Huser), &Event> = BTreeMap::new();
    for (huser, event) in named {
        let first = days.entry((event.interaction.date.date_naive(), huser.clone())).or_insert(event);
        if rank(event) < rank(first) {
            *first = event;
        }
    }
    days
}

/// When an item of a day is no longer kept, in seconds: the day's end and the tenant's retention.
pub(super) fn ttl(tenant: &Tenant, day: NaiveDate) -> Option<i64> {
    let days = i64::from(tenant.retention_days?) + 1;
    Some((time::start_of(day) + TimeDelta::days(days)).timestamp())
}
