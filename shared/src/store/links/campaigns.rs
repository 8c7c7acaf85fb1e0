//! Campaigns: sets of links that are revoked together. A campaign holds no counters; they are read from its links.

use crate::crypto::CampaignTag;
use crate::model::{CampaignId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, value};
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc, serde::ts_microseconds, serde::ts_microseconds_option};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name.
    pub campaign: CampaignId,
    /// When its first links were made.
    #[serde(with = "ts_microseconds")]
    pub created_at: DateTime<Utc>,
    /// When the links expire that were made before the end was last changed, if it was.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An entry of the list of campaigns, or of the list of requests for links.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ListEntry {
    pub(in crate::store) campaign: CampaignId,
}

impl Store {
    /// Stores a new campaign and adds it to the tenant's list. Returns an existing campaign as it is, and writes nothing then.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn campaign_ensure(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        now: DateTime<Utc>,
    ) -> Result<Campaign, StoreError> {
        let op = "campaign_ensure";
        if let Some(found) = self.campaign_get(tenant, campaign).await? {
            return Ok(found);
        }
        let new = Campaign { campaign: campaign.clone(), created_at: now, expires_at: None, revoked_at: None };
        // The list first: a crash between the two writes must not hide the campaign. An entry whose campaign was made by
        // another request has another time than the campaign, and the list leaves it out.
        let listed = keys::key(keys::campaigns_pk(tenant), listed_sk(&new));
        self.put(op, item(op, listed, &ListEntry { campaign: campaign.clone() })?).await?;
        match self.put_if(op, item(op, keys::campaign(tenant, campaign), &new)?, Condition::absent()).await? {
            Put::Stored => Ok(new),
            Put::Refused(other) => value(op, other),
        }
    }

    /// Revokes all links of a campaign at once. Returns false if the campaign does not exist.
    ///
    /// The revocation is written twice, by plain writes that are safe to repeat: first to the campaign's bucket, which is
    /// read together with a link and decides; then to the campaign, for lists and for later requests for links.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn campaign_revoke(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "campaign_revoke";
        if self.campaign_get(tenant, campaign).await?.is_none() {
            return Ok(false);
        }
        let CampaignTag { bucket, name } = self.data_key.campaign_tag(tenant, campaign);
        let of_bucket = self
            .update(keys::campaign_bucket(&bucket), "ADD campaigns :campaign")
            .expression_attribute_values(":campaign", AttributeValue::Ss(vec![name]));
        of_bucket.send().await.map_err(StoreError::of(op))?;
        self.bucket_campaigns.remove(&bucket);
        self.links_changed();
        let of_campaign = self
            .update(keys::campaign(tenant, campaign), "SET revoked_at = if_not_exists(revoked_at, :now)")
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        of_campaign.send().await.map_err(StoreError::of(op))?;
        Ok(true)
    }

    /// A campaign by name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn campaign_get(&self, tenant: &TenantId, campaign: &CampaignId) -> Result<Option<Campaign>, StoreError> {
        self.get("campaign_get", keys::campaign(tenant, campaign)).await
    }

    /// Campaigns of a tenant, the newest first, and where the next page begins, `None` after the last. A page may have fewer
    /// campaigns than `limit`, even none, before the last.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn campaign_list(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Campaign>, Option<String>), StoreError> {
        let op = "campaign_list";
        let (listed, more) = self.newest(op, keys::campaigns_pk(tenant), "", after, limit).await?;
        let listed: Vec<(String, CampaignId)> =
            listed.into_iter().map(|entry| list_entry(op, entry)).collect::<Result<_, _>>()?;
        let wanted = listed.iter().map(|(_, campaign)| keys::campaign(tenant, campaign)).collect();
        let mut campaigns = HashMap::new();
        for some in chunks(wanted, 100) {
            for found in self.get_all(op, some, Freshness::Consistent).await? {
                let campaign: Campaign = value(op, found)?;
                campaigns.insert(campaign.campaign.clone(), campaign);
            }
        }
        let next = listed.last().filter(|_| more).map(|(sk, _)| sk.clone());
        let its_entry = |(sk, id)| campaigns.remove(&id).filter(|campaign| listed_sk(campaign) == sk);
        Ok((listed.into_iter().filter_map(its_entry).collect(), next))
    }
}

/// The sort key of a campaign in the list of campaigns.
fn listed_sk(campaign: &Campaign) -> String {
    keys::made_sk(campaign.created_at, campaign.campaign.as_str())
}

/// The sort key and the campaign of an entry of a list.
///
/// # Errors
/// Returns [`StoreError`] if the entry cannot be read.
pub(in crate::store) fn list_entry(op: &'static str, entry: Item) -> Result<(String, CampaignId), StoreError> {
    let sk = keys::text(&entry, keys::SK).to_owned();
    let ListEntry { campaign } = value(op, entry)?;
    Ok((sk, campaign))
}
