//! API tokens as the table knows them: a record that decides, never the secret itself.

use super::{AccountId, Scopes, TenantId, TokenId};
use chrono::{DateTime, Utc, serde::ts_microseconds, serde::ts_microseconds_option};
use serde::{Deserialize, Serialize};

/// The record of an API token. What counts is this, not the claims of the token that names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its public name.
    pub id: TokenId,
    /// The tenant it can see.
    pub tenant: TenantId,
    /// The account that owns it, whose role bounds the scopes.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// The scopes it was made with.
    pub scopes: Scopes,
    /// When it was made.
    #[serde(with = "ts_microseconds")]
    pub created_at: DateTime<Utc>,
    /// When it stops working by itself.
    #[serde(with = "ts_microseconds")]
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last accepted.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Token {
    /// Whether it is accepted at an instant.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
