//! `odx token`: API tokens, made, listed, rotated and revoked.

use crate::accounts;
use crate::connect::Source;
use crate::issue::{self, Expiry, Key};
use crate::output::{Output, join};
use anyhow::{Result, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;
use shared::model::{Account, AccountId, Scope, Scopes, TenantId, Token, TokenId, time};
use shared::store::Store;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a token; its secret is printed once, alone on stdout
    #[command(after_help = "\
Examples:
  odx token create --tenant acme --account crm --name CRM --key keys/token-key
  odx token create --tenant acme --account ann --name 'nightly export' \\
      --scope interactions:read --expires-in 30d > token.txt
  odx token create --tenant acme --account crm --name CRM --expires-at 2030-01-01 --json")]
    Create {
        #[command(flatten)]
        owner: Owner,
        /// What its owner calls it
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        name: String,
        /// What it may do, as far as the account may; repeat it. Everything that the account may when left out
        #[arg(long = "scope", value_name = "SCOPE", value_parser = accounts::scope())]
        scopes: Vec<Scope>,
        #[command(flatten)]
        expiry: Expiry,
        #[command(flatten)]
        key: Key,
    },
    /// List the tokens of an account, the newest first
    #[command(after_help = "Example:\n  odx token list --tenant acme --account crm")]
    List {
        #[command(flatten)]
        owner: Owner,
    },
    /// Revoke a token: it stops working at once, for good
    #[command(after_help = "Example:\n  odx token revoke --tenant acme --account crm tok_4fQ0aZ81xYbC")]
    Revoke {
        #[command(flatten)]
        owner: Owner,
        /// The token's id
        id: TokenId,
    },
    /// Make a token of the same name and scopes; the old one ends when the grace is over
    #[command(after_help = "\
Examples:
  odx token rotate --tenant acme --account crm tok_4fQ0aZ81xYbC --key keys/token-key
  odx token rotate --tenant acme --account crm tok_4fQ0aZ81xYbC --grace 0s --expires-in 30d")]
    Rotate {
        #[command(flatten)]
        owner: Owner,
        /// The id of the old token
        id: TokenId,
        /// How long the old one still works, though never longer than it would have
        #[arg(long, value_name = "DURATION", value_parser = issue::duration, default_value = "24h")]
        grace: TimeDelta,
        #[command(flatten)]
        expiry: Expiry,
        #[command(flatten)]
        key: Key,
    },
}

/// Whose token it is.
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
    /// The account, which must exist.
    pub(crate) async fn find(&self, store: &Store) -> Result<Account> {
        accounts::find(store, &self.tenant, &self.account).await
    }

    /// The error for a token that the account does not have.
    pub(crate) fn missing(&self, id: &TokenId) -> anyhow::Error {
        let Self { tenant, account } = self;
        anyhow!(
            "account `{account}` has no token `{id}`: `odx token list --tenant {tenant} --account {account}` shows them"
        )
    }
}

/// A token as it is printed: what it may do now.
#[derive(Serialize)]
struct Shown {
    id: TokenId,
    name: String,
    state: &'static str,
    scopes: Scopes,
    #[serde(serialize_with = "time::iso::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "time::iso::serialize")]
    expires_at: DateTime<Utc>,
    #[serde(serialize_with = "time::iso_option::serialize")]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "time::iso_option::serialize")]
    revoked_at: Option<DateTime<Utc>>,
}

impl Shown {
    fn of(token: Token, owner: &Account, now: DateTime<Utc>) -> Self {
        let state = match token.revoked_at {
            Some(_) => "revoked",
            None if token.is_live(now) => "live",
            None => "expired",
        };
        Self {
            id: token.id,
            name: token.name,
            state,
            scopes: &token.scopes & &owner.allowed(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }

    fn row(&self) -> [String; 7] {
        let minute = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M").to_string();
        [
            self.id.to_string(),
            self.name.clone(),
            self.state.to_owned(),
            minute(self.created_at),
            minute(self.expires_at),
            self.last_used_at.map_or("never".to_owned(), minute),
            join(&self.scopes),
        ]
    }
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    let app = source.open().await?;
    let now = app.clock.now();
    match command {
        Command::Create { owner, name, scopes, expiry, key } => {
            let (issuer, expires_at) = (key.issuer(source)?, expiry.at(now)?);
            let allowed = owner.find(&app.store).await?.allowed();
            let scopes = if scopes.is_empty() { allowed } else { bounded(scopes, &allowed)? };
            issue::Issue { app: &app, issuer, owner: &owner, expires_at }.create(&name, scopes, output).await
        }
        Command::Rotate { owner, id, grace, expiry, key } => {
            let (issuer, expires_at) = (key.issuer(source)?, expiry.at(now)?);
            let account = owner.find(&app.store).await?;
            issue::Issue { app: &app, issuer, owner: &owner, expires_at }.rotate(&account, &id, grace, output).await
        }
        Command::List { owner } => {
            let account = owner.find(&app.store).await?;
            let tokens = app.store.token_list(&owner.tenant, &owner.account).await?;
            let tokens: Vec<Shown> = tokens.into_iter().map(|token| Shown::of(token, &account, now)).collect();
            let header = ["id", "name", "state", "made (UTC)", "expires (UTC)", "last used (UTC)", "scopes"];
            output.list(&tokens, header, Shown::row, "the account has no tokens: `odx token create` makes one")
        }
        Command::Revoke { owner, id } => {
            owner.find(&app.store).await?;
            if !app.store.token_revoke(&owner.tenant, &owner.account, &id, now).await? {
                return Err(owner.missing(&id));
            }
            eprintln!("revoked token `{id}`");
            Ok(())
        }
    }
}

/// Scopes that an account allows, all of them.
fn bounded(scopes: Vec<Scope>, allowed: &Scopes) -> Result<Scopes> {
    let scopes: Scopes = scopes.into_iter().collect();
    let beyond = &scopes - allowed;
    if beyond.is_empty() {
        return Ok(scopes);
    }
    bail!(
        "the account may not {}, only {}: leave it out, or give the account a larger role with `odx account role`",
        join(&beyond),
        join(allowed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_beyond_the_account_is_an_error_that_names_it() {
        let allowed = [Scope::LinksRead, Scope::LinksWrite].into();
        assert_eq!(bounded(vec![Scope::LinksRead], &allowed).unwrap(), [Scope::LinksRead].into());
        let error = bounded(vec![Scope::LinksRead, Scope::UsersErase], &allowed).unwrap_err().to_string();
        assert!(error.starts_with("the account may not users:erase, only links:read, links:write"), "{error}");
    }
}
