//! Scenarios of a tenant, by id and by alias.

use crate::model::{Scenario, ScenarioId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{find, item, string, value};
use crate::store::error::StoreError;
use crate::store::error::TRANSACTION_CANCELLED;
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use serde::{Deserialize, Serialize};

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
    /// The table's error.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Makes or replaces a scenario; an alias that it had before is given up.
    ///
    /// # Errors
    /// An alias that belongs to another scenario, or the table's.
    pub async fn scenario_put(&self, tenant: &TenantId, scenario: &Scenario) -> Result<(), ScenarioError> {
        let op = "scenario_put";
        let before: Option<Scenario> = self.get(op, keys::scenario(tenant, &scenario.id)).await?;
        let record = item(op, keys::scenario(tenant, &scenario.id), scenario)?;
        let put = |put: aws_sdk_dynamodb::types::builders::PutBuilder| {
            TransactWriteItem::builder()
                .put(put.table_name(&*self.table).build().expect("table and item are set"))
                .build()
        };
        let mut request = self.client.transact_write_items().transact_items(put(Put::builder().set_item(Some(record))));
        if let Some(alias) = &scenario.alias {
            let alias = item(op, keys::alias(tenant, alias), &Alias { scenario: scenario.id.clone() })?;
            request = request.transact_items(put(Put::builder()
                .set_item(Some(alias))
                .condition_expression("attribute_not_exists(PK) OR scenario = :id")
                .expression_attribute_values(":id", string(scenario.id.as_str()))));
        }
        if let Some(old) = before.and_then(|before| before.alias).filter(|old| Some(old) != scenario.alias.as_ref()) {
            let delete = Delete::builder().table_name(&*self.table).set_key(Some(keys::alias(tenant, &old))).build();
            let delete = delete.expect("table and key are set");
            request = request.transact_items(TransactWriteItem::builder().delete(delete).build());
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(TRANSACTION_CANCELLED) => Err(ScenarioError::AliasTaken),
            Err(error) => Err(StoreError::of(op)(error).into()),
        }
    }

    /// A scenario by its id, else by its alias.
    ///
    /// # Errors
    /// The table's.
    pub async fn scenario_find(&self, tenant: &TenantId, name: &ScenarioId) -> Result<Option<Scenario>, StoreError> {
        let op = "scenario_find";
        let wanted = [keys::scenario(tenant, name), keys::alias(tenant, name)];
        let found = self.get_all(op, wanted.to_vec()).await?;
        if let Some(scenario) = find(op, &found, &wanted[0])? {
            return Ok(Some(scenario));
        }
        match find(op, &found, &wanted[1])? {
            Some(Alias { scenario }) => self.get(op, keys::scenario(tenant, &scenario)).await,
            None => Ok(None),
        }
    }

    /// The scenarios of a tenant, by id.
    ///
    /// # Errors
    /// The table's.
    pub async fn scenario_list(&self, tenant: &TenantId) -> Result<Vec<Scenario>, StoreError> {
        let op = "scenario_list";
        let found = self.list(op, keys::tenant_pk(tenant), keys::SCENARIO_PREFIX).await?;
        found.into_iter().map(|item| value(op, item)).collect()
    }
}
