//! The bucket of a campaign: what is read together with each link of the campaign, its revocation and its changed end. The
//! item is deleted after the last link of its campaigns (TTL).

use crate::crypto::{CampaignBucket, CampaignTag};
use crate::model::{CampaignId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{held, number};
use crate::store::dynamo::retry::Retry;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::campaigns::Campaign;
use crate::store::links::link_record::{end_attribute, revoked_attribute};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Attempts of a write: another one fails only if a campaign of the same bucket is changed at the same time.
const ATTEMPTS: u32 = 4;

impl Store {
    /// Writes the revocation of a campaign whose last link is kept until an instant.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn bucket_revoke(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        kept_until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let CampaignTag { bucket, name } = self.data_key.campaign_tag(tenant, campaign);
        let revoked = (revoked_attribute(&name), number(kept_until.timestamp()));
        self.bucket_write("bucket_revoke", &bucket, revoked, kept_until).await
    }

    /// Writes the end of the links of a campaign that were made up to now.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn bucket_set_end(
        &self,
        tenant: &TenantId,
        campaign: &Campaign,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let CampaignTag { bucket, name } = self.data_key.campaign_tag(tenant, &campaign.campaign);
        let end = HashMap::from([
            ("at".to_owned(), number(expires_at.timestamp_micros())),
            ("changed_at".to_owned(), number(now.timestamp_micros())),
        ]);
        let end = (end_attribute(&name), AttributeValue::M(end));
        self.bucket_write("bucket_set_end", &bucket, end, campaign.kept_until).await
    }

    /// Writes an attribute of a bucket, which is kept for at least as long as a campaign: one write, and a second one only if
    /// another campaign of the bucket is kept for longer.
    async fn bucket_write(
        &self,
        op: &'static str,
        bucket: &CampaignBucket,
        (name, value): (String, AttributeValue),
        kept_until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut retry = Retry::new(op, ATTEMPTS);
        loop {
            for (ttl, condition) in [(":ttl", "attribute_not_exists(#ttl) OR #ttl <= :ttl"), ("#ttl", "#ttl > :ttl")] {
                let request = self
                    .update(keys::campaign_bucket(bucket), &format!("SET #name = :value, #ttl = {ttl}"))
                    .expression_attribute_names("#name", &name)
                    .expression_attribute_names("#ttl", keys::TTL)
                    .expression_attribute_values(":value", value.clone())
                    .expression_attribute_values(":ttl", number(kept_until.timestamp()))
                    .condition_expression(condition);
                if held(op, request.send().await)?.is_some() {
                    self.memory.bucket_campaigns.remove(bucket);
                    self.links_changed();
                    return Ok(());
                }
            }
            retry.again().await?;
        }
    }
}
