//! Creating tokens, which needs the private key of the installation.

use crate::accounts::owner::Owner;
use crate::context::Source;
use crate::output::Output;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::app::App;
use shared::crypto::{ApiToken, TokenIssuer, issue_token};
use shared::model::{Account, Invalid, Scopes, Token, TokenId, parse_date, time};
use std::fs;
use std::path::PathBuf;

/// Lifetime of a token without `--expires-in` or `--expires-at`.
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::days(90);

/// The option that names the private key.
#[derive(Debug, clap::Args)]
pub(crate) struct Key {
    /// The file `token-key` of `odx keys new` [default with --local: the key of the local server]
    #[arg(long = "key", env = "ODX_TOKEN_KEY_FILE", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Key {
    /// Reads the key.
    ///
    /// # Errors
    /// Returns an error if no file is named, or the file cannot be read or is not a private key.
    pub(crate) fn issuer(&self, source: &Source) -> Result<TokenIssuer> {
        let file = self.file.clone().or_else(|| source.token_key()).ok_or_else(|| {
            anyhow!("tokens are signed with the private key: name its file with --key or in ODX_TOKEN_KEY_FILE")
        })?;
        let private = fs::read_to_string(&file)
            .with_context(|| format!("the private key `{}` cannot be read", file.display()))?;
        // The cause is dropped: it may quote the key.
        TokenIssuer::read(&private).map_err(|_| {
            anyhow!("`{}` is not a private key for tokens: use the file `token-key` of `odx keys new`", file.display())
        })
    }
}

/// The options that say when a token expires.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Expiry {
    /// Lifetime of the token: 90d, 24h, 30m [default: 90d]
    #[arg(long = "expires-in", value_name = "DURATION", value_parser = duration)]
    lifetime: Option<TimeDelta>,
    /// When the token expires: 2030-01-01 or 2030-01-01T12:00:00+01:00; UTC without an offset
    #[arg(long = "expires-at", value_name = "DATE", value_parser = date)]
    end: Option<DateTime<Utc>>,
}

impl Expiry {
    /// The instant of the expiry in whole seconds, the resolution of a token's `exp` (RFC 7519).
    ///
    /// # Errors
    /// Returns an error if the instant is in the past or beyond the range of dates.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let after = || now.checked_add_signed(self.lifetime.unwrap_or(DEFAULT_LIFETIME));
        let at =
            self.end.or_else(after).ok_or_else(|| anyhow!("the expiry is too far ahead: choose an earlier one"))?;
        ensure!(at > now, "the expiry is in the past: choose a later one");
        Ok(time::from_seconds(at.timestamp()))
    }
}

/// Parses a duration such as 90d, 24h or 30m.
pub(crate) fn duration(text: &str) -> Result<TimeDelta, String> {
    let duration =
        humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 90d, 24h or 30m"))?;
    TimeDelta::from_std(duration).map_err(|_| "is too long".to_owned())
}

fn date(text: &str) -> Result<DateTime<Utc>, Invalid> {
    parse_date(text).map(|(at, _)| at)
}

/// What a new token needs besides its name and scopes.
pub(crate) struct Issue<'a> {
    pub(crate) app: &'a App,
    pub(crate) issuer: TokenIssuer,
    pub(crate) owner: &'a Owner,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A new token as a command prints it, once.
#[derive(Serialize)]
struct NewToken<'a> {
    id: &'a TokenId,
    token: &'a str,
    name: &'a str,
    scopes: &'a Scopes,
    #[serde(serialize_with = "time::iso::serialize")]
    expires_at: DateTime<Utc>,
}

impl Issue<'_> {
    /// Creates a token and prints it.
    ///
    /// # Errors
    /// Returns an error if the private key does not belong to the installation, and
    /// [`StoreError`](shared::store::StoreError) if DynamoDB rejects the request.
    pub(crate) async fn create(&self, name: &str, scopes: Scopes, output: Output) -> Result<()> {
        let (record, token) = self.issue(name, scopes).await?;
        print(&record, &token, output)
    }

    /// Creates a token with the name and the scopes of `old` and prints it. Then lets `old` expire after `grace`.
    ///
    /// # Errors
    /// Returns an error if `old` no longer works or would have no scopes left; else as [`Issue::create`].
    pub(crate) async fn rotate(&self, owner: &Account, old: Token, grace: TimeDelta, output: Output) -> Result<()> {
        let Owner { tenant, account } = self.owner;
        let (now, id) = (self.app.clock.now(), &old.id);
        if !old.is_live(now) {
            bail!("token `{id}` has expired or is revoked and cannot be rotated: `odx token create` creates a new one");
        }
        let scopes = &old.scopes & &owner.allowed();
        if scopes.is_empty() {
            bail!(
                "account `{account}` no longer has any scope of token `{id}`: `odx token create` creates a token with \
                 the scopes that it has"
            );
        }
        let (record, token) = self.issue(&old.name, scopes).await?;
        print(&record, &token, output)?;
        let end = now.checked_add_signed(grace).map_or(old.expires_at, |end| end.min(old.expires_at));
        self.app.store.token_expire(tenant, account, id, end).await.with_context(|| {
            format!(
                "the new token works, but the old one keeps its expiry: once nobody uses it, run \
                 `odx token revoke --tenant {tenant} --account {account} {id}`"
            )
        })?;
        eprintln!("the old token `{id}` works until {}", time::format(end));
        Ok(())
    }

    async fn issue(&self, name: &str, scopes: Scopes) -> Result<(Token, ApiToken)> {
        let Owner { tenant, account } = self.owner;
        let now = self.app.clock.now();
        let (record, token) = issue_token(&self.issuer, tenant, account, name, scopes, now, self.expires_at);
        self.app.config.token_verifier.verify(&token.secret, now).map_err(|_| {
            anyhow!(
                "the private key does not belong to TOKEN_PUBLIC_KEYS, so functions would refuse its tokens: use the \
                 key that was created with them, or add its public key {} to TOKEN_PUBLIC_KEYS",
                self.issuer.public()
            )
        })?;
        self.app.store.token_create(&token.record, &record).await?;
        Ok((record, token))
    }
}

fn print(record: &Token, token: &ApiToken, output: Output) -> Result<()> {
    let Token { id, name, scopes, expires_at, .. } = record;
    eprintln!(
        "created token `{id}`, which expires at {}; its secret is only shown this once:",
        time::format(*expires_at)
    );
    let token = NewToken { id, token: &token.secret, name, scopes, expires_at: *expires_at };
    output.data(&token, || token.token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("90d", TimeDelta::days(90))]
    #[case("24h", TimeDelta::hours(24))]
    #[case("30m", TimeDelta::minutes(30))]
    #[case("0s", TimeDelta::zero())]
    fn a_duration_is_a_number_with_a_unit(#[case] text: &str, #[case] expected: TimeDelta) {
        assert_eq!(duration(text), Ok(expected));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_unit("90")]
    #[case::negative("-1d")]
    #[case::no_number("d")]
    #[case::too_long("99999999999y")]
    fn a_malformed_duration_is_refused(#[case] text: &str) {
        assert!(duration(text).is_err());
    }

    fn at(lifetime: Option<TimeDelta>, end: Option<DateTime<Utc>>) -> Result<DateTime<Utc>> {
        Expiry { lifetime, end }.at(now())
    }

    fn now() -> DateTime<Utc> {
        time::from_micros(1_700_000_000_500_000)
    }

    fn in_90_days() -> DateTime<Utc> {
        time::from_seconds(1_700_000_000) + DEFAULT_LIFETIME
    }

    #[rstest]
    #[case::by_default(None, None)]
    #[case::by_lifetime(Some(DEFAULT_LIFETIME), None)]
    #[case::by_date(None, Some(now() + DEFAULT_LIFETIME))]
    fn a_token_expires_at_a_whole_second(#[case] lifetime: Option<TimeDelta>, #[case] end: Option<DateTime<Utc>>) {
        assert_eq!(at(lifetime, end).unwrap(), in_90_days());
    }

    #[rstest]
    #[case::now(None, Some(now()))]
    #[case::at_once(Some(TimeDelta::zero()), None)]
    #[case::beyond_all_dates(Some(TimeDelta::MAX), None)]
    fn an_expiry_that_is_not_ahead_is_refused(#[case] lifetime: Option<TimeDelta>, #[case] end: Option<DateTime<Utc>>) {
        assert!(at(lifetime, end).is_err());
    }
}
