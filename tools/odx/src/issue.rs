//! Making tokens, which needs the private key.

use crate::connect::Source;
use crate::output::Output;
use crate::tokens::Owner;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::app::App;
use shared::crypto::{ApiToken, TokenIssuer, issue_token};
use shared::model::{Account, Invalid, Scopes, Token, TokenId, parse_date, time};
use std::fs;
use std::path::PathBuf;

/// How long a token lives when nothing is said.
const LIFE: TimeDelta = TimeDelta::days(90);

/// The private key of the operator.
#[derive(Debug, clap::Args)]
pub(crate) struct Key {
    /// The file of the private key (`odx keys new` makes it); with --local, the local server's unless given
    #[arg(long = "key", env = "ODX_TOKEN_KEY_FILE", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Key {
    /// Reads the key.
    pub(crate) fn issuer(&self, source: &Source) -> Result<TokenIssuer> {
        let file = self.file.clone().or_else(|| source.token_key()).ok_or_else(|| {
            anyhow!("a token is made with the private key: name its file with --key or in ODX_TOKEN_KEY_FILE")
        })?;
        let private = fs::read_to_string(&file)
            .with_context(|| format!("the private key `{}` cannot be read", file.display()))?;
        TokenIssuer::read(&private).map_err(|_| {
            anyhow!("`{}` is not a private key for tokens: name the file `token-key` of `odx keys new`", file.display())
        })
    }
}

/// When a token ends.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Expiry {
    /// How long it works: 90d, 24h, 30m [default: 90d]
    #[arg(long = "expires-in", value_name = "DURATION", value_parser = duration)]
    life: Option<TimeDelta>,
    /// When it stops working: 2030-01-01 or 2030-01-01T12:00:00+01:00; UTC without an offset
    #[arg(long = "expires-at", value_name = "DATE", value_parser = date)]
    end: Option<DateTime<Utc>>,
}

impl Expiry {
    /// The instant, to the second as tokens carry it.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let after = || now.checked_add_signed(self.life.unwrap_or(LIFE));
        let at = self.end.or_else(after).ok_or_else(|| anyhow!("the expiry is too far ahead"))?;
        ensure!(at > now, "the expiry is over already: name a later one");
        Ok(time::from_seconds(at.timestamp()))
    }
}

/// Reads a duration such as 90d, 24h or 30m.
pub(crate) fn duration(text: &str) -> Result<TimeDelta, String> {
    let duration =
        humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 90d, 24h or 30m"))?;
    TimeDelta::from_std(duration).map_err(|_| "is too long".to_owned())
}

fn date(text: &str) -> Result<DateTime<Utc>, Invalid> {
    parse_date(text).map(|(at, _)| at)
}

/// A token in the making.
pub(crate) struct Issue<'a> {
    pub(crate) app: &'a App,
    pub(crate) issuer: TokenIssuer,
    pub(crate) owner: &'a Owner,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A new token as it is printed, once.
#[derive(Serialize)]
struct Issued<'a> {
    id: &'a TokenId,
    token: &'a str,
    name: &'a str,
    scopes: &'a Scopes,
    #[serde(serialize_with = "time::iso::serialize")]
    expires_at: DateTime<Utc>,
}

impl Issue<'_> {
    /// Makes a token and prints it.
    pub(crate) async fn create(&self, name: &str, scopes: Scopes, output: Output) -> Result<()> {
        let (record, token) = self.issue(name, scopes).await?;
        print(&record, &token, output)
    }

    /// Makes the successor of a token and prints it, then ends the old one.
    pub(crate) async fn rotate(&self, owner: &Account, id: &TokenId, grace: TimeDelta, output: Output) -> Result<()> {
        let Owner { tenant, account } = self.owner;
        let now = self.app.clock.now();
        let tokens = self.app.store.token_list(tenant, account).await?;
        let old = tokens.into_iter().find(|token| token.id == *id).ok_or_else(|| self.owner.missing(id))?;
        if !old.is_live(now) {
            bail!("token `{id}` works no more, there is nothing to rotate: `odx token create` makes a new one");
        }
        let scopes = &old.scopes & &owner.allowed();
        if scopes.is_empty() {
            bail!("account `{account}` may do nothing any more of what token `{id}` was made for");
        }
        let (record, token) = self.issue(&old.name, scopes).await?;
        print(&record, &token, output)?;
        let end = now.checked_add_signed(grace).map_or(old.expires_at, |end| end.min(old.expires_at));
        self.app
            .store
            .token_expire(tenant, account, id, end)
            .await
            .with_context(|| format!("the new token works, but the old one did not end: revoke `{id}` in time"))?;
        eprintln!("the old token `{id}` works until {}", time::format(end));
        Ok(())
    }

    async fn issue(&self, name: &str, scopes: Scopes) -> Result<(Token, ApiToken)> {
        let Owner { tenant, account } = self.owner;
        let now = self.app.clock.now();
        let (record, token) = issue_token(&self.issuer, tenant, account, name, scopes, now, self.expires_at);
        self.app.config.token_verifier.verify(&token.secret, now).map_err(|_| {
            anyhow!("the private key does not belong to TOKEN_PUBLIC_KEYS: functions would refuse its tokens; name the key that was made with them, or add its public key {} there", self.issuer.public())
        })?;
        self.app.store.token_create(&token.record, &record).await?;
        Ok((record, token))
    }
}

fn print(record: &Token, token: &ApiToken, output: Output) -> Result<()> {
    let Token { id, name, scopes, expires_at, .. } = record;
    eprintln!("made token `{id}`, good until {}; it is shown this once:", time::format(*expires_at));
    let issued = Issued { id, token: &token.secret, name, scopes, expires_at: *expires_at };
    output.data(&issued, || token.secret.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("90d"), Ok(TimeDelta::days(90)));
        assert_eq!(duration("24h"), Ok(TimeDelta::hours(24)));
        assert_eq!(duration("30m"), Ok(TimeDelta::minutes(30)));
        assert_eq!(duration("0s"), Ok(TimeDelta::zero()));
        for wrong in ["", "90", "-1d", "d", "99999999999y"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_ends_in_whole_seconds_and_never_in_the_past() {
        let now = time::from_micros(1_700_000_000_500_000);
        let at = |life, end| Expiry { life, end }.at(now);
        assert_eq!(at(None, None).unwrap(), time::from_seconds(1_700_000_000) + LIFE);
        assert_eq!(at(None, Some(now + LIFE)).unwrap(), at(Some(LIFE), None).unwrap());
        assert!(at(None, Some(now)).is_err() && at(Some(TimeDelta::zero()), None).is_err());
        assert!(at(Some(TimeDelta::MAX), None).is_err());
    }
}
