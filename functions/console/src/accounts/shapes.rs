//! Accounts in responses.

use serde::Serialize;
use shared::model::{Account, AccountId, Email, Role, Scopes};

/// An account.
#[derive(Serialize)]
pub(crate) struct AccountShape {
    id: AccountId,
    role: Role,
    scopes: Scopes,
    email: Option<Email>,
    /// Whether a person has signed in as this account.
    is_bound: bool,
}

impl From<Account> for AccountShape {
    fn from(account: Account) -> Self {
        let (scopes, is_bound) = (account.allowed(), account.identity.is_some());
        Self { id: account.id, role: account.role, scopes, email: account.email, is_bound }
    }
}

/// The accounts of a tenant.
#[derive(Serialize)]
pub(crate) struct AccountList {
    pub(super) data: Vec<AccountShape>,
}
