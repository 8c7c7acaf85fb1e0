//! Accounts: people and integrations of a tenant, with the scopes that their role allows.

use super::{AccountId, Invalid};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Read what users said.
    InteractionsRead,
    /// Write interactions.
    InteractionsWrite,
    /// Look at links and their funnel.
    LinksRead,
    /// Make and revoke links.
    LinksWrite,
    /// Erase a user.
    UsersErase,
    /// See and revoke the tokens of other accounts.
    TokensManage,
}

impl Scope {
    /// Every scope, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::InteractionsRead,
        Self::InteractionsWrite,
        Self::LinksRead,
        Self::LinksWrite,
        Self::UsersErase,
        Self::TokensManage,
    ];

    /// The scope as tokens and errors name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InteractionsRead => "interactions:read",
            Self::InteractionsWrite => "interactions:write",
            Self::LinksRead => "links:read",
            Self::LinksWrite => "links:write",
            Self::UsersErase => "users:erase",
            Self::TokensManage => "tokens:manage",
        }
    }
}

impl FromStr for Scope {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| Invalid::new(format!("must be one of {}", Self::ALL.map(Self::as_str).join(", "))))
    }
}

impl TryFrom<String> for Scope {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.as_str().to_owned()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes.
pub type Scopes = BTreeSet<Scope>;

/// The kind of an account: the most its tokens may do, whatever scopes they were made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Links, and reading interactions.
    Editor,
    /// Reading interactions and links.
    Analyst,
    /// The scopes named when the account was made.
    Integration,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Editor, Self::Analyst, Self::Integration];

    /// The role as operators name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Analyst => "analyst",
            Self::Integration => "integration",
        }
    }
}

impl FromStr for Role {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Invalid::new(format!("must be one of {}", Self::ALL.map(Self::as_str).join(", "))))
    }
}

/// A person or integration of a tenant that owns API tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name, chosen by the operator.
    pub id: AccountId,
    /// What bounds its tokens.
    pub role: Role,
    /// The bounds of an [`Role::Integration`]; other roles have theirs from the role.
    #[serde(default)]
    pub scopes: Scopes,
}

impl Account {
    /// The most a token of this account may do now.
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
