//! The keys of the table, as listed in [`crate::store`].

mod day;

use crate::crypto::{CampaignBucket, LinkHash};
use crate::model::{AccountId, CampaignId, ScenarioId, TenantId, TokenId, UserHash};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, Utc};
pub(in crate::store) use day::*;
use std::collections::HashMap;

pub(in crate::store) const PK: &str = "PK";
pub(in crate::store) const SK: &str = "SK";
pub(in crate::store) const TTL: &str = "ttl";

/// The primary key of an item, as attributes.
pub(in crate::store) type Key = HashMap<String, AttributeValue>;

pub(in crate::store) fn key(pk: String, sk: impl Into<String>) -> Key {
    HashMap::from([(PK.to_owned(), AttributeValue::S(pk)), (SK.to_owned(), AttributeValue::S(sk.into()))])
}

/// The key of an item.
pub(in crate::store) fn of(item: &HashMap<String, AttributeValue>) -> Key {
    key(text(item, PK).to_owned(), text(item, SK))
}

/// The text of an attribute of an item; empty if there is none.
pub(in crate::store) fn text<'a>(item: &'a HashMap<String, AttributeValue>, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

pub(in crate::store) fn meta() -> Key {
    key(META.into(), META)
}

pub(in crate::store) const META: &str = "META";

pub(in crate::store) fn tenant_listed(tenant: &TenantId) -> Key {
    key(META.into(), format!("{TENANT_PREFIX}{tenant}"))
}

pub(in crate::store) const TENANT_PREFIX: &str = "TENANT#";

pub(in crate::store) fn tenant_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}")
}

pub(in crate::store) fn tenant(tenant: &TenantId) -> Key {
    key(tenant_pk(tenant), "TENANT")
}

const ACTIVE_DAYS_PREFIX: &str = "DAYS#";

pub(in crate::store) fn active_days_sk(year: i32) -> String {
    format!("{ACTIVE_DAYS_PREFIX}{year:04}")
}

pub(in crate::store) fn read_active_days_sk(sk: &str) -> Option<i32> {
    sk.strip_prefix(ACTIVE_DAYS_PREFIX)?.parse().ok()
}

/// The days of a year on which a tenant has interactions.
pub(in crate::store) fn active_days(tenant: &TenantId, year: i32) -> Key {
    key(tenant_pk(tenant), active_days_sk(year))
}

pub(in crate::store) const ACCOUNT_PREFIX: &str = "ACCOUNT#";

pub(in crate::store) fn account(tenant: &TenantId, account: &AccountId) -> Key {
    key(tenant_pk(tenant), format!("{ACCOUNT_PREFIX}{account}"))
}

pub(in crate::store) const SCENARIO_PREFIX: &str = "SCENARIO#";

pub(in crate::store) fn scenario(tenant: &TenantId, scenario: &ScenarioId) -> Key {
    key(tenant_pk(tenant), format!("{SCENARIO_PREFIX}{scenario}"))
}

pub(in crate::store) fn alias(tenant: &TenantId, alias: &ScenarioId) -> Key {
    key(tenant_pk(tenant), format!("ALIAS#{alias}"))
}

pub(in crate::store) fn account_tokens_pk(tenant: &TenantId, account: &AccountId) -> String {
    format!("T#{tenant}#A#{account}")
}

pub(in crate::store) const TOKEN_PREFIX: &str = "TOKEN#";

pub(in crate::store) fn account_token(tenant: &TenantId, account: &AccountId, token: &TokenId) -> Key {
    key(account_tokens_pk(tenant, account), format!("{TOKEN_PREFIX}{token}"))
}

pub(in crate::store) fn token(record: &str) -> Key {
    key(format!("K#{record}"), "TOKEN")
}

/// The counter of a tenant's requests. It has a partition of its own, because it is written by each request.
pub(in crate::store) fn tenant_requests(tenant: &TenantId) -> Key {
    key(format!("T#{tenant}#RATE"), "REQUESTS")
}

pub(in crate::store) const MESSAGES_PREFIX: &str = "MESSAGES#";

/// Number and times of a user's webchat messages on a day.
pub(in crate::store) fn user_messages(tenant: &TenantId, user: &UserHash, day: NaiveDate) -> Key {
    key(user_pk(tenant, user), format!("{MESSAGES_PREFIX}{day}"))
}

pub(in crate::store) fn user_pk(tenant: &TenantId, user: &UserHash) -> String {
    format!("T#{tenant}#U#{user}")
}

pub(in crate::store) const DAY_PREFIX: &str = "DAY#";

pub(in crate::store) fn day_sk(day: NaiveDate) -> String {
    format!("{DAY_PREFIX}{day}")
}

pub(in crate::store) fn read_day_sk(sk: &str) -> Option<NaiveDate> {
    sk.strip_prefix(DAY_PREFIX)?.parse().ok()
}

pub(in crate::store) const ERASED: &str = "ERASED";

pub(in crate::store) fn erased(tenant: &TenantId, user: &UserHash) -> Key {
    key(user_pk(tenant, user), ERASED)
}

/// A partition of the changes feed of a day.
pub(in crate::store) fn feed_pk(tenant: &TenantId, day: NaiveDate, shard: u8) -> String {
    format!("T#{tenant}#F#{day}#S#{shard}")
}

pub(in crate::store) fn feed_sk(micros: i64, entry: &str) -> String {
    format!("{micros:020}#{entry}")
}

pub(in crate::store) const CONTEXT: &str = "CONTEXT";

pub(in crate::store) fn context(tenant: &TenantId, user: &UserHash) -> Key {
    key(user_pk(tenant, user), CONTEXT)
}

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

pub(in crate::store) fn idempotency(tenant: &TenantId, account: &AccountId, key_hash: &str) -> Key {
    key(format!("T#{tenant}#IDEM#{account}"), key_hash)
}

pub(in crate::store) fn handoff(jti: &str) -> Key {
    key(format!("X#{jti}"), "NONCE")
}
