//! Campaigns: sets of links that are revoked all at once, and lists that never count: what is in them is read
//! from the links' own records.

use crate::crypto::CampaignRevocation;
use crate::model::{CampaignId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, item, number, string, value};
use crate::store::dynamo::retry;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::handoffs::condition_failed;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, TransactWriteItem, Update};
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

/// The revoked campaigns of a slot, by their names there.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::store) struct Revoked {
    pub(in crate::store) campaigns: HashSet<String>,
}

/// An entry of a list: of campaigns, or of requests for links.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ListEntry {
    pub(in crate::store) campaign: CampaignId,
}

impl Store {
    /// Makes a campaign, or finds it as it is; a new one is listed with the tenant's.
    ///
    /// # Errors
    /// The table's.
    pub async fn campaign_ensure(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        now: DateTime<Utc>,
    ) -> Result<Campaign, StoreError> {
        let op = "campaign_ensure";
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::campaign(tenant, campaign)))
            .update_expression("SET created_at = if_not_exists(created_at, :now), campaign = :campaign")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":campaign", string(campaign.as_str()))
            .return_values(ReturnValue::AllNew);
        let found = request.send().await.map_err(StoreError::of(op))?.attributes.unwrap_or_default();
        let found: Campaign = value(op, found)?;
        // Listed by everybody who adds to it: a crash between the two writes must not hide it. The place is the same.
        let listed = keys::key(keys::campaigns_pk(tenant), keys::made_sk(found.created_at, campaign.as_str()));
        self.put(op, item(op, listed, &ListEntry { campaign: campaign.clone() })?).await?;
        Ok(found)
    }

    /// Revokes all links of a campaign at once; false when there is no such campaign. It is noted with the campaign, where
    /// an exchange checks it in its transaction, and in the campaign's slot, where it is read together with a link.
    ///
    /// # Errors
    /// The table's.
    pub async fn campaign_revoke(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "campaign_revoke";
        let CampaignRevocation { bucket, entry } = self.data_key.campaign_revocation(tenant, campaign);
        let of_campaign = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(keys::campaign(tenant, campaign)))
            .update_expression("SET revoked_at = if_not_exists(revoked_at, :now)")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        let of_bucket = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(keys::revoked(&bucket)))
            .update_expression("ADD campaigns :campaign")
            .expression_attribute_values(":campaign", AttributeValue::Ss(vec![entry]));
        let updates = [of_campaign, of_bucket].map(|update| {
            TransactWriteItem::builder().update(update.build().expect("table, key and update are set")).build()
        });
        for attempt in 0..4 {
            let request = self.client.transact_write_items().set_transact_items(Some(updates.to_vec()));
            let Err(error) = request.send().await else {
                self.links_changed();
                return Ok(true);
            };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    if cancelled.cancellation_reasons().iter().any(condition_failed) {
                        return Ok(false);
                    }
                }
                _ => return Err(StoreError::of(op)(error)),
            }
            // Somebody else wrote one of the two: again.
            retry::wait(attempt).await;
        }
        Err(StoreError::retries_exhausted(op))
    }

    /// A campaign.
    ///
    /// # Errors
    /// The table's.
    pub async fn campaign_get(&self, tenant: &TenantId, campaign: &CampaignId) -> Result<Option<Campaign>, StoreError> {
        self.get("campaign_get", keys::campaign(tenant, campaign)).await
    }

    /// Campaigns of a tenant, the newest first, after a place in the list; each with its place.
    ///
    /// # Errors
    /// The table's.
    pub async fn campaign_list(
        &self,
        tenant: &TenantId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Campaign)>, StoreError> {
        let op = "campaign_list";
        let (listed, _) = self.newest(op, keys::campaigns_pk(tenant), "", after, limit).await?;
        let places: Vec<(String, CampaignId)> =
            listed.into_iter().map(|entry| place_and_campaign(op, entry)).collect::<Result<_, _>>()?;
        let mut campaigns = HashMap::new();
        for some in places.chunks(100) {
            let wanted = some.iter().map(|(_, campaign)| keys::campaign(tenant, campaign)).collect();
            for found in self.get_all(op, wanted).await? {
                let campaign: Campaign = value(op, found)?;
                campaigns.insert(campaign.campaign.clone(), campaign);
            }
        }
        Ok(places.into_iter().filter_map(|(place, id)| Some((place, campaigns.remove(&id)?))).collect())
    }
}

/// The place and the campaign of an entry.
pub(in crate::store) fn place_and_campaign(op: &'static str, entry: Item) -> Result<(String, CampaignId), StoreError> {
    let place = keys::text(&entry, keys::SK).to_owned();
    let ListEntry { campaign } = value(op, entry)?;
    Ok((place, campaign))
}
