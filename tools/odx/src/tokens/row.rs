//! Tokens as a command prints them.

use crate::output::join;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::model::{Account, Scopes, Token, TokenId, time};

/// A token as a command prints it, with the scopes that it has now.
#[derive(Serialize)]
pub(super) struct TokenRow {
    id: TokenId,
    name: String,
    state: &'static str,
    scopes: Scopes,
    #[serde(serialize_with = "time::iso::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "time::iso::serialize")]
    expires_at: DateTime<Utc>,
    #[serde(serialize_with = "time::iso_option::serialize")]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "time::iso_option::serialize")]
    revoked_at: Option<DateTime<Utc>>,
}

impl TokenRow {
    pub(super) const HEADER: [&str; 7] =
        ["id", "name", "state", "created (UTC)", "expires (UTC)", "last used (UTC)", "scopes"];

    pub(super) fn new(token: Token, owner: &Account, now: DateTime<Utc>) -> Self {
        let state = match token.revoked_at {
            Some(_) => "revoked",
            None if token.is_live(now) => "live",
            None => "expired",
        };
        Self {
            id: token.id,
            name: token.name,
            state,
            scopes: &token.scopes & &owner.allowed(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }

    pub(super) fn row(&self) -> [String; 7] {
        let minute = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M").to_string();
        [
            self.id.to_string(),
            self.name.clone(),
            self.state.to_owned(),
            minute(self.created_at),
            minute(self.expires_at),
            self.last_used_at.map_or("never".to_owned(), minute),
            join(&self.scopes),
        ]
    }
}
