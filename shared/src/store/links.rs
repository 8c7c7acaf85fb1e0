//! Links: made in bulk, read with what became of them in one request, counted apart.

use super::campaigns::manifest;
use super::item::{Item, item, number, string, value};
use super::{Store, StoreError, keys};
use crate::crypto::LinkHash;
use crate::model::{CampaignId, Link, LinkState, TenantId};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::time::Duration;

/// Items that one BatchWriteItem takes (DynamoDB limit).
const BATCH: usize = 25;
/// Batches under way at once.
const PARALLEL: usize = 16;
/// Tries of what a batch left unprocessed; the waits before them add up to 6 s.
const TRIES: u32 = 8;

/// A link to be made, under the hash of its code.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Its key.
    pub hash: LinkHash,
    /// What it is.
    pub link: Link,
}

impl Store {
    /// Makes the links of one request, lists them with their campaign, and returns when all are stored. The same
    /// links made again are the same items again.
    ///
    /// # Errors
    /// The table's; then some links may exist, and nobody knows their codes.
    pub async fn links_create(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        links: &[NewLink],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let hashes: Vec<_> = links.iter().map(|new| new.hash.clone()).collect();
        let mut items = manifest(tenant, campaign, now, &hashes)?;
        for new in links {
            items.push(link_item(new)?);
        }
        self.campaign_ensure(tenant, campaign, now).await?;
        let batches: Vec<_> = items.chunks(BATCH).map(|batch| self.write_batch(batch.to_vec())).collect();
        stream::iter(batches).buffer_unordered(PARALLEL).try_collect::<()>().await
    }

    /// A link and what became of it; none when no link has this hash.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_get(&self, link: &LinkHash) -> Result<Option<(Link, LinkState)>, StoreError> {
        let op = "link_get";
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", string(keys::link_pk(link)))
            .consistent_read(true);
        let mut items = request.send().await.map_err(StoreError::of(op))?.items.unwrap_or_default();
        let mut take = |sk: &str| {
            let place = items.iter().position(|item| keys::text(item, keys::SK) == sk)?;
            Some(items.swap_remove(place))
        };
        let state = take(keys::STATE).map(|state| value(op, state)).transpose()?.unwrap_or_default();
        let link = take(keys::LINK).map(|link| value(op, link)).transpose()?;
        Ok(link.map(|link| (link, state)))
    }

    /// Counts a click. Sent once: a retry after a time-out could count twice.
    ///
    /// # Errors
    /// The table's; the click may or may not be counted.
    pub async fn link_clicked(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::link_state(link)))
            .update_expression("SET first_clicked_at = if_not_exists(first_clicked_at, :now) ADD clicks :one")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":one", number(1))
            .customize()
            .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()));
        request.send().await.map(drop).map_err(StoreError::of("link_clicked"))
    }

    /// Notes that the person of a link answered.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_conversed(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.link_note(link, "SET conversed_at = if_not_exists(conversed_at, :now)", now).await
    }

    /// Revokes a link for good.
    ///
    /// # Errors
    /// The table's.
    pub async fn link_revoke(&self, link: &LinkHash, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.link_note(link, "SET revoked_at = if_not_exists(revoked_at, :now)", now).await
    }

    async fn link_note(&self, link: &LinkHash, update: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::link_state(link)))
            .update_expression(update)
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        request.send().await.map(drop).map_err(StoreError::of("link_note"))
    }

    async fn write_batch(&self, items: Vec<Item>) -> Result<(), StoreError> {
        let op = "links_create";
        let write = |item| {
            let put = PutRequest::builder().set_item(Some(item)).build().expect("item is set");
            WriteRequest::builder().put_request(put).build()
        };
        let mut left: Vec<_> = items.into_iter().map(write).collect();
        for attempt in 0..TRIES {
            let request = self.client.batch_write_item().request_items(&*self.table, left);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            left = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(full_jitter(attempt)).await;
        }
        Err(StoreError::out_of_patience(op))
    }
}

fn link_item(new: &NewLink) -> Result<Item, StoreError> {
    let NewLink { hash, link } = new;
    let mut item = item("links_create", keys::key(keys::link_pk(hash), keys::LINK), link)?;
    item.insert(keys::LINKS_OF.into(), string(keys::user_pk(&link.tenant, &link.huser)));
    item.insert(keys::MADE_AT.into(), string(format!("{:020}", link.created_at.timestamp_micros())));
    Ok(item)
}

/// A random wait below 50 ms doubled with every attempt.
fn full_jitter(attempt: u32) -> Duration {
    let ceiling = 50_u64 << attempt;
    Duration::from_millis(u64::from_be_bytes(crate::crypto::random()) % ceiling)
}
