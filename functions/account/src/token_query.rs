//! The query of the list of tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::http::{Checked, Field, QueryFilter};
use shared::model::{Token, TokenId, TokenKind, time};
use utoipa::IntoParams;

/// Tokens of a page if `limit` is not given.
pub(crate) const DEFAULT_LIMIT: usize = 100;

/// The filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct TokenQuery {
    /// Only tokens of programs (`api`), or only sessions of people in the console (`console`).
    #[param(value_type = Option<String>, nullable = false, pattern = "^(api|console)?$")]
    kind: Field,
}

impl QueryFilter for TokenQuery {
    type Filter = Option<TokenKind>;

    fn check(self) -> Checked<Self::Filter> {
        self.kind.parse("kind")
    }
}

/// The last token of a page. Tokens are listed by when they were created, the newest first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Position {
    #[serde(rename = "c", with = "chrono::serde::ts_microseconds")]
    created_at: DateTime<Utc>,
    #[serde(rename = "t")]
    id: TokenId,
}

impl Position {
    /// The position of a token.
    pub(crate) fn of(token: &Token) -> Self {
        // The table keeps microseconds.
        Self { created_at: time::from_micros(token.created_at.timestamp_micros()), id: token.id.clone() }
    }

    /// Whether a token is listed after this position.
    pub(crate) fn is_before(&self, token: &Token) -> bool {
        (token.created_at, &token.id) < (self.created_at, &self.id)
    }
}
