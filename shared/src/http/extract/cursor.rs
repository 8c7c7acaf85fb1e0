//! Cursors of our own lists: opaque, signed, bound to a tenant and a query.

use crate::app::App;
use crate::crypto::{CursorClaims, base64url, sha256};
use crate::http::error::ApiError;
use crate::http::extract::query::QueryPairs;
use crate::model::TenantId;
use serde::{Serialize, de::DeserializeOwned};

/// Signs and verifies the cursors of one query.
#[derive(Clone, Debug)]
pub struct CursorCodec {
    app: App,
    tenant: TenantId,
    question: String,
    seconds: i64,
}

impl CursorCodec {
    /// A codec bound to the path and to every name of the query except `cursor` and `limit`.
    #[must_use]
    pub fn new(app: &App, tenant: &TenantId, path: &str, query: &QueryPairs) -> Self {
        let mut asked: Vec<_> = query.0.iter().filter(|(name, _)| name != "cursor" && name != "limit").collect();
        asked.sort();
        let asked = serde_json::to_vec(&(path, asked)).expect("text serializes");
        let question = base64url(&sha256(&asked)[..12]);
        Self { app: app.clone(), tenant: tenant.clone(), question, seconds: CursorClaims::SECONDS }
    }

    /// A codec like [`CursorCodec::new`], whose cursors are valid as long as the keys that sign them.
    #[must_use]
    pub fn long_lived(app: &App, tenant: &TenantId, path: &str, query: &QueryPairs) -> Self {
        Self { seconds: CursorClaims::LASTING_SECONDS, ..Self::new(app, tenant, path, query) }
    }

    /// The position of a cursor, if the client sent one.
    ///
    /// # Errors
    /// Returns [`ApiError::Invalid`] if the cursor was altered, has expired, or belongs to another tenant or query.
    pub fn decode<T: DeserializeOwned>(&self, cursor: Option<&str>) -> Result<Option<T>, ApiError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let read = self.app.config.signer.verify::<CursorClaims>(cursor, self.app.clock.now()).ok();
        let ours = read.filter(|read| read.tenant == self.tenant && read.question == self.question);
        let at = ours.and_then(|cursor| serde_json::from_str(&cursor.at).ok());
        at.map(Some).ok_or_else(|| ApiError::field("cursor", "The cursor is not one of this query, or is too old."))
    }

    /// The cursor of a position.
    ///
    /// # Panics
    /// Panics if the position does not serialise as JSON.
    pub fn encode<T: Serialize>(&self, at: &T) -> String {
        let iat = self.app.clock.now().timestamp();
        let cursor = CursorClaims {
            tenant: self.tenant.clone(),
            question: self.question.clone(),
            at: serde_json::to_string(at).expect("positions have no maps, so no key that is not text"),
            iat,
            exp: iat + self.seconds,
        };
        self.app.config.signer.sign(&cursor)
    }
}
