//! Manifests: the links of a campaign, 500 per item, and the list of the tenant's requests for links.

use crate::crypto::LinkHash;
use crate::model::{CampaignId, ScenarioId, TenantId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::campaigns::{ListEntry, list_entry};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Links of one item of a manifest: 500 of 22 characters are 12 KB.
const LINKS_A_PART: usize = 500;

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
    /// Whether they are test links.
    pub test: bool,
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
pub(in crate::store) fn manifest(batch: &LinkBatch, links: &[LinkHash]) -> Result<Vec<Item>, StoreError> {
    let op = "manifest";
    let batch_sk = keys::made_sk(batch.made_at, &batch.id);
    let listed = keys::key(keys::batches_pk(&batch.tenant), &batch_sk);
    let mut items = vec![item(op, listed, &ListEntry { campaign: batch.campaign.clone() })?];
    let pk = keys::campaign_pk(&batch.tenant, &batch.campaign);
    for (number, links) in links.chunks(LINKS_A_PART).enumerate() {
        let part = ManifestPart { links: links.to_vec(), scenario: batch.scenario.clone(), test: batch.test };
        items.push(item(op, keys::key(pk.clone(), keys::manifest_sk(&batch_sk, number)), &part)?);
    }
    Ok(items)
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
}

/// When the links of a part of a manifest were made, by the sort key of the part.
///
/// # Errors
/// Returns [`StoreError`] if the sort key is not that of a part.
pub fn part_created_at(sk: &str) -> Result<DateTime<Utc>, StoreError> {
    let micros = sk.strip_prefix(keys::MANIFEST_PREFIX).and_then(|batch| batch.split('#').next()?.parse().ok());
    micros.map(time::from_micros).ok_or_else(|| StoreError::key("part_created_at"))
}
