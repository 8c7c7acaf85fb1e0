//! Following a link: reads its record and counts the click.
//!
//! [`Store::with_link_cache`] keeps both in memory for a moment, for a process that serves many visits. A Lambda function
//! does not use it: it would lose buffered clicks when it is frozen.

use crate::crypto::LinkHash;
use crate::store::cache::TtlCache;
use crate::store::client::{Memory, Store};
use crate::store::dynamo::conflict::is_conflict;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::number;
use crate::store::dynamo::retry::Retry;
use crate::store::dynamo::transaction::IntoWrite as _;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::click_buffer::{ClickBuffer, ClickGroup};
use crate::store::links::link_record::LinkRecord;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Links in the cache at most, of 17 KB each at most.
const CACHED_LINKS: usize = 4096;
/// How long a link stays in the cache: a change by another process takes effect within two seconds, as the API promises.
const CACHE_TTL: Duration = Duration::from_secs(2);
/// Attempts of a click that meets an exchange of the same link.
const CLICK_ATTEMPTS: u32 = 4;

impl Store {
    /// The same store with a cache of links, which reads a link again after two seconds, and a buffer of clicks, which
    /// [`clicks_write`](Self::clicks_write) empties.
    #[must_use]
    pub fn with_link_cache(self) -> Self {
        let (link_cache, click_buffer) = (TtlCache::new(CACHED_LINKS, CACHE_TTL), ClickBuffer::default());
        let memory = Memory { link_cache: Some(link_cache), click_buffer: Some(click_buffer), ..Memory::default() };
        Self { memory: Arc::new(memory), ..self }
    }

    /// A link to follow with its activity, at most two seconds old. `None` if no link has this hash.
    ///
    /// Without the cache, the read is eventually consistent, at half the price, and a link that is not found is read again
    /// consistently: it may be new. Reads for the cache are consistent, because the time in the cache is added to their age.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_follow(&self, link: &LinkHash) -> Result<Option<Arc<LinkRecord>>, StoreError> {
        let Some(cache) = &self.memory.link_cache else {
            let found = match self.link_get(link, Freshness::Eventual).await? {
                None => self.link_get(link, Freshness::Consistent).await?,
                found => found,
            };
            return Ok(found.map(Arc::new));
        };
        if let Some((record, campaigns)) = cache.get(link)
            && campaigns == self.campaigns_of(&link.campaign_bucket()).await?
        {
            return Ok(Some(record));
        }
        // Before the read: the value may be as old as its request.
        let read_at = Instant::now();
        let found = self.link_read("link_follow", link, Freshness::Consistent).await?;
        Ok(found.map(|(record, campaigns)| {
            let record = Arc::new(record);
            cache.insert(link.clone(), read_at, (record.clone(), campaigns));
            record
        }))
    }

    /// Adds a click to the buffer of [`with_link_cache`](Self::with_link_cache). Returns false if there is none.
    #[must_use]
    pub fn click_buffered(&self, LinkRecord { hash, link, .. }: &LinkRecord, now: DateTime<Utc>) -> bool {
        let Some(buffer) = &self.memory.click_buffer else { return false };
        buffer.add(hash, || (self.campaign_name(link), link.kept_until), now);
        true
    }

    /// Counts a click.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request; the click may or may not be counted.
    pub async fn link_clicked(
        &self,
        LinkRecord { hash, link, .. }: &LinkRecord,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let op = "link_clicked";
        let campaign = self.campaign_name(link);
        let mut retry = Retry::new(op, CLICK_ATTEMPTS);
        loop {
            // Sent once: a retry after a time-out could count twice. A conflict has counted nothing.
            let request = self
                .update(keys::activity(hash), CLICK)
                .expression_attribute_names("#ttl", keys::TTL)
                .expression_attribute_values(":first", number(now.timestamp_micros()))
                .expression_attribute_values(":campaign", campaign.clone())
                .expression_attribute_values(":ttl", number(link.kept_until.timestamp()))
                .expression_attribute_values(":count", number(1))
                .customize()
                .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()));
            match request.send().await {
                Ok(_) => return Ok(()),
                Err(error) if is_conflict(&error) => retry.again().await?,
                Err(error) => return Err(StoreError::of(op)(error)),
            }
        }
    }

    /// Writes all buffered clicks. Clicks that are not written stay buffered, and a later call does not count them twice.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted; some clicks stay buffered then.
    pub async fn clicks_write(&self) -> Result<(), StoreError> {
        let Some(buffer) = &self.memory.click_buffer else { return Ok(()) };
        // One group after another, so that visits of links get the processor in between.
        for group in buffer.groups() {
            self.click_group_write(&group).await?;
            buffer.confirm(&group);
        }
        Ok(())
    }

    async fn click_group_write(&self, group: &ClickGroup) -> Result<(), StoreError> {
        let op = "clicks_write";
        let counts = group.clicks.iter().map(|(link, clicks)| {
            self.transact_update(keys::activity(link), CLICK)
                .expression_attribute_names("#ttl", keys::TTL)
                .expression_attribute_values(":first", number(clicks.first.timestamp_micros()))
                .expression_attribute_values(":campaign", clicks.campaign.clone())
                .expression_attribute_values(":ttl", number(clicks.kept_until.timestamp()))
                .expression_attribute_values(":count", number(clicks.count))
                .into_write()
        });
        let transaction = self.transaction(counts.collect()).client_request_token(&group.name);
        // The next call sends the group again.
        self.transact_once(op, transaction).await?.committed(op)
    }

    /// Removes every link from the cache.
    pub(in crate::store) fn links_changed(&self) {
        if let Some(cache) = &self.memory.link_cache {
            cache.clear();
        }
    }

    /// Removes a link from the cache.
    pub(in crate::store) fn link_changed(&self, link: &LinkHash) {
        if let Some(cache) = &self.memory.link_cache {
            cache.remove(link);
        }
    }
}

/// Counts clicks of a link.
const CLICK: &str = "SET first_clicked_at = if_not_exists(first_clicked_at, :first), campaign = :campaign, #ttl = :ttl \
    ADD clicks :count";
