//! Campaigns: sets of links that are revoked together. A campaign holds no counters; they are read from its links.

use crate::model::{CampaignId, TenantId, time};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Condition, Item, Put, Update, held, held_or_old, item, number, value};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::list_entry::{ListEntry, list_entry};
use crate::store::links::manifests::LinkBatch;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use chrono::{DateTime, Utc, serde::ts_microseconds, serde::ts_microseconds_option, serde::ts_seconds};
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
    /// Until when it is kept: at least as long as its last link, and to the end of a UTC day.
    #[serde(rename = "ttl", with = "ts_seconds")]
    pub kept_until: DateTime<Utc>,
    /// When it was revoked.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The campaign of a batch, kept as long as its links: a new campaign is stored and added to the tenant's list. Nothing is
    /// written if the campaign is kept long enough, or is revoked.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn campaign_ensure(&self, batch: &LinkBatch) -> Result<Campaign, StoreError> {
        let op = "campaign_ensure";
        let LinkBatch { tenant, campaign, made_at, .. } = batch;
        // The end of the day, so that only the first request of a day writes the campaign again.
        let kept_until = time::end_of_day(batch.kept_until);
        // A campaign that is no longer kept begins again. DynamoDB may not have deleted it yet.
        let found = self.campaign_get(tenant, campaign).await?.filter(|found| *made_at < found.kept_until);
        match found {
            Some(found) if found.revoked_at.is_none() && found.kept_until < kept_until => {
                return self.campaign_extend(tenant, found, kept_until).await;
            }
            Some(found) => return Ok(found),
            None => {}
        }
        let (campaign, created_at) = (campaign.clone(), *made_at);
        let new = Campaign { campaign, created_at, expires_at: None, kept_until, revoked_at: None };
        // The list first: a crash between the two writes must not hide the campaign. An entry whose campaign was made by
        // another request has another time than the campaign, and the list leaves it out.
        self.campaign_listed(tenant, &new).await?;
        let condition = Condition {
            expression: "attribute_not_exists(PK) OR #ttl <= :now",
            names: &[("#ttl", keys::TTL)],
            values: Item::from([(":now".to_owned(), number(made_at.timestamp()))]),
        };
        match self.put_if(op, item(op, keys::campaign(tenant, &new.campaign), &new)?, condition).await? {
            Put::Stored => Ok(new),
            Put::Refused(other) => value(op, other),
        }
    }

    /// Keeps a campaign longer, unless it was revoked meanwhile or is kept for longer. Returns the campaign as it is now.
    async fn campaign_extend(
        &self,
        tenant: &TenantId,
        found: Campaign,
        kept_until: DateTime<Utc>,
    ) -> Result<Campaign, StoreError> {
        let op = "campaign_extend";
        let longer = Campaign { kept_until, ..found };
        self.campaign_listed(tenant, &longer).await?;
        let request = self
            .update(keys::campaign(tenant, &longer.campaign), "SET #ttl = :ttl")
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":ttl", number(kept_until.timestamp()))
            .condition_expression("#ttl < :ttl AND attribute_not_exists(revoked_at)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match held_or_old(op, request.send().await)? {
            Update::Done(_) => Ok(longer),
            Update::Refused(other) => value(op, other),
        }
    }

    /// Stores the entry of a campaign in the tenant's list.
    async fn campaign_listed(&self, tenant: &TenantId, campaign: &Campaign) -> Result<(), StoreError> {
        let op = "campaign_listed";
        let key = keys::expiring(keys::key(keys::campaigns_pk(tenant), listed_sk(campaign)), campaign.kept_until);
        self.put(op, item(op, key, &ListEntry { campaign: campaign.campaign.clone() })?).await
    }

    /// Revokes all links of a campaign at once. Returns false if the campaign does not exist.
    ///
    /// The revocation is written twice, by plain writes that are safe to repeat: first to the campaign's bucket, which is
    /// read together with a link and decides; then to the campaign, for lists and for later requests for links.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn campaign_revoke(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "campaign_revoke";
        let Some(found) = self.campaign_get(tenant, campaign).await? else { return Ok(false) };
        self.bucket_revoke(tenant, campaign, found.kept_until).await?;
        let of_campaign = self
            .update(keys::campaign(tenant, campaign), "SET revoked_at = if_not_exists(revoked_at, :now)")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .condition_expression("attribute_exists(PK)")
            .return_values(ReturnValue::AllNew);
        // DynamoDB may have deleted it meanwhile, because it is no longer kept.
        let Some(written) = held(op, of_campaign.send().await)? else { return Ok(false) };
        let revoked = written.attributes.ok_or_else(|| StoreError::invalid(op, "a write returned no item"))?;
        let revoked: Campaign = value(op, revoked)?;
        // A request for links may have kept the campaign longer meanwhile. A revoked campaign is never kept longer.
        if revoked.kept_until > found.kept_until {
            self.bucket_revoke(tenant, campaign, revoked.kept_until).await?;
        }
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
        let wanted: Vec<_> = listed.iter().map(|(_, campaign)| keys::campaign(tenant, campaign)).collect();
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
