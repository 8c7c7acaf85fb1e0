//! The account that owns a token, as options.

use crate::tenants;
use anyhow::{Result, anyhow};
use shared::model::{Account, AccountId, TenantId};
use shared::store::Store;

/// The options that name the account that owns a token.
#[derive(Debug, clap::Args)]
pub(crate) struct Owner {
    /// The tenant
    #[arg(long)]
    pub(crate) tenant: TenantId,
    /// The account that owns the token
    #[arg(long)]
    pub(crate) account: AccountId,
}

impl Owner {
    /// The account.
    ///
    /// # Errors
    /// As [`find`].
    pub(crate) async fn find(&self, store: &Store) -> Result<Account> {
        find(store, &self.tenant, &self.account).await
    }
}

/// An account of a tenant.
///
/// # Errors
/// Returns an error if the tenant or the account does not exist, and [`StoreError`](shared::store::StoreError) if
/// DynamoDB rejects the request.
pub(crate) async fn find(store: &Store, tenant: &TenantId, id: &AccountId) -> Result<Account> {
    tenants::find(store, tenant).await?;
    let missing =
        || anyhow!("tenant `{tenant}` has no account `{id}`: `odx account list --tenant {tenant}` lists its accounts");
    store.account_get(tenant, id).await?.ok_or_else(missing)
}
