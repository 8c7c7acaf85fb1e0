//! Manifests: the links of a campaign, 500 per item; the number of links of each request; and the list of the tenant's
//! requests for links.

use crate::crypto::LinkHash;
use crate::model::{CampaignId, ScenarioId, TenantId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::keys::{self, Key};

use crate::store::links::link_record::NewLink;
use crate::store::links::list_entry::{ListEntry, list_entry};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Links of one item of a manifest: 500 of 22 characters are 12 KB.
pub(in crate::store) const LINKS_A_PART: usize = 500;

/// The links of one request, before they are made.
#[derive(Clone, Debug)]
pub struct LinkBatch {
    /// Distinguishes it from other requests of the same microsecond. A repeated request has the same id.
    pub id: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The campaign that the links belong to.
    pub campaign: CampaignId,
    /// The scenario that the links open.
    pub scenario: ScenarioId,
    /// When the links were made.
    pub made_at: DateTime<Utc>,
    /// Until when the last of them is kept.
    pub kept_until: DateTime<Utc>,
    /// Whether they are test links.
    pub test: bool,
    /// Whether an earlier request with the same `Idempotency-Key` may have stored some of them.
    pub repeated: bool,
}

impl LinkBatch {
    /// Its sort key in the list of requests.
    pub(in crate::store) fn sort_key(&self) -> String {
        keys::made_sk(self.made_at, &self.id)
    }

    /// The key of an item that leaves with the last link.
    pub(in crate::store) fn key(&self, pk: String, sk: String) -> Key {
        keys::expiring(keys::key(pk, sk), self.kept_until)
    }
}

/// The number of links of a request, as stored.
#[derive(Serialize, Deserialize)]
struct BatchSize {
    links: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    test: bool,
}

/// The links of a request that are no test links: when they were made, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeLinks {
    /// When they were made.
    pub made_at: DateTime<Utc>,
    /// How many.
    pub links: u64,
}

/// A part of a campaign's manifest: up to 500 links of one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManifestPart {
    /// The links, by their hashes.
    pub links: Vec<LinkHash>,
    /// The scenario that they open.
    pub scenario: ScenarioId,
    /// Whether they are test links.
    #[serde(default)]
    pub test: bool,
}

/// Manifest parts, each with its sort key, and whether there are more after the last.
pub type ManifestParts = (Vec<(String, ManifestPart)>, bool);

/// The items that list the links of a request: one entry in the tenant's list of requests, and the parts of the manifest.
pub(in crate::store) fn manifest(batch: &LinkBatch, links: &[NewLink]) -> Result<Vec<Item>, StoreError> {
    let op = "manifest";
    let batch_sk = batch.sort_key();
    let listed = batch.key(keys::batches_pk(&batch.tenant), batch_sk.clone());
    let mut items = vec![item(op, listed, &ListEntry { campaign: batch.campaign.clone() })?];
    let pk = keys::campaign_pk(&batch.tenant, &batch.campaign);
    for (number, links) in links.chunks(LINKS_A_PART).enumerate() {
        let links = links.iter().map(|new| new.hash.clone()).collect();
        let part = ManifestPart { links, scenario: batch.scenario.clone(), test: batch.test };
        items.push(item(op, batch.key(pk.clone(), keys::manifest_sk(&batch_sk, number)), &part)?);
    }
    Ok(items)
}

/// The item that counts the links of a request.
pub(in crate::store) fn batch_size(batch: &LinkBatch, links: usize) -> Result<Item, StoreError> {
    let pk = keys::campaign_pk(&batch.tenant, &batch.campaign);
    let size = BatchSize { links: links as u64, test: batch.test };
    item("batch_size", batch.key(pk, keys::batch_size_sk(&batch.sort_key())), &size)
}

impl Store {
    /// Requests for links of a tenant, the newest first, each as its sort key in the list and its campaign. `after` is the
    /// sort key of the last request of the page before.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn batch_list(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, CampaignId)>, StoreError> {
        let op = "batch_list";
        let (listed, _) = self.newest(op, keys::batches_pk(tenant), "", after, limit).await?;
        listed.into_iter().map(|entry| list_entry(op, entry)).collect()
    }

    /// The part of a campaign's manifest with a sort key.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn campaign_part(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        part: &str,
    ) -> Result<Option<ManifestPart>, StoreError> {
        self.get("campaign_part", keys::key(keys::campaign_pk(tenant, campaign), part)).await
    }

    /// Parts of a campaign's manifest, the newest first. `after` is the sort key of the last part of the page before;
    /// `batch`, a sort key of the list of requests, limits the parts to one request.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn campaign_parts(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        batch: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ManifestParts, StoreError> {
        let op = "campaign_parts";
        let prefix = format!("{}{}", keys::MANIFEST_PREFIX, batch.unwrap_or_default());
        let (found, more) = self.newest(op, keys::campaign_pk(tenant, campaign), &prefix, after, limit).await?;
        let part = |item: Item| Ok((keys::text(&item, keys::SK).to_owned(), value(op, item)?));
        Ok((found.into_iter().map(part).collect::<Result<_, StoreError>>()?, more))
    }

    /// The sizes of a campaign's requests, the newest first, without test links; and the sort key after which the next page
    /// begins, `None` after the last. Eventually consistent, at most 1 MB: 128 read units.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or an item cannot be read.
    pub async fn campaign_made(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        after: Option<String>,
    ) -> Result<(Vec<MadeLinks>, Option<String>), StoreError> {
        let op = "campaign_made";
        let pk = keys::campaign_pk(tenant, campaign);
        let request = self
            .query_prefix(pk.clone(), keys::BATCH_PREFIX)
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(|sk| keys::key(pk, sk)));
        let (items, last_read) = query::page(op, request).await?;
        let mut made = Vec::with_capacity(items.len());
        for item in items {
            let made_at = made_at(keys::text(&item, keys::SK)).ok_or_else(|| StoreError::key(op))?;
            let BatchSize { links, test } = value(op, item)?;
            made.extend((!test).then_some(MadeLinks { made_at, links }));
        }
        Ok((made, last_read.map(|key| keys::text(&key, keys::SK).to_owned())))
    }
}

/// When the links of a request were made, by the sort key of its size.
fn made_at(sk: &str) -> Option<DateTime<Utc>> {
    let micros = sk.strip_prefix(keys::BATCH_PREFIX)?.split('#').next()?.parse().ok()?;
    Some(time::from_micros(micros))
}
