//! Campaigns: sets of links that are revoked together. A campaign holds no counters; they are read from its links.

use crate::crypto::CampaignRevocation;
use crate::model::{CampaignId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::item::{Item, item, number, string, value};
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use chrono::{DateTime, Utc, serde::ts_microseconds, serde::ts_microseconds_option};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name.
    pub campaign: CampaignId,
    /// When its first links were made.
    #[serde(with = "ts_microseconds")]
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The revoked campaigns of a revocation bucket, by their names in it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::store) struct Revoked {
    pub(in crate::store) campaigns: HashSet<String>,
}

/// An entry of the list of campaigns, or of the list of requests for links.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ListEntry {
    pub(in crate::store) campaign: CampaignId,
}

impl Store {
    /// Stores a new campaign and adds it to the tenant's list. Returns an existing campaign as it is.
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
        let request = self
            .update(
                keys::campaign(tenant, campaign),
                "SET created_at = if_not_exists(created_at, :now), campaign = :campaign",
            )
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":campaign", string(campaign.as_str()))
            .return_values(ReturnValue::AllNew);
        let found = request.send().await.map_err(StoreError::of(op))?.attributes.unwrap_or_default();
        let found: Campaign = value(op, found)?;
        // Every request adds it to the list, under the same key: a crash between the two writes must not hide it.
        let listed = keys::key(keys::campaigns_pk(tenant), keys::made_sk(found.created_at, campaign.as_str()));
        self.put(op, item(op, listed, &ListEntry { campaign: campaign.clone() })?).await?;
        Ok(found)
    }

    /// Revokes all links of a campaign at once. Returns false if the campaign does not exist.
    ///
    /// One transaction sets the revocation twice: in the campaign, where an exchange checks it, and in the campaign's
    /// revocation bucket, which is read together with a link.
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
        let CampaignRevocation { bucket, entry } = self.data_key.campaign_revocation(tenant, campaign);
        let of_campaign = self
            .transact_update(keys::campaign(tenant, campaign), "SET revoked_at = if_not_exists(revoked_at, :now)")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        let of_bucket = self
            .transact_update(keys::revoked(&bucket), "ADD campaigns :campaign")
            .expression_attribute_values(":campaign", AttributeValue::Ss(vec![entry]));
        let updates = vec![of_campaign.into_write(), of_bucket.into_write()];
        match self.transact(op, self.transaction(updates)).await? {
            Attempt::ConditionFailed(_) => Ok(false),
            attempt => {
                attempt.committed(op)?;
                self.links_changed();
                Ok(true)
            }
        }
    }

    /// A campaign by name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn campaign_get(&self, tenant: &TenantId, campaign: &CampaignId) -> Result<Option<Campaign>, StoreError> {
        self.get("campaign_get", keys::campaign(tenant, campaign)).await
    }

    /// Campaigns of a tenant, the newest first, each with its sort key in the list. `after` is the sort key of the last
    /// campaign of the page before.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn campaign_list(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Campaign)>, StoreError> {
        let op = "campaign_list";
        let (listed, _) = self.newest(op, keys::campaigns_pk(tenant), "", after, limit).await?;
        let listed: Vec<(String, CampaignId)> =
            listed.into_iter().map(|entry| list_entry(op, entry)).collect::<Result<_, _>>()?;
        let wanted = listed.iter().map(|(_, campaign)| keys::campaign(tenant, campaign)).collect();
        let mut campaigns = HashMap::new();
        for some in chunks(wanted, 100) {
            for found in self.get_all(op, some).await? {
                let campaign: Campaign = value(op, found)?;
                campaigns.insert(campaign.campaign.clone(), campaign);
            }
        }
        Ok(listed.into_iter().filter_map(|(sk, id)| Some((sk, campaigns.remove(&id)?))).collect())
    }
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
