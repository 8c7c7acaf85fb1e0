//! Accounts: people and integrations of a tenant, with the scopes that their roles allow.

use crate::model::name::AccountId;
use crate::model::person::{Email, PersonHash};
use crate::model::text_enum::text_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

text_enum!(
    /// A right that a token may have.
    Scope {
        /// Read interactions.
        InteractionsRead = "interactions:read",
        /// Write interactions.
        InteractionsWrite = "interactions:write",
        /// List links and read the funnel of a campaign.
        LinksRead = "links:read",
        /// Create and revoke links.
        LinksWrite = "links:write",
        /// Export everything that is kept about a user.
        UsersRead = "users:read",
        /// Erase a user.
        UsersErase = "users:erase",
        /// List and revoke the tokens of other accounts.
        TokensManage = "tokens:manage",
    }
);

/// A set of scopes.
pub type Scopes = BTreeSet<Scope>;

text_enum!(
    /// The kind of an account. It bounds the scopes of the account's tokens, whatever scopes they were issued with.
    Role {
        /// Every scope.
        Admin = "admin",
        /// Links, and reading interactions.
        Editor = "editor",
        /// Reading interactions and links.
        Analyst = "analyst",
        /// The scopes named when the account was created.
        Integration = "integration",
    }
);

/// A person or integration of a tenant that owns API tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The name, chosen by the operator.
    pub id: AccountId,
    /// The kind of account.
    pub role: Role,
    /// The scopes of a [`Role::Integration`]; ignored for other roles.
    #[serde(default)]
    pub scopes: Scopes,
    /// The mail address of the person who signs in to the console as this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The person, once signed in: from then on the address alone signs nobody in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<PersonHash>,
}

impl Account {
    /// An account without a person.
    #[must_use]
    pub fn new(id: AccountId, role: Role, scopes: Scopes) -> Self {
        Self { id, role, scopes, email: None, identity: None }
    }

    /// The scopes that a token of this account can have at most.
    #[must_use]
    pub fn allowed(&self) -> Scopes {
        match self.role {
            Role::Admin => Scope::ALL.into(),
            Role::Editor => [Scope::LinksRead, Scope::LinksWrite, Scope::InteractionsRead].into(),
            Role::Analyst => [Scope::InteractionsRead, Scope::LinksRead].into(),
            Role::Integration => self.scopes.clone(),
        }
    }
}
