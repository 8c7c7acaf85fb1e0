//! Events by the thousand into an empty tenant, for benchmarks, tests and demo data. The feature `bulk-load` enables it; no
//! function does.

use crate::model::{Event, Tenant};
use crate::store::client::Store;
use crate::store::dynamo::item::item;
use crate::store::error::StoreError;
use crate::store::interactions::feed;
use crate::store::interactions::items::{InteractionItem, NamedEvent};
use crate::store::interactions::user_days::{UserDayItems, first_of_each_day, ttl};
use crate::store::interactions::write::{key, sort_key};
use chrono::{DateTime, Utc};

/// Events of one entry of the changes feed: an item has at most 400 KB (DynamoDB limit), a sort key at most 200 bytes.
const ANNOUNCED: usize = 1_000;

impl Store {
    /// Stores the items that [`events_write`](Self::events_write) would store, 25 per request and without conditions: it
    /// replaces existing items, reports no duplicates, and ignores erasures. No two events may have one identity, and all
    /// events of a user-day must be in one call, because the header comes from the first of them.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. Some items may be stored then; loading
    /// the same events again stores them all.
    pub async fn events_load(&self, tenant: &Tenant, events: &[Event], now: DateTime<Utc>) -> Result<(), StoreError> {
        let op = "events_load";
        let named: Vec<NamedEvent> =
            events.iter().map(|event| (self.data_key().user_hash(&tenant.id, &event.user_id), event)).collect();
        let days = first_of_each_day(named.iter());
        self.active_days_add(&tenant.id, days.keys().map(|(day, _)| *day)).await?;
        let mut items = Vec::with_capacity(2 * days.len() + events.len());
        for ((day, user_hash), first) in &days {
            let UserDayItems { marker, header, .. } = UserDayItems::of(tenant, *day, user_hash, first)?;
            items.extend([marker, header]);
        }
        for named in named.chunks(ANNOUNCED) {
            let entry = feed::new_entry();
            let sort_keys: Vec<_> = named.iter().map(|(user_hash, event)| sort_key(user_hash, event)).collect();
            self.feed_announce(&tenant.id, &entry, &sort_keys, now).await?;
            for (user_hash, event) in named {
                let expires = ttl(tenant, event.interaction.date.date_naive());
                items.push(item(op, key(tenant, user_hash, event), &InteractionItem::of(event, &entry, expires))?);
            }
        }
        self.batch_put(op, items.into_iter().map(Ok)).await
    }
}
