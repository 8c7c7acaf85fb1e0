//! `odx account`: people and integrations that own tokens.

use crate::context::Source;
use crate::output::{Output, join};
use crate::tenants;
use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use shared::model::{Account, AccountId, Role, Scope, Scopes, TenantId};
use shared::store::Store;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create an account
    #[command(after_help = "\
Examples:
  odx account create --tenant acme ann --role admin
  odx account create --tenant acme crm --role integration --scope links:write --scope links:read")]
    Create {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// Name of the account: letters, digits, dot, underscore and hyphen
        id: AccountId,
        #[command(flatten)]
        permissions: Permissions,
    },
    /// List the accounts of a tenant
    #[command(after_help = "\
Examples:
  odx account list --tenant acme
  odx account list --tenant acme --json")]
    List {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
    },
    /// Change the role of an account
    ///
    /// The scopes of its tokens change at once: a token never has a scope that its account lacks.
    #[command(after_help = "Example:\n  odx account role --tenant acme ann --role analyst")]
    Role {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The account
        id: AccountId,
        #[command(flatten)]
        permissions: Permissions,
    },
}

/// The options that limit the scopes of an account's tokens.
#[derive(Debug, clap::Args)]
pub(crate) struct Permissions {
    /// admin: every scope; editor: links, and reading interactions; analyst: reading both; integration: see --scope
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|role| role.parse::<Role>()))]
    role: Role,
    /// A scope of an integration; repeat the option for each scope
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope())]
    scopes: Vec<Scope>,
}

/// Parses a scope. The help lists all scopes.
pub(crate) fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|scope| scope.parse::<Scope>())
}

impl Permissions {
    fn account(self, id: AccountId) -> Result<Account> {
        match (self.role, self.scopes.is_empty()) {
            (Role::Integration, true) => bail!("an integration has no scopes by default: give it at least one --scope"),
            (Role::Integration, false) | (_, true) => {}
            (role, false) => {
                bail!("the scopes of `{}` follow from the role: omit --scope, or use --role integration", role.as_str())
            }
        }
        Ok(Account { id, role: self.role, scopes: self.scopes.into_iter().collect() })
    }
}

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

/// An account as a command prints it.
#[derive(Serialize)]
struct AccountRow {
    id: AccountId,
    role: Role,
    scopes: Scopes,
}

impl From<Account> for AccountRow {
    fn from(account: Account) -> Self {
        Self { scopes: account.allowed(), id: account.id, role: account.role }
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let store = source.open().await?.store;
    match command {
        Command::Create { tenant, id, permissions } => {
            let account = permissions.account(id)?;
            tenants::find(&store, &tenant).await?;
            if store.account_get(&tenant, &account.id).await?.is_some() {
                bail!("the account `{}` already exists: `odx account role` changes its scopes", account.id);
            }
            store.account_put(&tenant, &account).await?;
            let message = format!("created account `{}`", account.id);
            output.done(&AccountRow::from(account), &message)
        }
        Command::List { tenant } => {
            tenants::find(&store, &tenant).await?;
            let accounts: Vec<_> = store.account_list(&tenant).await?.into_iter().map(AccountRow::from).collect();
            let row = |account: &AccountRow| {
                [account.id.to_string(), account.role.as_str().to_owned(), join(&account.scopes)]
            };
            let empty = format!(
                "tenant `{tenant}` has no accounts: `odx account create --tenant {tenant} ID --role ROLE` creates one"
            );
            output.list(&accounts, ["id", "role", "scopes"], row, &empty)
        }
        Command::Role { tenant, id, permissions } => {
            let account = permissions.account(find(&store, &tenant, &id).await?.id)?;
            store.account_put(&tenant, &account).await?;
            output.done(&AccountRow::from(account), &format!("changed account `{id}`"))
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn account(role: Role, scopes: &[Scope]) -> Result<Account> {
        Permissions { role, scopes: scopes.into() }.account("crm".parse().unwrap())
    }

    #[rstest]
    #[case::an_integration_without_scopes(Role::Integration, &[])]
    #[case::a_role_with_scopes(Role::Admin, &[Scope::LinksRead])]
    fn role_and_scopes_that_contradict_each_other_are_refused(#[case] role: Role, #[case] scopes: &[Scope]) {
        assert!(account(role, scopes).is_err());
    }

    #[test]
    fn an_integration_has_the_scopes_that_it_is_given() {
        let integration = account(Role::Integration, &[Scope::LinksRead]).unwrap();
        assert_eq!(integration.allowed(), [Scope::LinksRead].into());
    }

    #[test]
    fn other_roles_have_scopes_of_their_own() {
        assert!(account(Role::Editor, &[]).unwrap().allowed().contains(&Scope::LinksWrite));
    }
}
