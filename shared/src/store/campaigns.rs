//! Campaigns: sets of links, listed some hundreds an item.

use super::item::{Item, item, number};
use super::{Store, StoreError, keys};
use crate::crypto::LinkHash;
use crate::model::{CampaignId, TenantId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Links an item of a manifest lists: 500 of 22 characters are 12 KB.
const LINKS_A_PART: usize = 500;

/// A part of a manifest.
#[derive(Serialize, Deserialize)]
struct Part {
    links: Vec<LinkHash>,
}

/// The items that list the links of a request with their campaign.
pub(super) fn manifest(
    tenant: &TenantId,
    campaign: &CampaignId,
    made_at: DateTime<Utc>,
    links: &[LinkHash],
) -> Result<Vec<Item>, StoreError> {
    let pk = keys::campaign_pk(tenant, campaign);
    let part = |(number, links): (usize, &[LinkHash])| {
        item("manifest", keys::key(pk.clone(), keys::manifest_sk(made_at, number)), &Part { links: links.to_vec() })
    };
    links.chunks(LINKS_A_PART).enumerate().map(part).collect()
}

impl Store {
    /// Makes a campaign; one that exists stays as it is.
    pub(super) async fn campaign_ensure(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::key(keys::campaign_pk(tenant, campaign), "CAMPAIGN")))
            .update_expression("SET created_at = if_not_exists(created_at, :now)")
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        request.send().await.map(drop).map_err(StoreError::of("campaign_ensure"))
    }
}
