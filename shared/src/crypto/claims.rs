//! What we sign for browsers and readers: handoffs, sessions, cursors.

use super::{LinkHash, base64url};
use crate::model::{ScenarioId, TenantId, UserHash};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The one-time pass in the fragment of a webchat URL. It names the link, not the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    /// Its own id: the first nonce that comes with it owns it.
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
    /// The link has a number of uses: the page asks the person before it spends one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask: bool,
    /// Made at, in seconds.
    pub iat: i64,
    /// Good until, in seconds.
    pub exp: i64,
}

impl Handoff {
    /// Seconds that a page has to exchange it.
    pub const SECONDS: i64 = 120;

    /// A handoff for a link, good from now on.
    #[must_use]
    pub fn new(tenant: TenantId, scenario: ScenarioId, link: LinkHash, ask: bool, now: DateTime<Utc>) -> Self {
        let iat = now.timestamp();
        Self { jti: base64url(&super::random::<16>()), tenant, scenario, link, ask, iat, exp: iat + Self::SECONDS }
    }
}

/// What a webchat page holds after the exchange: the right to write one user's interactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// The scenario.
    #[serde(rename = "sid")]
    pub scenario: ScenarioId,
    /// The link that it ends with.
    #[serde(rename = "lnk")]
    pub link: LinkHash,
    /// The user, as keys name them.
    #[serde(rename = "usr")]
    pub user: UserHash,
    /// Made at, in seconds.
    pub iat: i64,
    /// Good until, in seconds.
    pub exp: i64,
}

impl Session {
    /// Seconds that a session lasts.
    pub const SECONDS: i64 = 2 * 3600;
}

/// Where a list goes on: opaque to its reader, bound to tenant and question, good for a day or longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorClaims {
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// A hash of the question that is being answered.
    #[serde(rename = "q")]
    pub question: String,
    /// Where it goes on, as the list understands it. Never a raw user id.
    pub at: String,
    /// Made at, in seconds.
    pub iat: i64,
    /// Good until, in seconds.
    pub exp: i64,
}

impl CursorClaims {
    /// Seconds that a cursor is good for.
    pub const SECONDS: i64 = 24 * 3600;
    /// Seconds that a cursor is good for which a reader keeps between its visits.
    pub const LASTING_SECONDS: i64 = 400 * 24 * 3600;
}

impl Signed for CursorClaims {
    const TYP: &'static str = "od-cursor+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

/// Something we sign: its `typ` keeps one kind from passing for another.
pub trait Signed: Serialize + DeserializeOwned {
    /// The `typ` of the header (RFC 8725 section 3.11).
    const TYP: &'static str;
    /// Made at and good until, in seconds.
    fn times(&self) -> (i64, i64);
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
