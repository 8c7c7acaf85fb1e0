//! Sync sources, one for each tenant that has registered its OpenDialog workspace.

use crate::model::{SyncSource, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{count, held, item, number, string, value};
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use chrono::{DateTime, Utc};

/// The purpose under which the tokens of workspaces are sealed.
const SEALED_FOR: &str = "sync token";

impl Store {
    /// The token of a workspace as [`SyncSource::sealed_token`] keeps it.
    #[must_use]
    pub fn sync_token_seal(&self, tenant: &TenantId, token: &str) -> String {
        self.data_key.seal(SEALED_FOR, tenant.as_str(), token)
    }

    /// The token of a source.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the token was sealed under another data key.
    pub fn sync_token(&self, source: &SyncSource) -> Result<String, StoreError> {
        let token = self.data_key.unseal(SEALED_FOR, source.tenant.as_str(), &source.sealed_token);
        token.map_err(|_| StoreError::invalid("sync_token", "the token of a workspace cannot be decrypted"))
    }

    /// Stores the source of a tenant, replacing an existing one.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn sync_source_put(&self, source: &SyncSource) -> Result<(), StoreError> {
        let op = "sync_source_put";
        self.put(op, item(op, keys::sync_source(&source.tenant), source)?).await
    }

    /// The source of a tenant.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or the item cannot be read.
    pub async fn sync_source_get(&self, tenant: &TenantId) -> Result<Option<SyncSource>, StoreError> {
        self.get("sync_source_get", keys::sync_source(tenant)).await
    }

    /// Every source, by tenant.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an item cannot be read.
    pub async fn sync_source_list(&self) -> Result<Vec<SyncSource>, StoreError> {
        let op = "sync_source_list";
        let items = self.list(op, keys::SYNC.to_owned(), "").await?;
        items.into_iter().map(|item| value(op, item)).collect()
    }

    /// Deletes the source of a tenant. Returns false if it has none.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn sync_source_remove(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&*self.table)
            .set_key(Some(keys::sync_source(tenant)))
            .return_values(ReturnValue::AllOld);
        let removed = request.send().await.map_err(StoreError::of("sync_source_remove"))?;
        Ok(removed.attributes.is_some())
    }

    /// Records that everything before `synced_until` of a source is copied, and how much the run has left out so far. Returns
    /// false if the source was removed or registered again since it was read, and changes nothing then.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn sync_source_advance(
        &self,
        source: &SyncSource,
        refused: usize,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let request = self
            .sync_source_set(source, now, "SET synced_until = :until, refused = :refused, {same} REMOVE last_error")
            .expression_attribute_values(":until", number(source.synced_until.timestamp_micros()))
            .expression_attribute_values(":refused", count(refused));
        Ok(held("sync_source_advance", request.send().await)?.is_some())
    }

    /// Records that a run stopped, and why if it failed. Returns false as [`sync_source_advance`](Self::sync_source_advance)
    /// does.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn sync_source_stop(
        &self,
        source: &SyncSource,
        error: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let request = match error {
            Some(error) => self
                .sync_source_set(source, now, "SET last_error = :error, {same}")
                .expression_attribute_values(":error", string(error)),
            None => self.sync_source_set(source, now, "SET {same} REMOVE last_error"),
        };
        Ok(held("sync_source_stop", request.send().await)?.is_some())
    }

    fn sync_source_set(&self, source: &SyncSource, now: DateTime<Utc>, update: &str) -> UpdateItemFluentBuilder {
        self.update(
            keys::sync_source(&source.tenant),
            &update.replace("{same}", "step_seconds = :step, last_run_at = :now"),
        )
        .condition_expression("registered_at = :registered")
        .expression_attribute_values(":registered", number(source.registered_at.timestamp_micros()))
        .expression_attribute_values(":step", number(source.step_seconds))
        .expression_attribute_values(":now", number(now.timestamp_micros()))
    }
}
