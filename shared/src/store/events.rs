//! Events on their way in: each a conditional put, and before them what makes them findable.

use super::interaction_items::{HeaderItem, InteractionItem, rank};
use super::item::{Condition, Item, Put, item, number, value};
use super::{Store, StoreError, keys};
use crate::model::{Event, Huser, Tenant, TenantId, time};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Puts under way at once.
const PARALLEL: usize = 32;

/// The verdict on an event that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is stored now.
    Created,
    /// It was stored before, with the same content.
    Duplicate,
    /// Another content is stored under its user, date and id.
    Conflict,
}

/// Where a webchat message was put, so that a retry is the same interaction.
#[derive(Serialize, Deserialize)]
struct Place {
    micros: i64,
    ttl: i64,
}

/// An event with its user as keys name them.
type Named<'a> = (Huser, &'a Event);

impl Store {
    /// Stores events and says of each, in their order, what became of it. The days' headers and markers are written
    /// first, once for each user and day: an event is never stored where erasure or an export would not find it.
    ///
    /// # Errors
    /// The table's; then some events may be stored, and writing them again makes them duplicates, not doubles.
    pub async fn events_write(&self, tenant: &Tenant, events: &[Event]) -> Result<Vec<Written>, StoreError> {
        let named: Vec<Named> =
            events.iter().map(|event| (self.data_key.huser(&tenant.id, &event.user_id), event)).collect();
        let days = first_of_each_day(&named);
        let months: BTreeSet<_> = days.keys().map(|(day, _)| Tenant::month(*day)).collect();
        let new_months: Vec<_> = months.difference(&tenant.active_months).cloned().collect();
        if !new_months.is_empty() {
            self.tenant_extend(&tenant.id, new_months).await?;
        }
        let markers: Vec<_> =
            days.iter().map(|((day, huser), event)| self.user_day_write(tenant, *day, huser, event)).collect();
        stream::iter(markers).buffer_unordered(PARALLEL).try_collect::<()>().await?;
        let puts: Vec<_> = named.iter().map(|(huser, event)| self.event_write(tenant, huser, event)).collect();
        stream::iter(puts).buffered(PARALLEL).try_collect().await
    }

    /// The instant of a webchat message: now for a new one, the instant of the first time for a repeat within a day.
    ///
    /// # Errors
    /// The table's.
    pub async fn message_place(
        &self,
        tenant: &TenantId,
        user: &Huser,
        message_id: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let op = "message_place";
        let place = Place { micros: now.timestamp_micros(), ttl: (now + TimeDelta::days(1)).timestamp() };
        let place = item(op, keys::message(tenant, user, message_id), &place)?;
        match self.put_if(op, place, Condition::absent()).await? {
            Put::Stored => Ok(time::whole_micros(now)),
            Put::Refused(first) => Ok(time::from_micros(value::<Place>(op, first)?.micros)),
        }
    }

    async fn event_write(&self, tenant: &Tenant, huser: &Huser, event: &Event) -> Result<Written, StoreError> {
        let op = "event_write";
        let interaction = &event.interaction;
        let day = interaction.date.date_naive();
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, huser));
        let sk = keys::interaction_sk(huser, interaction.date.timestamp_micros(), &interaction.id);
        let new = InteractionItem::of(interaction, ttl(tenant, day));
        match self.put_if(op, item(op, keys::key(pk, sk), &new)?, Condition::absent()).await? {
            Put::Stored => Ok(Written::Created),
            Put::Refused(old) => {
                let same = value::<InteractionItem>(op, old)?.same_content(&new);
                Ok(if same { Written::Duplicate } else { Written::Conflict })
            }
        }
    }

    /// Marks a user's day: the marker lists the day with the user, the header lists the user with the day and keeps
    /// the snapshot of the earliest event that came.
    async fn user_day_write(
        &self,
        tenant: &Tenant,
        day: NaiveDate,
        huser: &Huser,
        first: &Event,
    ) -> Result<(), StoreError> {
        let op = "user_day_write";
        let expires = ttl(tenant, day);
        let mut marker = keys::key(keys::user_pk(&tenant.id, huser), keys::day_sk(day));
        marker.extend(expires.map(|ttl| (keys::TTL.to_owned(), number(ttl))));
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, huser));
        let header = HeaderItem::of(first, expires);
        let earliest = number(header.first);
        let header = item(op, keys::key(pk, keys::header_sk(huser)), &header)?;
        let condition = Condition {
            expression: "attribute_not_exists(PK) OR #first > :first",
            names: &[("#first", "first")],
            values: Item::from([(":first".to_owned(), earliest)]),
        };
        // A header that is refused stands already, with an earlier event or this one.
        let (marker, header) = tokio::join!(self.put(op, marker), self.put_if(op, header, condition));
        marker.and(header.map(drop))
    }
}

fn first_of_each_day<'a>(named: &[Named<'a>]) -> BTreeMap<(NaiveDate, Huser), &'a Event> {
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
fn ttl(tenant: &Tenant, day: NaiveDate) -> Option<i64> {
    let days = i64::from(tenant.retention_days?) + 1;
    Some((time::start_of(day) + TimeDelta::days(days)).timestamp())
}
