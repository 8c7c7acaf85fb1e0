//! `odx account`: people and integrations that own tokens.

use crate::connect::Source;
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
    /// Make an account
    #[command(after_help = "\
Examples:
  odx account create --tenant acme ann --role admin
  odx account create --tenant acme crm --role integration --scope links:write --scope links:read")]
    Create {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// Its name: letters, digits, dot, underscore and hyphen
        id: AccountId,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// List the accounts of a tenant
    #[command(after_help = "Example:\n  odx account list --tenant acme")]
    List {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
    },
    /// Change the role of an account; a smaller role shrinks its tokens at once
    #[command(after_help = "Example:\n  odx account role --tenant acme ann --role analyst")]
    Role {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The account
        id: AccountId,
        #[command(flatten)]
        bounds: Bounds,
    },
}

/// What the tokens of an account may do at most.
#[derive(Debug, clap::Args)]
pub(crate) struct Bounds {
    /// admin: everything; editor: links, reading interactions; analyst: reading both; integration: its scopes
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|role| role.parse::<Role>()))]
    role: Role,
    /// What an integration may do; repeat it to name them all
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope())]
    scopes: Vec<Scope>,
}

/// Reads a scope and lists all of them in the help.
pub(crate) fn scope() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str)).try_map(|scope| scope.parse::<Scope>())
}

impl Bounds {
    fn account(self, id: AccountId) -> Result<Account> {
        match (self.role, self.scopes.is_empty()) {
            (Role::Integration, true) => bail!("an integration may do what is named: give at least one --scope"),
            (Role::Integration, false) | (_, true) => {}
            (role, false) => {
                bail!(
                    "the scopes of `{}` follow from the role: leave --scope out, or make it an integration",
                    role.as_str()
                )
            }
        }
        Ok(Account { id, role: self.role, scopes: self.scopes.into_iter().collect() })
    }
}

/// An account as it is printed.
#[derive(Serialize)]
struct Shown {
    id: AccountId,
    role: Role,
    scopes: Scopes,
}

impl From<Account> for Shown {
    fn from(account: Account) -> Self {
        Self { scopes: account.allowed(), id: account.id, role: account.role }
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let store = source.open().await?.store;
    match command {
        Command::Create { tenant, id, bounds } => {
            let account = bounds.account(id)?;
            tenants::find(&store, &tenant).await?;
            if store.account_get(&tenant, &account.id).await?.is_some() {
                bail!("there is an account `{}` already: `odx account role` changes what it may do", account.id);
            }
            store.account_put(&tenant, &account).await?;
            let message = format!("made account `{}`", account.id);
            output.done(&Shown::from(account), &message)
        }
        Command::List { tenant } => {
            tenants::find(&store, &tenant).await?;
            let accounts: Vec<Shown> = store.account_list(&tenant).await?.into_iter().map(Shown::from).collect();
            let row =
                |account: &Shown| [account.id.to_string(), account.role.as_str().to_owned(), join(&account.scopes)];
            let empty = format!(
                "tenant `{tenant}` has no accounts: `odx account create --tenant {tenant} ID --role ROLE` makes one"
            );
            output.list(&accounts, ["id", "role", "scopes"], row, &empty)
        }
        Command::Role { tenant, id, bounds } => {
            let account = bounds.account(find(&store, &tenant, &id).await?.id)?;
            store.account_put(&tenant, &account).await?;
            output.done(&Shown::from(account), &format!("changed account `{id}`"))
        }
    }
}

/// An account that must exist, of a tenant that must exist.
pub(crate) async fn find(store: &Store, tenant: &TenantId, id: &AccountId) -> Result<Account> {
    tenants::find(store, tenant).await?;
    let missing =
        || anyhow!("tenant `{tenant}` has no account `{id}`: `odx account list --tenant {tenant}` shows them");
    store.account_get(tenant, id).await?.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integration_names_its_scopes_and_other_roles_have_theirs() {
        let account = |role, scopes: &[Scope]| Bounds { role, scopes: scopes.into() }.account("crm".parse().unwrap());
        assert!(account(Role::Integration, &[]).is_err() && account(Role::Admin, &[Scope::LinksRead]).is_err());
        let integration = account(Role::Integration, &[Scope::LinksRead]).unwrap();
        assert_eq!(integration.allowed(), [Scope::LinksRead].into());
        assert!(account(Role::Editor, &[]).unwrap().allowed().contains(&Scope::LinksWrite));
    }
}
