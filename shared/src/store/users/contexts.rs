//! Users' contexts: read, merged, and stored only if nobody else stored one meanwhile.

use crate::model::{Attributes, Context, TenantId, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, value};
use crate::store::dynamo::retry;
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A context as stored: JSON, so that numbers stay exact, and a version that every change counts up.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    version: i64,
    values: String,
}

/// A context to be stored under the condition that it is still the one that was read.
pub(in crate::store) struct ContextChange {
    pub(in crate::store) item: Item,
    pub(in crate::store) condition: Condition,
}

impl Store {
    /// What the links of a user have told.
    ///
    /// # Errors
    /// The table's.
    pub async fn context_get(&self, tenant: &TenantId, user: &UserHash) -> Result<Context, StoreError> {
        let record: Option<Record> = self.get("context_get", keys::context(tenant, user)).await?;
        Ok(record.map(|record| read(&record)).unwrap_or_default())
    }

    /// Merges attributes that were told at an instant into a user's context.
    ///
    /// # Errors
    /// The table's.
    pub async fn context_merge(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        told: &Attributes,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let op = "context_merge";
        for attempt in 0..8 {
            let change = self.context_change(tenant, user, told, at).await?;
            if let Put::Stored = self.put_if(op, change.item, change.condition).await? {
                return Ok(());
            }
            retry::wait(attempt).await;
        }
        Err(StoreError::retries_exhausted(op))
    }

    /// Forgets what was told up to an instant.
    pub(in crate::store) async fn context_erase(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let op = "context_erase";
        for attempt in 0..8 {
            let key = keys::context(tenant, user);
            let Some(record) = self.get::<Record>(op, key.clone()).await? else { return Ok(()) };
            let mut context = read(&record);
            context.forget(until);
            if context.is_empty() {
                return self.batch_delete(op, vec![key]).await;
            }
            let version = record.version;
            let kept = Record { version: version + 1, values: serde_json::to_string(&context).unwrap_or_default() };
            if let Put::Stored = self.put_if(op, item(op, key, &kept)?, of_version(version)).await? {
                return Ok(());
            }
            retry::wait(attempt).await;
        }
        Err(StoreError::retries_exhausted(op))
    }

    /// The merge as a change that holds only as long as nobody else changes the context.
    pub(in crate::store) async fn context_change(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        told: &Attributes,
        at: DateTime<Utc>,
    ) -> Result<ContextChange, StoreError> {
        let op = "context_change";
        let before: Option<Record> = self.get(op, keys::context(tenant, user)).await?;
        let mut context = before.as_ref().map(read).unwrap_or_default();
        context.merge(told, at);
        let version = before.as_ref().map_or(0, |before| before.version);
        let after = Record { version: version + 1, values: serde_json::to_string(&context).unwrap_or_default() };
        Ok(ContextChange {
            item: item(op, keys::context(tenant, user), &after)?,
            condition: before.map_or_else(Condition::absent, |_| of_version(version)),
        })
    }
}

/// The context of an item.
pub(in crate::store) fn of_item(op: &'static str, item: Item) -> Result<Context, StoreError> {
    value(op, item).map(|record| read(&record))
}

/// The context is still the one of a version.
fn of_version(version: i64) -> Condition {
    Condition {
        expression: "version = :version",
        names: &[],
        values: Item::from([(":version".to_owned(), number(version))]),
    }
}

fn read(record: &Record) -> Context {
    serde_json::from_str(&record.values).unwrap_or_default()
}
