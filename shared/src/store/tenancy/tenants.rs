//! Tenants and the list of them.

use crate::model::{Account, AccountId, Tenant, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{item, take, value};
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use std::sync::Arc;
use tokio::time::Instant;

impl Store {
    /// Stores a new tenant. Returns false if a tenant of this name exists.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn tenant_create(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        let op = "tenant_create";
        let new = [item(op, keys::tenant(&tenant.id), tenant)?, keys::tenant_listed(&tenant.id)];
        let puts =
            new.map(|item| self.transact_put(item).condition_expression("attribute_not_exists(PK)").into_write());
        match self.transact(op, self.transaction(puts.into())).await? {
            Attempt::ConditionFailed(_) => Ok(false),
            attempt => attempt.committed(op).map(|()| true),
        }
    }

    /// Stores a tenant's settings.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the tenant does not exist, DynamoDB rejects the request or retries are exhausted.
    pub async fn tenant_update(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let op = "tenant_update";
        let values = item(op, keys::Key::new(), tenant)?;
        let sets: Vec<_> = values.keys().map(|name| format!("#{name} = :{name}")).collect();
        let request = self
            .update(keys::tenant(&tenant.id), &format!("SET {}", sets.join(", ")))
            .condition_expression("attribute_exists(PK)");
        let request = values.into_iter().fold(request, |request, (name, value)| {
            request
                .expression_attribute_names(format!("#{name}"), &name)
                .expression_attribute_values(format!(":{name}"), value)
        });
        request.send().await.map_err(StoreError::of(op))?;
        self.memory.tenants.remove(&tenant.id);
        Ok(())
    }

    /// A tenant by id.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn tenant_get(&self, tenant: &TenantId) -> Result<Option<Tenant>, StoreError> {
        self.get("tenant_get", keys::tenant(tenant)).await
    }

    /// A tenant by id, at most one second old, for webchat pages. Shared, because many sessions ask at once.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn tenant_shared(&self, tenant: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        if let Some(known) = self.memory.tenants.get(tenant) {
            return Ok(Some(known));
        }
        let read_at = Instant::now();
        let found = self.tenant_get(tenant).await?.map(Arc::new);
        if let Some(found) = &found {
            self.memory.tenants.insert(tenant.clone(), read_at, found.clone());
        }
        Ok(found)
    }

    /// A tenant and one of its accounts in one request, or `None` if one of the two does not exist.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn tenant_with_account(
        &self,
        tenant: &TenantId,
        account: &AccountId,
    ) -> Result<Option<(Tenant, Account)>, StoreError> {
        let op = "tenant_with_account";
        let wanted = [keys::tenant(tenant), keys::account(tenant, account)];
        let [tenant_sk, account_sk] = wanted.each_ref().map(|key| keys::text(key, keys::SK).to_owned());
        let mut found = self.get_all(op, wanted.into(), Freshness::Consistent).await?;
        Ok(take(op, &mut found, &tenant_sk)?.zip(take(op, &mut found, &account_sk)?))
    }

    /// Every tenant, by name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn tenant_list(&self) -> Result<Vec<Tenant>, StoreError> {
        let op = "tenant_list";
        let listed = self.list(op, keys::META.into(), keys::TENANT_PREFIX).await?;
        let wanted = listed.iter().map(|item| {
            let id = keys::text(item, keys::SK).strip_prefix(keys::TENANT_PREFIX);
            let id = id.and_then(|id| id.parse::<TenantId>().ok()).ok_or_else(|| StoreError::key(op))?;
            Ok(keys::tenant(&id))
        });
        let wanted = wanted.collect::<Result<Vec<_>, StoreError>>()?;
        let mut tenants = Vec::with_capacity(listed.len());
        for some in chunks(wanted, 100) {
            tenants.extend(self.get_all(op, some, Freshness::Consistent).await?);
        }
        let mut tenants = tenants.into_iter().map(|item| value(op, item)).collect::<Result<Vec<Tenant>, _>>()?;
        tenants.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(tenants)
    }
}
