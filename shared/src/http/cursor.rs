//! Cursors of our own lists: opaque, signed, bound to tenant and question.

use super::{ApiError, QueryPairs};
use crate::app::App;
use crate::crypto::{Cursor, base64url};
use crate::model::TenantId;
use aws_lc_rs::digest;
use serde::{Serialize, de::DeserializeOwned};

/// The cursor of a list: reads what a client sends, writes what it is given.
#[derive(Clone, Debug)]
pub struct Paging {
    app: App,
    tenant: TenantId,
    question: String,
    seconds: i64,
}

impl Paging {
    /// The paging of a question: the path and everything of the query but `cursor` and `limit`.
    #[must_use]
    pub fn of(app: &App, tenant: &TenantId, path: &str, query: &QueryPairs) -> Self {
        let mut asked: Vec<_> = query.0.iter().filter(|(name, _)| name != "cursor" && name != "limit").collect();
        asked.sort();
        let asked = serde_json::to_vec(&(path, asked)).unwrap_or_default();
        let question = base64url(&digest::digest(&digest::SHA256, &asked).as_ref()[..12]);
        Self { app: app.clone(), tenant: tenant.clone(), question, seconds: Cursor::SECONDS }
    }

    /// The paging of a question whose cursors are good as long as the keys that sign them.
    #[must_use]
    pub fn lasting(app: &App, tenant: &TenantId, path: &str, query: &QueryPairs) -> Self {
        Self { seconds: Cursor::LASTING_SECONDS, ..Self::of(app, tenant, path, query) }
    }

    /// Where a list goes on.
    ///
    /// # Errors
    /// A cursor that is altered, too old, another tenant's, or another question's.
    pub fn read<T: DeserializeOwned>(&self, cursor: Option<&str>) -> Result<Option<T>, ApiError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let read = self.app.config.signer.verify::<Cursor>(cursor, self.app.clock.now()).ok();
        let ours = read.filter(|read| read.tenant == self.tenant && read.question == self.question);
        let at = ours.and_then(|cursor| serde_json::from_str(&cursor.at).ok());
        at.map(Some).ok_or_else(|| ApiError::field("cursor", "The cursor is not one of this question, or is too old."))
    }

    /// The cursor of a place.
    pub fn write<T: Serialize>(&self, at: &T) -> String {
        let iat = self.app.clock.now().timestamp();
        let cursor = Cursor {
            tenant: self.tenant.clone(),
            question: self.question.clone(),
            at: serde_json::to_string(at).unwrap_or_default(),
            iat,
            exp: iat + self.seconds,
        };
        self.app.config.signer.sign(&cursor)
    }
}
