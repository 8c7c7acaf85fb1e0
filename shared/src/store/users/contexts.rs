//! Contexts of users: read, merged, and stored under the condition that no other request stored one in between.
//!
//! An erasure leaves its mark in the context. So a merge that has read the context before the erasure is refused by the
//! context's version, and one that reads it later by the mark.

use crate::model::{Attributes, Context, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, value};
use crate::store::dynamo::retry::Retry;
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, Utc, serde::ts_microseconds_option};
use serde::{Deserialize, Serialize};

/// Attempts to store a context that other requests change.
const ATTEMPTS: u32 = 8;

/// A context as stored.
#[derive(Serialize, Deserialize)]
struct Record {
    /// One more with every change.
    version: i64,
    /// The [`Context`] as JSON, so that numbers stay exact.
    values: String,
    /// Links that were made up to this time merge nothing: the user was erased.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    refused_until: Option<DateTime<Utc>>,
}

impl Record {
    fn context(&self, op: &'static str) -> Result<Context, StoreError> {
        serde_json::from_str(&self.values).map_err(StoreError::json(op))
    }
}

/// A context that was read, to be changed under the condition that no other request has changed it since.
pub(in crate::store) struct StoredContext {
    /// `None` if there is no item.
    version: Option<i64>,
    context: Context,
    refused_until: Option<DateTime<Utc>>,
}

impl StoredContext {
    fn of(op: &'static str, record: Option<Record>) -> Result<Self, StoreError> {
        let Some(record) = record else {
            return Ok(Self { version: None, context: Context::default(), refused_until: None });
        };
        let context = record.context(op)?;
        Ok(Self { version: Some(record.version), context, refused_until: record.refused_until })
    }

    fn is_erased(&self, made_at: DateTime<Utc>) -> bool {
        self.refused_until.is_some_and(|until| made_at <= until)
    }
}

/// The result of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Merge {
    /// The context has the attributes, or newer ones.
    Done,
    /// The user was erased after the link was made.
    Erased,
}

impl Store {
    /// The context of a user: the attributes of the links that were exchanged. Empty if there is none.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or the context cannot be read.
    pub async fn context_get(&self, tenant: &TenantId, user: &UserHash) -> Result<Context, StoreError> {
        Ok(self.context_read(tenant, user).await?.context)
    }

    /// A context to change.
    pub(in crate::store) async fn context_read(
        &self,
        tenant: &TenantId,
        user: &UserHash,
    ) -> Result<StoredContext, StoreError> {
        let op = "context_get";
        StoredContext::of(op, self.get(op, keys::context(tenant, user)).await?)
    }

    /// Merges the attributes of a link or an import into a user's context, whether or not the user was erased. `at` is when
    /// the link was made. A context that would not change is not written.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or the context cannot be read.
    pub async fn context_merge(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        attributes: &Attributes,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let merge = |context: &mut Context| context.merge(attributes, at);
        let stored = self.context_read(tenant, user).await?;
        self.context_change(tenant, user, stored, |stored| Some(merge(&mut stored.context))).await.map(drop)
    }

    /// As [`context_merge`](Self::context_merge), but merges nothing if the user was erased after the link was made.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or the context cannot be read.
    pub(in crate::store) async fn context_merge_unless_erased(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        stored: StoredContext,
        attributes: &Attributes,
        at: DateTime<Utc>,
    ) -> Result<Merge, StoreError> {
        let change = |stored: &mut StoredContext| (!stored.is_erased(at)).then(|| stored.context.merge(attributes, at));
        let is_merged = self.context_change(tenant, user, stored, change).await?;
        Ok(if is_merged { Merge::Done } else { Merge::Erased })
    }

    /// Removes the attributes of links made up to `until` from a user's context, and refuses those that come later.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or the context cannot be read.
    pub(in crate::store) async fn context_erase(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let erase = |stored: &mut StoredContext| {
            let is_marked = stored.refused_until.is_some_and(|erased| until <= erased);
            stored.refused_until = stored.refused_until.max(Some(until));
            Some(stored.context.forget(until) || !is_marked)
        };
        let stored = self.context_read(tenant, user).await?;
        self.context_change(tenant, user, stored, erase).await.map(drop)
    }

    /// Changes a context, and stores it if the change says so. The change runs again if another request has stored the
    /// context since it was read. Returns false if the change refuses, which is `None`.
    async fn context_change(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        mut stored: StoredContext,
        change: impl Fn(&mut StoredContext) -> Option<bool>,
    ) -> Result<bool, StoreError> {
        let op = "context_change";
        let mut retry = Retry::new(op, ATTEMPTS);
        loop {
            match change(&mut stored) {
                None => return Ok(false),
                Some(false) => return Ok(true),
                Some(true) => {}
            }
            let record = Record {
                version: stored.version.map_or(1, |version| version + 1),
                values: serde_json::to_string(&stored.context).expect("a context is a map of JSON values"),
                refused_until: stored.refused_until,
            };
            let condition = stored.version.map_or_else(Condition::absent, of_version);
            match self.put_if(op, item(op, keys::context(tenant, user), &record)?, condition).await? {
                Put::Stored => return Ok(true),
                Put::Refused(other) => {
                    let other = (!other.is_empty()).then(|| value(op, other)).transpose()?;
                    stored = StoredContext::of(op, other)?;
                }
            }
            retry.again().await?;
        }
    }
}

/// Whether the item of a context has attributes. An erased user's has none.
///
/// # Errors
/// Returns [`StoreError`] if the item or its JSON cannot be read.
pub(in crate::store) fn has_attributes(op: &'static str, item: Item) -> Result<bool, StoreError> {
    of_item(op, item).map(|context| !context.is_empty())
}

/// The context of an item.
///
/// # Errors
/// Returns [`StoreError`] if the item or its JSON cannot be read.
pub(in crate::store) fn of_item(op: &'static str, item: Item) -> Result<Context, StoreError> {
    value::<Record>(op, item)?.context(op)
}

/// The stored context still has this version.
fn of_version(version: i64) -> Condition {
    Condition {
        expression: "version = :version",
        names: &[],
        values: Item::from([(":version".to_owned(), number(version))]),
    }
}
