//! The record of an API token in the table. The table never contains the token itself.

use crate::model::account::Scopes;
use crate::model::name::{AccountId, TenantId, TokenId};
use crate::model::text_enum::text_enum;
use chrono::{DateTime, Utc, serde::ts_microseconds, serde::ts_microseconds_option};
use serde::{Deserialize, Serialize};

text_enum!(
    /// What a token is for.
    TokenKind {
        /// A program calls the API with it.
        Api = "api",
        /// The session of a person in the console.
        Console = "console",
    }
);

/// The record of an API token. The record decides what the token may do, not the claims in the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The public name.
    pub id: TokenId,
    /// The tenant whose data the token gives access to.
    pub tenant: TenantId,
    /// The account that owns the token. Its role bounds the scopes.
    pub account: AccountId,
    /// The description that its owner chose.
    pub name: String,
    /// What the token is for.
    #[serde(default = "default_kind")]
    pub kind: TokenKind,
    /// The scopes that the token was issued with.
    pub scopes: Scopes,
    /// When the token was issued.
    #[serde(with = "ts_microseconds")]
    pub created_at: DateTime<Utc>,
    /// When the token expires.
    #[serde(with = "ts_microseconds")]
    pub expires_at: DateTime<Utc>,
    /// When the token was revoked.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the token was last accepted.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The kind of a record that was stored before tokens had kinds.
fn default_kind() -> TokenKind {
    TokenKind::Api
}

impl Token {
    /// Whether the token is accepted at an instant: neither revoked nor expired.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && !self.is_expired(now)
    }

    /// Whether the time that the token was issued for is over.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }
}
