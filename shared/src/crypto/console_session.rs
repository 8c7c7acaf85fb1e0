//! Sessions of people in the console, and the links that open them on a local server.

use crate::crypto::api_token::token_id;
use crate::crypto::claims::{Signed, record_of};
use crate::crypto::encoding::base64url;
use crate::crypto::jws::Signer;
use crate::crypto::random::random;
use crate::crypto::sha256::sha256;
use crate::model::{AccountId, Scopes, TenantId, Token, TokenKind, time};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Signs a person in to the console, once: in a link of the local server, or in the choice between several accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleSignIn {
    jti: String,
    #[serde(rename = "tid")]
    tenant: TenantId,
    #[serde(rename = "sub")]
    account: AccountId,
    iat: i64,
    exp: i64,
}

impl ConsoleSignIn {
    /// Lifetime of a link, in seconds.
    pub const SECONDS: i64 = 600;

    /// A sign-in for a link to an account, valid from `now` on.
    #[must_use]
    pub fn new(tenant: TenantId, account: AccountId, now: DateTime<Utc>) -> Self {
        Self::of_attempt(base64url(&random::<16>()), tenant, account, now)
    }

    /// The sign-in of an attempt, for one of the accounts of a person. All sign-ins of an attempt open one session.
    #[must_use]
    pub fn of_attempt(attempt: String, tenant: TenantId, account: AccountId, now: DateTime<Utc>) -> Self {
        let iat = now.timestamp();
        Self { jti: attempt, tenant, account, iat, exp: iat + Self::SECONDS }
    }

    /// Whether this is a sign-in of an attempt.
    #[must_use]
    pub fn is_of(&self, attempt: &str) -> bool {
        self.jti == attempt
    }

    /// The path of the link on the local server.
    #[must_use]
    pub fn path(&self, signer: &Signer) -> String {
        format!("/console/sign-in/{}", signer.sign(self))
    }
}

/// The session of a person in the console. Like an API token it leads to a record, which decides what the person may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleSession {
    jti: String,
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// The account that is signed in.
    #[serde(rename = "sub")]
    pub account: AccountId,
    iat: i64,
    exp: i64,
}

impl ConsoleSession {
    /// Lifetime of a session, in seconds.
    pub const SECONDS: i64 = 8 * 3600;

    /// The session of a link, valid from `now` on. It is accepted only once its record is stored. A link has one session,
    /// because the session has the link's id.
    #[must_use]
    pub fn of(link: ConsoleSignIn, now: DateTime<Utc>) -> Self {
        let iat = now.timestamp();
        Self { jti: link.jti, tenant: link.tenant, account: link.account, iat, exp: iat + Self::SECONDS }
    }

    /// The key of the session's record, as that of a token ([`TokenClaims::record`](super::TokenClaims::record)).
    #[must_use]
    pub fn record(&self) -> String {
        record_of(&self.jti)
    }

    /// The value that proves that a form comes from a page of a session, whose text is `cookie`.
    #[must_use]
    pub fn form_proof(cookie: &str) -> String {
        base64url(&sha256(format!("csrf {cookie}").as_bytes()))
    }

    /// When the session ends.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        time::from_seconds(self.exp)
    }
}

impl Signed for ConsoleSignIn {
    const TYP: &'static str = "od-console-sign-in+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

impl Signed for ConsoleSession {
    const TYP: &'static str = "od-console+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

/// The record of a session in the console: a token with every scope of its account, which leaves with the session.
#[must_use]
pub fn console_token(session: &ConsoleSession, scopes: Scopes, now: DateTime<Utc>) -> Token {
    Token {
        id: token_id(),
        tenant: session.tenant.clone(),
        account: session.account.clone(),
        name: "console".to_owned(),
        kind: TokenKind::Console,
        scopes,
        created_at: now,
        expires_at: session.expires_at(),
        revoked_at: None,
        last_used_at: None,
    }
}
