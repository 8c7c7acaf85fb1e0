//! Manifests: the links of a campaign, some hundreds an item, and the tenant's requests that made them.

use crate::crypto::LinkHash;
use crate::model::{CampaignId, ScenarioId, TenantId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::campaigns::{ListEntry, place_and_campaign};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Links an item of a manifest lists: 500 of 22 characters are 12 KB.
const LINKS_A_PART: usize = 500;

/// The links of one request, before they are made.
#[derive(Clone, Debug)]
pub struct LinkBatch {
    /// Tells it from others of the same microsecond; the same again when the request is repeated.
    pub id: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The campaign that the links belong to.
    pub campaign: CampaignId,
    /// The scenario that the links open.
    pub scenario: ScenarioId,
    /// When the links were made.
    pub made_at: DateTime<Utc>,
    /// Whether the links are made to try things out.
    pub test: bool,
}

/// A part of a campaign's manifest: links that were made in one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManifestPart {
    /// The links, by the hash of their codes.
    pub links: Vec<LinkHash>,
    /// The scenario that they open.
    pub scenario: ScenarioId,
    /// Whether they are made to try things out.
    #[serde(default)]
    pub test: bool,
}

/// Manifest parts, each with its position, and whether there are more after the last.
pub type ManifestParts = (Vec<(String, ManifestPart)>, bool);

/// The items that list the links of a request: with the tenant's requests, and with their campaign.
pub(in crate::store) fn manifest(batch: &LinkBatch, links: &[LinkHash]) -> Result<Vec<Item>, StoreError> {
    let op = "manifest";
    let place = keys::made_sk(batch.made_at, &batch.id);
    let listed = keys::key(keys::batches_pk(&batch.tenant), &place);
    let mut items = vec![item(op, listed, &ListEntry { campaign: batch.campaign.clone() })?];
    let pk = keys::campaign_pk(&batch.tenant, &batch.campaign);
    for (number, links) in links.chunks(LINKS_A_PART).enumerate() {
        let part = ManifestPart { links: links.to_vec(), scenario: batch.scenario.clone(), test: batch.test };
        items.push(item(op, keys::key(pk.clone(), keys::manifest_sk(&place, number)), &part)?);
    }
    Ok(items)
}

impl Store {
    /// Requests for links of a tenant, the newest first, after a place in the list: each with its place and campaign.
    ///
    /// # Errors
    /// The table's.
    pub async fn batch_list(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, CampaignId)>, StoreError> {
        let op = "batch_list";
        let (listed, _) = self.newest(op, keys::batches_pk(tenant), "", after, limit).await?;
        listed.into_iter().map(|entry| place_and_campaign(op, entry)).collect()
    }

    /// The part of a campaign's manifest at a place.
    ///
    /// # Errors
    /// The table's.
    pub async fn campaign_part(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        place: &str,
    ) -> Result<Option<ManifestPart>, StoreError> {
        self.get("campaign_part", keys::key(keys::campaign_pk(tenant, campaign), place)).await
    }

    /// Parts of a campaign's manifest, the newest first, after a place; of one request only, when it is named.
    ///
    /// # Errors
    /// The table's.
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

/// When the links of a part of a manifest were made.
#[must_use]
pub fn part_created_at(place: &str) -> DateTime<Utc> {
    let micros = place.strip_prefix(keys::MANIFEST_PREFIX).and_then(|place| place.split('#').next()?.parse().ok());
    time::from_micros(micros.unwrap_or_default())
}
