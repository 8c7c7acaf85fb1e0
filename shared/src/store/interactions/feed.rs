//! The changes feed: what was written, in the order it was announced.
//!
//! A request to store events first writes one entry that points to all of them, then the events, each with the entry's
//! name. A reader takes entries that are older than [`SETTLE_TIME`], when every request of theirs is over, and tells of an event
//! only where the event names the entry: so nothing is skipped and nothing comes twice, without a second write for each.

use crate::model::{Tenant, TenantId, UserId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, string, value};
use crate::store::error::StoreError;
use crate::store::interactions::feed_entry::{FeedCursor, FeedEntry};
use crate::store::interactions::items::StoredInteraction;
use crate::store::keys;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// No write outlives its request by more: 20 s until the last put begins, 10 s for it, 5 s between two clocks, and as
/// much again.
pub const SETTLE_TIME: TimeDelta = TimeDelta::seconds(60);
/// How long changes are kept.
pub const RETENTION: TimeDelta = TimeDelta::days(35);
/// Partitions of a day: 4,000 write units a second (DynamoDB takes 1,000 a partition).
const SHARDS: u8 = 4;
/// Entries read at a time from each.
const ENTRIES: i32 = 64;

/// An entry: pointers to events, or an erasure.
#[derive(Serialize, Deserialize)]
struct EntryItem {
    /// Sort keys of interactions; their days and users follow from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<UserId>,
    ttl: i64,
}

/// A name for a new entry.
pub(in crate::store) fn new_entry() -> String {
    format!("{:016x}", u64::from_be_bytes(crate::crypto::random()))
}

impl Store {
    /// Announces events that are going to be stored.
    pub(in crate::store) async fn feed_announce(
        &self,
        tenant: &TenantId,
        entry: &str,
        events: Vec<String>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.feed_put(tenant, entry, EntryItem { events, erased: None, ttl: kept_until(now) }, now).await
    }

    /// Announces that a user is going to be erased.
    pub(in crate::store) async fn feed_erased(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let entry = EntryItem { events: Vec::new(), erased: Some(user.clone()), ttl: kept_until(now) };
        self.feed_put(tenant, &new_entry(), entry, now).await
    }

    async fn feed_put(
        &self,
        tenant: &TenantId,
        name: &str,
        entry: EntryItem,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let op = "feed_put";
        let shard = name.as_bytes().last().map_or(0, |byte| byte % SHARDS);
        let key =
            keys::key(keys::feed_pk(tenant, now.date_naive(), shard), keys::feed_sk(now.timestamp_micros(), name));
        self.put(op, item(op, key, &entry)?).await
    }

    /// Some entries of a day after a place and before an instant, in their order; and whether those were all.
    ///
    /// # Errors
    /// The table's.
    pub async fn feed_entries(
        &self,
        tenant: &TenantId,
        day: NaiveDate,
        after: &FeedCursor,
        before: DateTime<Utc>,
    ) -> Result<(Vec<FeedEntry>, bool), StoreError> {
        let place = keys::feed_sk(after.at, &after.entry);
        let first = if after.done.is_some() { place } else { format!("{place}\0") };
        let last = keys::feed_sk(before.timestamp_micros(), "");
        if first >= last {
            return Ok((Vec::new(), true));
        }
        let shards = (0..SHARDS).map(|shard| self.feed_shard(keys::feed_pk(tenant, day, shard), &first, &last));
        let (mut entries, mut read_to) = (Vec::new(), None);
        for (found, last_read) in futures_util::future::try_join_all(shards).await? {
            read_to = read_to.into_iter().chain(last_read).min();
            entries.extend(found);
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        // Where one partition was read only so far, another's later entries have to wait.
        if let Some(read_to) = &read_to {
            entries.retain(|(sk, _)| sk <= read_to);
        }
        Ok((entries.into_iter().map(|(_, entry)| entry).collect(), read_to.is_none()))
    }

    /// Some entries of a partition with their sort keys, and the sort key up to which it was read, if that was not all.
    async fn feed_shard(
        &self,
        pk: String,
        first: &str,
        last: &str,
    ) -> Result<(Vec<(String, FeedEntry)>, Option<String>), StoreError> {
        let op = "feed_entries";
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
            .expression_attribute_values(":pk", string(pk))
            .expression_attribute_values(":first", string(first))
            .expression_attribute_values(":last", string(last))
            .consistent_read(true)
            .limit(ENTRIES);
        let answer = request.send().await.map_err(StoreError::of(op))?;
        let sorted = |item: Item| Ok((keys::text(&item, keys::SK).to_owned(), read(op, item)?));
        let entries = answer.items.unwrap_or_default().into_iter().map(sorted);
        let last_read = answer.last_evaluated_key.map(|key| keys::text(&key, keys::SK).to_owned());
        Ok((entries.collect::<Result<_, StoreError>>()?, last_read))
    }

    /// Of the events that an entry points to, from one pointer up to another, those that are its own, each with its
    /// pointer.
    ///
    /// # Errors
    /// The table's.
    pub async fn feed_events(
        &self,
        tenant: &Tenant,
        entry: &FeedEntry,
        pointers: std::ops::Range<usize>,
    ) -> Result<Vec<(usize, StoredInteraction)>, StoreError> {
        let op = "feed_events";
        let place = |pointer: usize| {
            let sk = entry.events.get(pointer)?;
            let (_, user_hash, micros, _) = keys::read_interaction_sk(sk)?;
            let day = time::from_micros(micros).date_naive();
            Some((pointer, (keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, &user_hash)), sk.clone())))
        };
        let wanted: Vec<_> = pointers.filter_map(place).collect();
        let keys = wanted.iter().map(|(_, (pk, sk))| keys::key(pk.clone(), sk)).collect();
        let mut found = self.batch_get(op, keys).await?;
        let found = wanted.iter().filter_map(|(pointer, place)| Some((*pointer, found.remove(place)?)));
        let read =
            found.map(|(pointer, item)| StoredInteraction::read(op, item).map(|(said, feed)| (pointer, said, feed)));
        let own = read.filter(|read| read.as_ref().map_or(true, |(.., feed)| *feed == entry.name));
        own.map(|read| read.map(|(pointer, said, _)| (pointer, said))).collect()
    }
}

fn kept_until(now: DateTime<Utc>) -> i64 {
    (now + RETENTION).timestamp()
}

fn read(op: &'static str, item: Item) -> Result<FeedEntry, StoreError> {
    let (at, name) = keys::text(&item, keys::SK).split_once('#').ok_or_else(|| StoreError::key(op))?;
    let (at, name) = (at.parse().map_err(|_| StoreError::key(op))?, name.to_owned());
    let EntryItem { events, erased, .. } = value(op, item)?;
    Ok(FeedEntry { at, name, events, erased })
}
