//! Events by the thousand into an empty tenant: benchmarks, tests, a first move.

use super::events::{Named, key, sort_key};
use super::interaction_items::InteractionItem;
use super::item::item;
use super::user_days::{UserDayItems, first_of_each_day, ttl};
use super::{Store, StoreError, feed};
use crate::model::{Event, Tenant};
use chrono::{DateTime, Utc};

/// Events of one entry of the changes feed, which has at most 400 KB (DynamoDB limit); a sort key has at most 200 bytes.
const ANNOUNCED: usize = 1_000;

impl Store {
    /// Stores the items that [`events_write`](Self::events_write) would have stored, 25 a request and without conditions:
    /// what stood under the same keys is gone, nobody is told of duplicates, and an erased user comes back. No two
    /// events may have one identity, and all of a user's day must come in one call, as its header is of the first of them.
    ///
    /// # Errors
    /// The table's; then some of the items may be stored, and loading the same events again stores them all.
    pub async fn events_load(&self, tenant: &Tenant, events: &[Event], now: DateTime<Utc>) -> Result<(), StoreError> {
        let op = "events_load";
        let named: Vec<Named> =
            events.iter().map(|event| (self.data_key().huser(&tenant.id, &event.user_id), event)).collect();
        let days = first_of_each_day(named.iter());
        self.tenant_reach(tenant, days.keys().map(|(day, _)| *day)).await?;
        let mut items = Vec::with_capacity(2 * days.len() + events.len());
        for ((day, huser), first) in &days {
            let UserDayItems { marker, header, .. } = UserDayItems::of(tenant, *day, huser, first)?;
            items.extend([marker, header]);
        }
        for named in named.chunks(ANNOUNCED) {
            let entry = feed::new_entry();
            let sort_keys = named.iter().map(|(huser, event)| sort_key(huser, event)).collect();
            self.feed_announce(&tenant.id, &entry, sort_keys, now).await?;
            for (huser, event) in named {
                let expires = ttl(tenant, event.interaction.date.date_naive());
                items.push(item(op, key(tenant, huser, event), &InteractionItem::of(event, &entry, expires))?);
            }
        }
        self.put_many(op, &items).await
    }
}
