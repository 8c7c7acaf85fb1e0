//! Contexts of users: read, merged, and stored under the condition that no other request stored one in between.

use crate::model::{Attributes, Context, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, value};
use crate::store::dynamo::retry::Retry;
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, Utc};
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
}

impl Record {
    fn of(version: i64, context: &Context) -> Self {
        let values = serde_json::to_string(context).expect("a context is a map of JSON values");
        Self { version, values }
    }

    fn context(&self, op: &'static str) -> Result<Context, StoreError> {
        serde_json::from_str(&self.values).map_err(StoreError::json(op))
    }
}

/// A context to store, and the condition that it is still the one that was read.
pub(in crate::store) struct ContextChange {
    pub(in crate::store) item: Item,
    pub(in crate::store) condition: Condition,
}

impl Store {
    /// The context of a user: the attributes of the links that were exchanged. Empty if there is none.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or the context cannot be read.
    pub async fn context_get(&self, tenant: &TenantId, user: &UserHash) -> Result<Context, StoreError> {
        let op = "context_get";
        let record: Option<Record> = self.get(op, keys::context(tenant, user)).await?;
        record.map_or_else(|| Ok(Context::default()), |record| record.context(op))
    }

    /// Merges the attributes of a link or an import into a user's context. `at` is when the link was made.
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
        let op = "context_merge";
        let mut retry = Retry::new(op, ATTEMPTS);
        loop {
            let change = self.context_change(tenant, user, attributes, at).await?;
            if let Put::Stored = self.put_if(op, change.item, change.condition).await? {
                return Ok(());
            }
            retry.again().await?;
        }
    }

    /// Removes the attributes of links made up to `until` from a user's context.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or the context cannot be read.
    pub(in crate::store) async fn context_erase(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let op = "context_erase";
        let mut retry = Retry::new(op, ATTEMPTS);
        loop {
            let key = keys::context(tenant, user);
            let Some(record) = self.get::<Record>(op, key.clone()).await? else { return Ok(()) };
            let mut context = record.context(op)?;
            context.forget(until);
            if context.is_empty() {
                return self.batch_delete(op, vec![key]).await;
            }
            let left = item(op, key, &Record::of(record.version + 1, &context))?;
            if let Put::Stored = self.put_if(op, left, of_version(record.version)).await? {
                return Ok(());
            }
            retry.again().await?;
        }
    }

    /// The merge as an item to store, and the condition that no other request has changed the context since.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or the context cannot be read.
    pub(in crate::store) async fn context_change(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        attributes: &Attributes,
        at: DateTime<Utc>,
    ) -> Result<ContextChange, StoreError> {
        let op = "context_change";
        let key = keys::context(tenant, user);
        let before: Option<Record> = self.get(op, key.clone()).await?;
        let (mut context, version, condition) = match before {
            Some(before) => (before.context(op)?, before.version, of_version(before.version)),
            None => (Context::default(), 0, Condition::absent()),
        };
        context.merge(attributes, at);
        Ok(ContextChange { item: item(op, key, &Record::of(version + 1, &context))?, condition })
    }
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
