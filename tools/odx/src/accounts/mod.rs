//! `odx account`: people and integrations that own tokens.

pub(crate) mod owner;
pub(crate) mod permissions;

use crate::accounts::owner::find;
use crate::accounts::permissions::Permissions;
use crate::context::Source;
use crate::output::{Output, join};
use crate::tenants;
use anyhow::{Result, bail, ensure};
use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use shared::model::{Account, AccountId, Email, Role, Scopes, TenantId};

/// Why a change was not made.
const CHANGED: &str = "the account was changed or removed meanwhile: look at it and repeat the command";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create an account
    #[command(after_help = "\
Examples:
  odx account create --tenant acme ann --role admin --email ann@example.com
  odx account create --tenant acme crm --role integration --scope links:write --scope links:read")]
    Create {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// Name of the account: letters, digits, dot, underscore and hyphen
        id: AccountId,
        #[command(flatten)]
        permissions: Permissions,
        /// Mail address of the person who may sign in to the console as this account
        #[arg(long, value_parser = Email::read)]
        email: Option<Email>,
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
    /// Give an account to the person of a mail address
    ///
    /// The person signs in to the console with it once; then the account belongs to that person at the identity provider.
    /// Repeat the command to give the account to another person, or if the provider calls the person differently now.
    #[command(after_help = "Example:\n  odx account email --tenant acme ann ann@example.com")]
    Email {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The account
        id: AccountId,
        /// Mail address of the person
        #[arg(value_parser = Email::read)]
        email: Email,
    },
    /// Give an account to a person by the name that the identity provider has for that person
    ///
    /// For providers that do not say whether they have verified a mail address, as Microsoft Entra ID. The page that refuses the
    /// person shows the subject.
    #[command(after_help = "\
Example:
  odx account identity --tenant acme ann --issuer https://login.example.com/v2.0 --subject 248289761001")]
    Identity {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The account
        id: AccountId,
        /// The issuer, exactly as the ID tokens name it
        #[arg(long)]
        issuer: String,
        /// What the issuer calls the person (`sub`)
        #[arg(long)]
        subject: String,
    },
    /// Remove an account: its tokens and sessions stop working at once and permanently
    ///
    /// The links that it created keep working.
    #[command(after_help = "Example:\n  odx account remove --tenant acme ann")]
    Remove {
        /// The tenant
        #[arg(long)]
        tenant: TenantId,
        /// The account
        id: AccountId,
    },
}

/// An account as a command prints it.
#[derive(Serialize)]
struct AccountRow {
    id: AccountId,
    role: Role,
    scopes: Scopes,
    email: Option<Email>,
    /// Whether a person has signed in as this account.
    is_bound: bool,
}

impl From<Account> for AccountRow {
    fn from(account: Account) -> Self {
        let (scopes, is_bound) = (account.allowed(), account.identity.is_some());
        Self { scopes, is_bound, id: account.id, role: account.role, email: account.email }
    }
}

impl AccountRow {
    fn row(&self) -> [String; 4] {
        let email = self.email.as_ref().map_or("", Email::as_str);
        let person = if self.is_bound || email.is_empty() { email.to_owned() } else { format!("{email} (invited)") };
        [self.id.to_string(), self.role.as_str().to_owned(), person, join(&self.scopes)]
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let app = source.open().await?;
    let store = &app.store;
    match command {
        Command::Create { tenant, id, permissions, email } => {
            let account = Account { email, ..permissions.account(id)? };
            tenants::find(store, &tenant).await?;
            if !store.account_create(&tenant, &account).await? {
                bail!("the account `{}` already exists: `odx account role` changes its scopes", account.id);
            }
            let message = format!("created account `{}`", account.id);
            output.done(&AccountRow::from(account), &message)
        }
        Command::List { tenant } => {
            tenants::find(store, &tenant).await?;
            let accounts: Vec<_> = store.account_list(&tenant).await?.into_iter().map(AccountRow::from).collect();
            let empty = format!(
                "tenant `{tenant}` has no accounts: `odx account create --tenant {tenant} ID --role ROLE` creates one"
            );
            output.list(&accounts, ["id", "role", "person", "scopes"], AccountRow::row, &empty)
        }
        Command::Role { tenant, id, permissions } => {
            let account = find(store, &tenant, &id).await?;
            let Account { role, scopes, .. } = permissions.account(account.id.clone())?;
            ensure!(store.account_set_role(&tenant, &id, role, &scopes).await?, "{CHANGED}");
            output.done(&AccountRow::from(Account { role, scopes, ..account }), &format!("changed account `{id}`"))
        }
        Command::Email { tenant, id, email } => {
            let account = find(store, &tenant, &id).await?;
            ensure!(
                store.account_set_person(&tenant, &account, Some(&email), None, app.clock.now()).await?,
                "{CHANGED}"
            );
            let message = format!("the first person to sign in with `{}` uses account `{id}`", email.as_str());
            output.done(&AccountRow::from(Account { email: Some(email), identity: None, ..account }), &message)
        }
        Command::Identity { tenant, id, issuer, subject } => {
            let account = find(store, &tenant, &id).await?;
            let identity = store.data_key().identity_hash(&issuer, &subject);
            ensure!(
                store
                    .account_set_person(&tenant, &account, account.email.as_ref(), Some(&identity), app.clock.now())
                    .await?,
                "{CHANGED}"
            );
            let account = Account { identity: Some(identity), ..account };
            output.done(&AccountRow::from(account), &format!("account `{id}` belongs to that person"))
        }
        Command::Remove { tenant, id } => {
            find(store, &tenant, &id).await?;
            store.account_remove(&tenant, &id, app.clock.now()).await?;
            output.done(&json!({"removed": id}), &format!("removed account `{id}`, and revoked its tokens"))
        }
    }
}
