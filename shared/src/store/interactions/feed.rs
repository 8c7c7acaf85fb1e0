//! The changes feed: events in the order in which they were announced.
//!
//! A request to store events first writes one entry with the sort keys of all of them, then the events, each with the
//! entry's name. A reader takes entries older than [`SETTLE_TIME`], when their requests are over, and reports an event only
//! if it names the entry. So no event is skipped and none is reported twice, without a second write for each.

use crate::model::{Tenant, TenantId, UserId, time};
use crate::store::client::Store;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::interactions::feed_entry::{FeedCursor, FeedEntry};
use crate::store::interactions::feed_pointers::{compress, decompress};
use crate::store::interactions::items::StoredInteraction;
use crate::store::keys;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The age at which a reader takes an entry. A write ends at most 35 s after its request began: the last put begins within
/// 20 s, takes 10 s, and two clocks differ by 5 s. The rest is reserve.
pub const SETTLE_TIME: TimeDelta = TimeDelta::seconds(60);
/// How long changes are kept.
pub const RETENTION: TimeDelta = TimeDelta::days(35);
/// Partitions of a day: 4,000 write units per second (DynamoDB takes 1,000 per partition).
const SHARDS: u8 = 4;
/// Entries of one page of a partition.
const ENTRIES: i32 = 64;

/// The attribute with the sort keys of an entry's interactions, compressed. They hold the user and the time, and so give the
/// partition.
const EVENTS: &str = "events";

/// An entry as stored, but for its [`EVENTS`]. An erasure has none.
#[derive(Serialize, Deserialize)]
struct EntryItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<UserId>,
    ttl: i64,
}

/// A name for a new entry.
pub(in crate::store) fn new_entry() -> String {
    format!("{:016x}", u64::from_be_bytes(crate::crypto::random()))
}

impl Store {
    /// Announces events that are about to be stored.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn feed_announce(
        &self,
        tenant: &TenantId,
        entry: &str,
        events: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let events = AttributeValue::B(Blob::new(compress(events)));
        let events = (EVENTS.to_owned(), events);
        self.feed_put(tenant, entry, EntryItem { erased: None, ttl: kept_until(now) }, Some(events), now).await
    }

    /// Announces that a user is about to be erased.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn feed_erased(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let entry = EntryItem { erased: Some(user.clone()), ttl: kept_until(now) };
        self.feed_put(tenant, &new_entry(), entry, None, now).await
    }

    async fn feed_put(
        &self,
        tenant: &TenantId,
        name: &str,
        entry: EntryItem,
        events: Option<(String, AttributeValue)>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let op = "feed_put";
        let shard = shard(name);
        let key =
            keys::key(keys::feed_pk(tenant, now.date_naive(), shard), keys::feed_sk(now.timestamp_micros(), name));
        let mut item = item(op, key, &entry)?;
        item.extend(events);
        self.put(op, item).await
    }

    /// Some entries of a day after a position and before a time, in order, and whether those were all.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an entry cannot be read.
    pub async fn feed_entries(
        &self,
        tenant: &TenantId,
        day: NaiveDate,
        after: &FeedCursor,
        before: DateTime<Utc>,
    ) -> Result<(Vec<FeedEntry>, bool), StoreError> {
        let sk = keys::feed_sk(after.at, &after.entry);
        let first = if after.done.is_some() { sk } else { format!("{sk}\0") };
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
        // A partition that was not read to its end may hold entries before the later ones of another.
        if let Some(read_to) = &read_to {
            entries.retain(|(sk, _)| sk <= read_to);
        }
        Ok((entries.into_iter().map(|(_, entry)| entry).collect(), read_to.is_none()))
    }

    /// Some entries of a partition with their sort keys, and the last sort key read, unless the partition ends there.
    async fn feed_shard(
        &self,
        pk: String,
        first: &str,
        last: &str,
    ) -> Result<(Vec<(String, FeedEntry)>, Option<String>), StoreError> {
        let op = "feed_entries";
        // As for events: an entry is stored at the beginning of its request, and read a minute later.
        let request = self.query_between(pk, first, last).limit(ENTRIES);
        let (items, last_read) = query::page(op, request).await?;
        let sorted = |item: Item| Ok((keys::text(&item, keys::SK).to_owned(), read(op, item)?));
        let entries = items.into_iter().map(sorted);
        let last_read = last_read.map(|key| keys::text(&key, keys::SK).to_owned());
        Ok((entries.collect::<Result<_, StoreError>>()?, last_read))
    }

    /// The events of an entry at some positions, each with its position. An event that another entry announced first is
    /// left out, and so is one that was not stored or was erased.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an event or a key cannot be read.
    pub async fn feed_events(
        &self,
        tenant: &Tenant,
        entry: &FeedEntry,
        positions: std::ops::Range<usize>,
    ) -> Result<Vec<(usize, StoredInteraction)>, StoreError> {
        let op = "feed_events";
        let mut wanted = Vec::new();
        for position in positions {
            let Some(sk) = entry.events.get(position) else { break };
            let (_, user_hash, micros, _) = keys::read_interaction_sk(sk).ok_or_else(|| StoreError::key(op))?;
            let day = time::from_micros(micros).date_naive();
            let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, &user_hash));
            wanted.push((position, (pk, sk.clone())));
        }
        let keys = wanted.iter().map(|(_, (pk, sk))| keys::key(pk.clone(), sk)).collect();
        // Every put of the entry ended at least 25 s ago: eventually consistent reads, at half the price, find it.
        let mut found = self.batch_get(op, keys, Freshness::Eventual).await?;
        let mut events = Vec::with_capacity(wanted.len());
        for (position, key) in wanted {
            let Some(item) = found.remove(&key) else { continue };
            let (interaction, announced_by) = StoredInteraction::read(op, item)?;
            if announced_by == entry.name {
                events.push((position, interaction));
            }
        }
        Ok(events)
    }
}

/// The partition of an entry: its name is random hexadecimal digits, of which a value has four equally likely remainders.
fn shard(name: &str) -> u8 {
    let digit = name.get(name.len() - 1..).and_then(|digit| u8::from_str_radix(digit, 16).ok());
    digit.map_or(0, |digit| digit % SHARDS)
}

/// When an entry expires: a day after the last cursor that needs it, because TTL has whole seconds and clocks differ.
fn kept_until(now: DateTime<Utc>) -> i64 {
    (now + RETENTION + TimeDelta::days(1)).timestamp()
}

fn read(op: &'static str, mut item: Item) -> Result<FeedEntry, StoreError> {
    let (at, name) = keys::text(&item, keys::SK).split_once('#').ok_or_else(|| StoreError::key(op))?;
    let (at, name) = (at.parse().map_err(|_| StoreError::key(op))?, name.to_owned());
    let events = match item.remove(EVENTS) {
        None => Vec::new(),
        Some(AttributeValue::B(compressed)) => decompress(op, compressed.as_ref())?,
        Some(_) => return Err(StoreError::invalid(op, "the events of a feed entry are not binary")),
    };
    let EntryItem { erased, .. } = value(op, item)?;
    Ok(FeedEntry { at, name, events, erased })
}
