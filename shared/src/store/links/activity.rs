//! Activities of links: click and use counters, and revocations.
//!
//! Creating a link never writes its activity, so a repeated creation cannot undo a use or a revocation. The activities of
//! a campaign share the partitions of the campaign's bucket: a funnel reads the links that were touched, and no others.

use crate::crypto::{CampaignTag, LinkHash};
use crate::model::{CampaignId, Link, LinkActivity, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{number, string, value};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::link_record::LinkRecord;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Revokes a link.
pub(in crate::store) const REVOKE: &str = "SET revoked_at = if_not_exists(revoked_at, :now), #ttl = :ttl";

/// Activities that one page reads at most. Each has up to 230 bytes: 2.3 MB are 281 read units, eventually consistent.
const ACTIVITIES_A_PAGE: usize = 10_000;

/// An activity as stored.
#[derive(Deserialize)]
struct Record {
    /// The name of the link's campaign in its bucket. A link that was only revoked has none.
    #[serde(default)]
    campaign: Option<String>,
    #[serde(flatten)]
    activity: LinkActivity,
}

/// Where the next page of a campaign's activities begins: a shard of the bucket, and the last link read in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActivityCursor {
    #[serde(rename = "s")]
    shard: u8,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Store {
    /// The activities of a campaign's links that were clicked, opened or conversed in, and where the next page begins: at
    /// most 10,000. Reads are eventually consistent: a page may miss the last second or so.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an activity cannot be read.
    pub async fn campaign_activities(
        &self,
        tenant: &TenantId,
        campaign: &CampaignId,
        from: Option<ActivityCursor>,
    ) -> Result<(Vec<LinkActivity>, Option<ActivityCursor>), StoreError> {
        let op = "campaign_activities";
        let CampaignTag { bucket, name } = self.data_key.campaign_tag(tenant, campaign);
        let mut position = from.unwrap_or(ActivityCursor { shard: 0, after: None });
        let (mut activities, mut left) = (Vec::new(), ACTIVITIES_A_PAGE);
        while position.shard < keys::ACTIVITY_SHARDS {
            if left == 0 {
                return Ok((activities, Some(position)));
            }
            let pk = keys::activity_pk(&bucket, position.shard);
            let start = position.after.take().map(|after| keys::key(pk.clone(), after));
            let request = self.query_prefix(pk, "").limit(query::page_size(left)).set_exclusive_start_key(start);
            let (items, last_read) = query::page(op, request).await?;
            left -= items.len();
            for item in items {
                let record: Record = value(op, item)?;
                // Two campaigns may share a bucket.
                if record.campaign.as_ref() == Some(&name) {
                    activities.push(record.activity);
                }
            }
            position = match last_read {
                Some(last) => ActivityCursor { after: Some(keys::text(&last, keys::SK).to_owned()), ..position },
                None => ActivityCursor { shard: position.shard + 1, after: None },
            };
        }
        Ok((activities, None))
    }

    /// Records that the link's recipient was active on a day, and, if `conversed`, that the recipient sent a message.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_active(
        &self,
        (hash, link): (&LinkHash, &Link),
        day: NaiveDate,
        conversed: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut sets = "SET active_day = :day, campaign = :campaign, #ttl = :ttl".to_owned();
        if conversed {
            sets.push_str(", conversed_at = if_not_exists(conversed_at, :now)");
        }
        let mut request = self
            .update(keys::activity(hash), &sets)
            .expression_attribute_values(":day", string(day.to_string()))
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":campaign", self.campaign_name(link))
            .expression_attribute_values(":ttl", number(link.kept_until.timestamp()));
        if conversed {
            request = request.expression_attribute_values(":now", number(now.timestamp_micros()));
        }
        request.send().await.map(drop).map_err(StoreError::of("link_active"))
    }

    /// Revokes a link for good.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn link_revoke(
        &self,
        LinkRecord { hash, link, .. }: &LinkRecord,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let request = self
            .update(keys::activity(hash), REVOKE)
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":ttl", number(link.kept_until.timestamp()));
        request.send().await.map_err(StoreError::of("link_revoke"))?;
        self.link_changed(hash);
        Ok(())
    }

    /// The name of a link's campaign in its bucket, as the activities of its links have it.
    pub(in crate::store) fn campaign_name(&self, link: &Link) -> AttributeValue {
        string(self.data_key.campaign_tag(&link.tenant, &link.campaign).name)
    }
}
