//! The keys of links, their activities, campaigns and lists.

use crate::crypto::{CampaignBucket, LinkHash};
use crate::model::{CampaignId, TenantId};
use crate::store::keys::key::{Key, key};
use chrono::{DateTime, Utc};

pub(in crate::store) fn link_pk(link: &LinkHash) -> String {
    format!("L#{}", link.as_str())
}

pub(in crate::store) const LINK: &str = "LINK";

pub(in crate::store) fn link(link: &LinkHash) -> Key {
    key(link_pk(link), LINK)
}

/// Partitions of the activities of a campaign's links: 8,000 write units per second (DynamoDB takes 1,000 per partition).
pub(in crate::store) const ACTIVITY_SHARDS: u8 = 8;

/// A partition of the activities of a bucket's links.
pub(in crate::store) fn activity_pk(bucket: &CampaignBucket, shard: u8) -> String {
    format!("A#{bucket}#{shard}")
}

/// The activity of a link.
pub(in crate::store) fn activity(link: &LinkHash) -> Key {
    // A character of base64url is one of 64, so that its lowest bits are nearly evenly spread.
    let shard = link.code_hash().as_bytes().last().map_or(0, |byte| byte % ACTIVITY_SHARDS);
    key(activity_pk(&link.campaign_bucket(), shard), link.code_hash())
}

/// A bucket of the lists of users' links.
pub(in crate::store) fn user_links_pk(tenant: &TenantId, bucket: u8) -> String {
    format!("T#{tenant}#UB#{bucket}")
}

pub(in crate::store) fn campaign_pk(tenant: &TenantId, campaign: &CampaignId) -> String {
    format!("T#{tenant}#C#{campaign}")
}

/// The revoked campaigns of a bucket, and the changed ends of campaigns.
pub(in crate::store) fn campaign_bucket(bucket: &CampaignBucket) -> Key {
    key(format!("R#{bucket}"), REVOKED)
}

pub(in crate::store) const REVOKED: &str = "REVOKED";

pub(in crate::store) const CAMPAIGN: &str = "CAMPAIGN";

pub(in crate::store) fn campaign(tenant: &TenantId, campaign: &CampaignId) -> Key {
    key(campaign_pk(tenant, campaign), CAMPAIGN)
}

/// The list of a tenant's campaigns.
pub(in crate::store) fn campaigns_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}#CL")
}

/// The list of a tenant's requests for links.
pub(in crate::store) fn batches_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}#B")
}

/// Sorts by time, then by an id, which distinguishes two items of one microsecond.
pub(in crate::store) fn made_sk(made_at: DateTime<Utc>, id: &str) -> String {
    format!("{:020}#{id}", made_at.timestamp_micros())
}

pub(in crate::store) const MANIFEST_PREFIX: &str = "M#";

/// A part of the manifest of a request. `batch` is its sort key in the list of requests.
pub(in crate::store) fn manifest_sk(batch: &str, part: usize) -> String {
    format!("{MANIFEST_PREFIX}{batch}#{part:05}")
}

pub(in crate::store) const BATCH_PREFIX: &str = "N#";

/// The number of links of a request. `batch` is its sort key in the list of requests.
pub(in crate::store) fn batch_size_sk(batch: &str) -> String {
    format!("{BATCH_PREFIX}{batch}")
}
