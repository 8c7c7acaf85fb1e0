//! Scenarios of a tenant, by id and by alias.

use crate::model::{Scenario, ScenarioId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{item, string, take, value};
use crate::store::dynamo::retry::Retry;
use crate::store::dynamo::transaction::{ATTEMPTS, Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::time::Instant;

#[derive(Serialize, Deserialize)]
struct Alias {
    scenario: ScenarioId,
}

/// A scenario was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Another scenario of the tenant has the alias.
    #[error("the alias belongs to another scenario")]
    AliasTaken,
    /// The request failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Stores a scenario, replacing an existing one. An alias that it had before is deleted.
    ///
    /// # Errors
    /// Returns [`ScenarioError::AliasTaken`] if the alias belongs to another scenario, and [`ScenarioError::Store`] if
    /// DynamoDB rejects a request or retries are exhausted.
    pub async fn scenario_put(&self, tenant: &TenantId, scenario: &Scenario) -> Result<(), ScenarioError> {
        let op = "scenario_put";
        let mut retry = Retry::new(op, ATTEMPTS);
        let mut keeps_old_alias = false;
        loop {
            let before: Option<Scenario> = self.get(op, keys::scenario(tenant, &scenario.id)).await?;
            let old_alias = before.as_ref().and_then(|before| before.alias.as_ref());
            let old_alias = old_alias.filter(|old| Some(*old) != scenario.alias.as_ref() && !keeps_old_alias);

            let record = item(op, keys::scenario(tenant, &scenario.id), scenario)?;
            let mut writes = vec![unchanged_since(before.as_ref(), self.transact_put(record)).into_write()];
            let mut alias_at = None;
            if let Some(alias) = &scenario.alias {
                alias_at = Some(writes.len());
                writes.push(self.alias_put(tenant, alias, &scenario.id)?);
            }
            let mut old_alias_at = None;
            if let Some(old) = old_alias {
                old_alias_at = Some(writes.len());
                writes.push(self.alias_delete(tenant, old, &scenario.id));
            }
            match self.transact_once(op, self.transaction(writes)).await? {
                Attempt::Committed => {
                    self.memory.scenarios.remove(&(tenant.clone(), scenario.id.clone()));
                    return Ok(());
                }
                Attempt::ConditionFailed(at) if alias_at.is_some_and(|alias| at.contains(&alias)) => {
                    return Err(ScenarioError::AliasTaken);
                }
                // The record is current, so its alias has gone to another scenario: it is not this one's to delete.
                Attempt::ConditionFailed(at) if old_alias_at.is_some_and(|old| at == [old]) => keeps_old_alias = true,
                // The record changed after it was read.
                Attempt::ConditionFailed(_) | Attempt::Busy => {}
            }
            retry.again().await?;
        }
    }

    fn alias_put(
        &self,
        tenant: &TenantId,
        alias: &ScenarioId,
        scenario: &ScenarioId,
    ) -> Result<TransactWriteItem, StoreError> {
        let alias = item("scenario_put", keys::alias(tenant, alias), &Alias { scenario: scenario.clone() })?;
        let put = self
            .transact_put(alias)
            .condition_expression("attribute_not_exists(PK) OR scenario = :id")
            .expression_attribute_values(":id", string(scenario.as_str()));
        Ok(put.into_write())
    }

    fn alias_delete(&self, tenant: &TenantId, alias: &ScenarioId, scenario: &ScenarioId) -> TransactWriteItem {
        self.transact_delete(keys::alias(tenant, alias))
            .condition_expression("attribute_not_exists(PK) OR scenario = :id")
            .expression_attribute_values(":id", string(scenario.as_str()))
            .into_write()
    }

    /// A scenario by its id, at most one second old, for webchat pages. Shared, because many exchanges ask at once.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn scenario_shared(
        &self,
        tenant: &TenantId,
        id: &ScenarioId,
    ) -> Result<Option<Arc<Scenario>>, StoreError> {
        let names = (tenant.clone(), id.clone());
        if let Some(known) = self.memory.scenarios.get(&names) {
            return Ok(Some(known));
        }
        let read_at = Instant::now();
        let found: Option<Scenario> = self.get("scenario_shared", keys::scenario(tenant, id)).await?;
        let found = found.map(Arc::new);
        if let Some(found) = &found {
            self.memory.scenarios.insert(names, read_at, found.clone());
        }
        Ok(found)
    }

    /// A scenario by its id, or else by its alias.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn scenario_find(&self, tenant: &TenantId, name: &ScenarioId) -> Result<Option<Scenario>, StoreError> {
        let op = "scenario_find";
        let (by_id, by_alias) = (keys::scenario(tenant, name), keys::alias(tenant, name));
        let (id_sk, alias_sk) = (keys::text(&by_id, keys::SK).to_owned(), keys::text(&by_alias, keys::SK).to_owned());
        let mut found = self.get_all(op, vec![by_id, by_alias], Freshness::Consistent).await?;
        if let Some(scenario) = take(op, &mut found, &id_sk)? {
            return Ok(Some(scenario));
        }
        match take(op, &mut found, &alias_sk)? {
            Some(Alias { scenario }) => self.get(op, keys::scenario(tenant, &scenario)).await,
            None => Ok(None),
        }
    }

    /// The scenarios of a tenant, by id.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn scenario_list(&self, tenant: &TenantId) -> Result<Vec<Scenario>, StoreError> {
        let op = "scenario_list";
        let found = self.list(op, keys::tenant_pk(tenant), keys::SCENARIO_PREFIX).await?;
        found.into_iter().map(|item| value(op, item)).collect()
    }
}

/// The put of a record whose alias is still the one that was read.
fn unchanged_since(before: Option<&Scenario>, put: PutBuilder) -> PutBuilder {
    let Some(before) = before else { return put.condition_expression("attribute_not_exists(PK)") };
    let put = put.expression_attribute_names("#alias", "alias");
    match &before.alias {
        Some(alias) => {
            put.condition_expression("#alias = :before").expression_attribute_values(":before", string(alias.as_str()))
        }
        // A scenario without an alias is stored with the alias NULL.
        None => put
            .condition_expression("attribute_not_exists(#alias) OR #alias = :before")
            .expression_attribute_values(":before", AttributeValue::Null(true)),
    }
}
