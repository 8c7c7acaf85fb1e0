//! The keys of the table. See the table in the module above.

pub(super) use super::day_keys::*;
use crate::crypto::{LinkHash, Slot};
use crate::model::{AccountId, CampaignId, Huser, ScenarioId, TenantId, TokenId};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;

pub(super) const PK: &str = "PK";
pub(super) const SK: &str = "SK";
pub(super) const TTL: &str = "ttl";
pub(super) const LINKS_BY_USER: &str = "links_by_user";
pub(super) const LINKS_OF: &str = "links_of";
pub(super) const MADE_AT: &str = "made_at";

/// An item's primary key as attributes.
pub(super) type Key = HashMap<String, AttributeValue>;

pub(super) fn key(pk: String, sk: impl Into<String>) -> Key {
    HashMap::from([(PK.to_owned(), AttributeValue::S(pk)), (SK.to_owned(), AttributeValue::S(sk.into()))])
}

/// The key of an item.
pub(super) fn of(item: &HashMap<String, AttributeValue>) -> Key {
    key(text(item, PK).to_owned(), text(item, SK))
}

/// The text of a key attribute of an item.
pub(super) fn text<'a>(item: &'a HashMap<String, AttributeValue>, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

pub(super) fn meta() -> Key {
    key(META.into(), META)
}

pub(super) const META: &str = "META";

pub(super) fn tenant_listed(tenant: &TenantId) -> Key {
    key(META.into(), format!("{TENANT_PREFIX}{tenant}"))
}

pub(super) const TENANT_PREFIX: &str = "TENANT#";

pub(super) fn tenant_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}")
}

pub(super) fn tenant(tenant: &TenantId) -> Key {
    key(tenant_pk(tenant), "TENANT")
}

pub(super) const ACCOUNT_PREFIX: &str = "ACCOUNT#";

pub(super) fn account(tenant: &TenantId, account: &AccountId) -> Key {
    key(tenant_pk(tenant), format!("{ACCOUNT_PREFIX}{account}"))
}

pub(super) const SCENARIO_PREFIX: &str = "SCENARIO#";

pub(super) fn scenario(tenant: &TenantId, scenario: &ScenarioId) -> Key {
    key(tenant_pk(tenant), format!("{SCENARIO_PREFIX}{scenario}"))
}

pub(super) fn alias(tenant: &TenantId, alias: &ScenarioId) -> Key {
    key(tenant_pk(tenant), format!("ALIAS#{alias}"))
}

pub(super) fn account_tokens_pk(tenant: &TenantId, account: &AccountId) -> String {
    format!("T#{tenant}#A#{account}")
}

pub(super) const TOKEN_PREFIX: &str = "TOKEN#";

pub(super) fn account_token(tenant: &TenantId, account: &AccountId, token: &TokenId) -> Key {
    key(account_tokens_pk(tenant, account), format!("{TOKEN_PREFIX}{token}"))
}

pub(super) fn token(record: &str) -> Key {
    key(format!("K#{record}"), "TOKEN")
}

pub(super) fn user_pk(tenant: &TenantId, user: &Huser) -> String {
    format!("T#{tenant}#U#{user}")
}

pub(super) const DAY_PREFIX: &str = "DAY#";

pub(super) fn day_sk(day: NaiveDate) -> String {
    format!("{DAY_PREFIX}{day}")
}

pub(super) fn read_day_sk(sk: &str) -> Option<NaiveDate> {
    sk.strip_prefix(DAY_PREFIX)?.parse().ok()
}

pub(super) const ERASED: &str = "ERASED";

pub(super) fn erased(tenant: &TenantId, user: &Huser) -> Key {
    key(user_pk(tenant, user), ERASED)
}

/// The changes of a day, spread over several partitions.
pub(super) fn feed_pk(tenant: &TenantId, day: NaiveDate, shard: u8) -> String {
    format!("T#{tenant}#F#{day}#S#{shard}")
}

pub(super) fn feed_sk(micros: i64, entry: &str) -> String {
    format!("{micros:020}#{entry}")
}

pub(super) const CONTEXT: &str = "CONTEXT";

pub(super) fn context(tenant: &TenantId, user: &Huser) -> Key {
    key(user_pk(tenant, user), CONTEXT)
}

pub(super) fn message(tenant: &TenantId, user: &Huser, message_id: &str) -> Key {
    key(user_pk(tenant, user), format!("{MESSAGE_PREFIX}{message_id}"))
}

pub(super) const MESSAGE_PREFIX: &str = "MSG#";

pub(super) fn link_pk(link: &LinkHash) -> String {
    format!("L#{}", link.as_str())
}

pub(super) fn read_link_pk(pk: &str) -> Option<LinkHash> {
    pk.strip_prefix("L#").map(LinkHash::of_key)
}

pub(super) const LINK: &str = "LINK";
pub(super) const STATE: &str = "STATE";

pub(super) fn link_state(link: &LinkHash) -> Key {
    key(link_pk(link), STATE)
}

pub(super) fn campaign_pk(tenant: &TenantId, campaign: &CampaignId) -> String {
    format!("T#{tenant}#C#{campaign}")
}

/// The revoked campaigns of a slot.
pub(super) fn revoked(slot: &Slot) -> Key {
    key(format!("R#{}", slot.as_str()), REVOKED)
}

pub(super) const REVOKED: &str = "REVOKED";

pub(super) const CAMPAIGN: &str = "CAMPAIGN";

pub(super) fn campaign(tenant: &TenantId, campaign: &CampaignId) -> Key {
    key(campaign_pk(tenant, campaign), CAMPAIGN)
}

/// The list of a tenant's campaigns.
pub(super) fn campaigns_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}#CL")
}

/// The list of a tenant's requests for links.
pub(super) fn batches_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}#B")
}

/// Sorts by time, then by what tells two of one microsecond apart.
pub(super) fn made_sk(made_at: DateTime<Utc>, id: &str) -> String {
    format!("{:020}#{id}", made_at.timestamp_micros())
}

pub(super) const MANIFEST_PREFIX: &str = "M#";

/// A part of the manifest of a request, whose place in the list of requests is `batch`.
pub(super) fn manifest_sk(batch: &str, part: usize) -> String {
    format!("{MANIFEST_PREFIX}{batch}#{part:05}")
}

pub(super) fn idempotency(tenant: &TenantId, account: &AccountId, key_hash: &str) -> Key {
    key(format!("T#{tenant}#IDEM#{account}"), key_hash)
}

pub(super) fn handoff(jti: &str) -> Key {
    key(format!("X#{jti}"), "NONCE")
}
