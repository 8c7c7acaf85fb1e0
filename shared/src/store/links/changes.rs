//! Changes of links and campaigns after they were made.

use crate::crypto::LinkHash;
use crate::model::{Attributes, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{held, number, string};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::campaigns::Campaign;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};

/// What changes of a link. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct LinkChange {
    /// When the link expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often the link's handoff may be exchanged, those exchanges included that were made.
    pub max_uses: Option<u64>,
    /// What the link tells the webchat, instead of what it told before.
    pub attributes: Option<Attributes>,
}

impl Store {
    /// Changes a link, in one write. Returns false if the link does not exist.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_change(
        &self,
        link: &LinkHash,
        change: &LinkChange,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "link_change";
        let attributes = change.attributes.as_ref().map(serde_json::to_string).transpose();
        let expires_at = change.expires_at.map(|at| number(at.timestamp_micros()));
        let values = [
            ("end_changed_at", expires_at.as_ref().map(|_| number(now.timestamp_micros()))),
            ("expires_at", expires_at),
            ("max_uses", change.max_uses.map(|uses| AttributeValue::N(uses.to_string()))),
            ("attributes", attributes.map_err(StoreError::json(op))?.map(string)),
        ];
        let values: Vec<_> = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        if values.is_empty() {
            return Ok(true);
        }
        let sets: Vec<_> = values.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let request = self.update(keys::link(link), &format!("SET {}", sets.join(", ")));
        let request = values.into_iter().fold(request, |request, (name, value)| {
            request
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value)
        });
        // An erasure may have removed the link meanwhile.
        let changed = held(op, request.condition_expression("attribute_exists(PK)").send().await)?.is_some();
        self.link_changed(link);
        Ok(changed)
    }

    /// Changes when the links of a campaign expire that were made up to now.
    ///
    /// As for a revocation, the end is written to the campaign's bucket, which is read together with each link, and then to
    /// the campaign, for lists. No link is written, so a campaign of a million links costs the same.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn campaign_set_end(
        &self,
        tenant: &TenantId,
        campaign: &Campaign,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.bucket_set_end(tenant, campaign, expires_at, now).await?;
        let of_campaign = self
            .update(keys::campaign(tenant, &campaign.campaign), "SET expires_at = :end")
            .expression_attribute_values(":end", number(expires_at.timestamp_micros()))
            // DynamoDB may have deleted it meanwhile, because it is no longer kept.
            .condition_expression("attribute_exists(PK)");
        held("campaign_set_end", of_campaign.send().await).map(drop)
    }
}
