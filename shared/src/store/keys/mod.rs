//! The keys of the table, as listed in [`crate::store`].

mod day;
mod key;
mod links;

use crate::model::{AccountId, PersonHash, ScenarioId, TenantId, TokenId, UserHash};
use chrono::NaiveDate;
pub(in crate::store) use day::*;
pub(in crate::store) use key::*;
pub(in crate::store) use links::*;

pub(in crate::store) fn meta() -> Key {
    key(META.into(), META)
}

pub(in crate::store) const META: &str = "META";

pub(in crate::store) fn tenant_listed(tenant: &TenantId) -> Key {
    key(META.into(), format!("{TENANT_PREFIX}{tenant}"))
}

/// The partition of the sync sources.
pub(in crate::store) const SYNC: &str = "SYNC";

pub(in crate::store) fn sync_source(tenant: &TenantId) -> Key {
    key(SYNC.into(), tenant.as_str())
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

/// The partition of a tenant's accounts. It is their own, so that a function can have the right to write nothing else.
pub(in crate::store) fn accounts_pk(tenant: &TenantId) -> String {
    format!("T#{tenant}#ACCOUNTS")
}

pub(in crate::store) const ACCOUNT_PREFIX: &str = "ACCOUNT#";

pub(in crate::store) fn account(tenant: &TenantId, account: &AccountId) -> Key {
    key(accounts_pk(tenant), format!("{ACCOUNT_PREFIX}{account}"))
}

pub(in crate::store) fn person_pk(person: &PersonHash) -> String {
    format!("P#{person}")
}

/// An account that a person signs in as.
pub(in crate::store) fn person_account(person: &PersonHash, tenant: &TenantId, account: &AccountId) -> Key {
    key(person_pk(person), format!("T#{tenant}#A#{account}"))
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

pub(in crate::store) fn idempotency(tenant: &TenantId, account: &AccountId, key_hash: &str) -> Key {
    key(format!("T#{tenant}#IDEM#{account}"), key_hash)
}

pub(in crate::store) fn handoff(jti: &str) -> Key {
    key(format!("X#{jti}"), "NONCE")
}
