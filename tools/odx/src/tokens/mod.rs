//! `odx token`: API tokens, created, listed, rotated and revoked.

mod over_api;
mod row;

use crate::accounts::owner::Owner;
use crate::accounts::permissions;
use crate::context::Source;
use crate::issue::{self, Expiry, Issue, Key};
use crate::output::{Output, join};
use anyhow::{Result, anyhow, bail};
use chrono::TimeDelta;
use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use over_api::Place;
use row::TokenRow;
use serde_json::{Map, json};
use shared::app::Clock;
use shared::model::{Scope, Scopes, TokenId, time};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a token; its secret is printed once, alone on stdout
    ///
    /// With a token, the API creates it, if the installation has its private key there. With --tenant it is written to the table,
    /// signed with your private key.
    #[command(after_help = "\
Examples:
  odx token create --name 'nightly export' --scope interactions:read --url https://api.example.com
  odx token create --tenant acme --account crm --name CRM --key keys/token-key
  odx token create --tenant acme --account ann --name 'nightly export' \\
      --scope interactions:read --expires-in 30d > token.txt
  odx token create --tenant acme --account crm --name CRM --expires-at 2030-01-01 --json")]
    Create {
        #[command(flatten)]
        place: Place,
        /// A name by which its owner recognises the token
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        name: String,
        /// A scope of the token, one of its account's; repeat the option for each [default: all of the account's]
        #[arg(long = "scope", value_name = "SCOPE", value_parser = permissions::scope())]
        scopes: Vec<Scope>,
        #[command(flatten)]
        expiry: Expiry,
        #[command(flatten)]
        key: Key,
    },
    /// List the tokens of an account, newest first
    #[command(after_help = "\
Examples:
  odx token list --tenant acme --account crm
  odx token list --tenant acme --account crm --json")]
    List {
        #[command(flatten)]
        owner: Owner,
    },
    /// Revoke a token: it stops working at once and permanently
    #[command(after_help = "Example:\n  odx token revoke --tenant acme --account crm tok_4fQ0aZ81xYbC")]
    Revoke {
        #[command(flatten)]
        owner: Owner,
        /// The id of the token
        id: TokenId,
    },
    /// Replace a token by one of the same name and scopes; the old token works for a period of grace
    #[command(after_help = "\
Examples:
  odx token rotate tok_4fQ0aZ81xYbC --url https://api.example.com
  odx token rotate --tenant acme --account crm tok_4fQ0aZ81xYbC --key keys/token-key
  odx token rotate --tenant acme --account crm tok_4fQ0aZ81xYbC --grace 0s --expires-in 30d")]
    Rotate {
        #[command(flatten)]
        place: Place,
        /// The id of the old token
        id: TokenId,
        /// How long the old token still works, but never beyond its own expiry
        #[arg(long, value_name = "DURATION", value_parser = issue::duration, default_value = "24h")]
        grace: TimeDelta,
        #[command(flatten)]
        expiry: Expiry,
        #[command(flatten)]
        key: Key,
    },
}

pub(crate) async fn run(command: Command, source: &Source, output: Output) -> Result<()> {
    match command {
        Command::Create { place, name, scopes, expiry, key } => {
            let Some(owner) = place.owner() else {
                let api = place.api(source)?;
                let mut body = Map::from_iter([("name".to_owned(), json!(name))]);
                body.extend((!scopes.is_empty()).then(|| ("scopes".to_owned(), json!(scopes))));
                body.extend(place.account().map(|account| ("account".to_owned(), json!(account))));
                body.insert("expires_at".to_owned(), json!(time::format(expiry.at(Clock::default().now())?)));
                return over_api::make(&api, "/api/tokens", body, output).await;
            };
            let app = source.open().await?;
            let now = app.clock.now();
            let (issuer, expires_at) = (key.issuer(source)?, expiry.at(now)?);
            let allowed = owner.find(&app.store).await?.allowed();
            let scopes = if scopes.is_empty() { allowed } else { checked(scopes, &allowed)? };
            Issue { app: &app, issuer, owner: &owner, expires_at }.create(&name, scopes, output).await
        }
        Command::Rotate { place, id, grace, expiry, key } => {
            let Some(owner) = place.owner() else {
                let api = place.api(source)?;
                let mut body = Map::from_iter([("grace".to_owned(), json!(grace.num_seconds()))]);
                body.insert("expires_at".to_owned(), json!(time::format(expiry.at(Clock::default().now())?)));
                over_api::make(&api, &format!("/api/tokens/{id}/rotate"), body, output).await?;
                eprintln!("the old token `{id}` works for {} at most", humantime::format_duration(grace.to_std()?));
                return Ok(());
            };
            let app = source.open().await?;
            let now = app.clock.now();
            let (issuer, expires_at) = (key.issuer(source)?, expiry.at(now)?);
            let account = owner.find(&app.store).await?;
            let tokens = app.store.token_list(&owner.tenant, &owner.account).await?;
            let old = tokens.into_iter().find(|token| token.id == id).ok_or_else(|| missing(&owner, &id))?;
            Issue { app: &app, issuer, owner: &owner, expires_at }.rotate(&account, old, grace, output).await
        }
        Command::List { owner } => {
            let app = source.open().await?;
            let account = owner.find(&app.store).await?;
            let tokens = app.store.token_list(&owner.tenant, &owner.account).await?;
            let tokens: Vec<_> =
                tokens.into_iter().map(|token| TokenRow::new(token, &account, app.clock.now())).collect();
            let empty = "the account has no tokens: `odx token create` creates one";
            output.list(&tokens, TokenRow::HEADER, TokenRow::row, empty)
        }
        Command::Revoke { owner, id } => {
            let app = source.open().await?;
            owner.find(&app.store).await?;
            if !app.store.token_revoke(&owner.tenant, &owner.account, &id, app.clock.now()).await? {
                return Err(missing(&owner, &id));
            }
            output.done(&json!({"revoked": id}), &format!("revoked token `{id}`"))
        }
    }
}

fn missing(Owner { tenant, account }: &Owner, id: &TokenId) -> anyhow::Error {
    anyhow!(
        "account `{account}` has no token `{id}`: `odx token list --tenant {tenant} --account {account}` lists its tokens"
    )
}

/// The scopes of a new token, all of which its account must have.
fn checked(scopes: Vec<Scope>, allowed: &Scopes) -> Result<Scopes> {
    let scopes: Scopes = scopes.into_iter().collect();
    let beyond = &scopes - allowed;
    if beyond.is_empty() {
        return Ok(scopes);
    }
    bail!(
        "the account does not have {}, only {}: omit that scope, or give the account a larger role with `odx account role`",
        join(&beyond),
        join(allowed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_have_fewer_scopes_than_its_account() {
        let allowed = [Scope::LinksRead, Scope::LinksWrite].into();
        assert_eq!(checked(vec![Scope::LinksRead], &allowed).unwrap(), [Scope::LinksRead].into());
    }

    #[test]
    fn a_scope_that_the_account_lacks_is_named() {
        let allowed = [Scope::LinksRead, Scope::LinksWrite].into();
        let error = checked(vec![Scope::LinksRead, Scope::UsersErase], &allowed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the account does not have users:erase, only links:read, links:write: omit that scope, or give the account \
             a larger role with `odx account role`"
        );
    }
}
