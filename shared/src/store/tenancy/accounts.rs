//! Accounts of a tenant.

use crate::model::{Account, AccountId, TenantId};
use crate::store::client::Store;
use crate::store::dynamo::item::{item, value};
use crate::store::error::StoreError;
use crate::store::keys;

impl Store {
    /// Stores an account. A smaller role shrinks the account's tokens at once.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn account_put(&self, tenant: &TenantId, account: &Account) -> Result<(), StoreError> {
        let op = "account_put";
        self.put(op, item(op, keys::account(tenant, &account.id), account)?).await
    }

    /// An account by id.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn account_get(&self, tenant: &TenantId, account: &AccountId) -> Result<Option<Account>, StoreError> {
        self.get("account_get", keys::account(tenant, account)).await
    }

    /// The accounts of a tenant, by name.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn account_list(&self, tenant: &TenantId) -> Result<Vec<Account>, StoreError> {
        let op = "account_list";
        let found = self.list(op, keys::tenant_pk(tenant), keys::ACCOUNT_PREFIX).await?;
        found.into_iter().map(|item| value(op, item)).collect()
    }
}
