//! The claims that we sign: of API tokens, handoffs, sessions and cursors.

use crate::crypto::encoding::base64url;
use crate::crypto::link_hash::LinkHash;
use crate::crypto::sha256::sha256;
use crate::model::{AccountId, ScenarioId, TenantId, UserHash};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The claims of an API token. They only lead to the token's record ([`Token`](crate::model::Token)), which decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    /// The account.
    #[serde(rename = "sub")]
    pub account: AccountId,
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    pub(super) jti: String,
    pub(super) scope: String,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
}

impl TokenClaims {
    /// The key of the token's record: a hash of the token's id, so a stolen table contains no id.
    #[must_use]
    pub fn record(&self) -> String {
        record_of(&self.jti)
    }
}

/// The key of the record of a token or session: a hash of its id.
pub(super) fn record_of(jti: &str) -> String {
    base64url(&sha256(jti.as_bytes()))
}

/// A set of claims that [`Signer`](super::Signer) signs.
pub trait Signed: Serialize + DeserializeOwned {
    /// The `typ` of the header, so that no kind of token passes for another (RFC 8725 section 3.11).
    const TYP: &'static str;
    /// When the token was issued and when it expires, in seconds since 1970.
    fn times(&self) -> (i64, i64);
}

/// The one-time pass in the fragment of a webchat URL. It names the link, not the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    /// The handoff's id. The first nonce that is sent with the handoff owns it.
    pub jti: String,
    /// The tenant of the link.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// The scenario of the link.
    #[serde(rename = "sid")]
    pub scenario: ScenarioId,
    /// The link.
    #[serde(rename = "lnk")]
    pub link: LinkHash,
    /// Whether the number of uses is limited: then the page asks the user before it spends one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask: bool,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
}

impl Handoff {
    /// Seconds within which a page has to exchange a handoff.
    pub const SECONDS: i64 = 120;

    /// A handoff for a link, valid from `now` on.
    #[must_use]
    pub fn new(tenant: TenantId, scenario: ScenarioId, link: LinkHash, ask: bool, now: DateTime<Utc>) -> Self {
        let iat = now.timestamp();
        Self { jti: base64url(&super::random::<16>()), tenant, scenario, link, ask, iat, exp: iat + Self::SECONDS }
    }
}

/// The session of a webchat page after the exchange: the right to write one user's interactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// The scenario.
    #[serde(rename = "sid")]
    pub scenario: ScenarioId,
    /// The link: the session ends when the link does.
    #[serde(rename = "lnk")]
    pub link: LinkHash,
    /// The user, as keys name them.
    #[serde(rename = "usr")]
    pub user: UserHash,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
}

impl Session {
    /// Lifetime of a session, in seconds.
    pub const SECONDS: i64 = 2 * 3600;
}

/// The position in a list: opaque to the client, bound to tenant and query, valid for a day or longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorClaims {
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// A hash of the query.
    #[serde(rename = "q")]
    pub question: String,
    /// The position, as the endpoint encodes it. Never contains a user id.
    pub at: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
}

impl CursorClaims {
    /// Lifetime of a cursor, in seconds.
    pub const SECONDS: i64 = 24 * 3600;
    /// Lifetime of a cursor that a client keeps between its visits, in seconds.
    pub const LASTING_SECONDS: i64 = 400 * 24 * 3600;
}

impl Signed for CursorClaims {
    const TYP: &'static str = "od-cursor+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

impl Signed for Handoff {
    const TYP: &'static str = "od-handoff+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

impl Signed for Session {
    const TYP: &'static str = "od-session+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}
