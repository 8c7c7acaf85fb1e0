//! Links: one personal short URL, what it tells the webchat, and what became of it.

use super::{Attributes, CampaignId, Invalid, ScenarioId, TenantId, UserHash, UserId};
use chrono::{DateTime, Utc, serde::ts_microseconds, serde::ts_microseconds_option};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use url::Url;

/// The public name of a link, safe to log and to show: a keyed hash of its code and a proof of its tenant. It leads to
/// the link without a second record, it does not lead to the code, and another tenant's is known before any read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinkId(pub(crate) String);

impl LinkId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if text.len() == 32 && text.bytes().all(base64url) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("must be 32 characters of base64url"))
        }
    }
}

/// How a webchat page learns who opens it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HandoffMode {
    /// By exchanging the handoff in the URL's fragment: nothing personal is in any URL.
    #[default]
    Handoff,
    /// As well by `user_id=` in the URL, for a stock OpenDialog page with its own context.
    Opendialog,
}

impl HandoffMode {
    /// Both modes.
    pub const ALL: [Self; 2] = [Self::Handoff, Self::Opendialog];

    /// The mode as operators name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Handoff => "handoff",
            Self::Opendialog => "opendialog",
        }
    }
}

impl FromStr for HandoffMode {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        found.ok_or(Invalid::new("must be handoff or opendialog"))
    }
}

/// What a link is; written once when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The tenant that made it.
    pub tenant: TenantId,
    /// The scenario it opens.
    pub scenario: ScenarioId,
    /// The person it is for.
    pub user_id: UserId,
    /// The person as keys name them.
    pub user_hash: UserHash,
    /// The campaign it belongs to.
    pub campaign: CampaignId,
    /// When it was made.
    #[serde(with = "ts_microseconds")]
    pub created_at: DateTime<Utc>,
    /// Where it leads, but for the handoff: kept here so that a redirect does not read the scenario.
    pub target: Url,
    /// Where the person can turn to when it no longer works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Url>,
    /// When it stops working by itself.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// How often its handoff may be exchanged; none means any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u64>,
    /// Made to try things out: not counted, never used up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// What it tells the webchat.
    #[serde(with = "super::link::json")]
    pub attributes: Attributes,
}

/// Whether a link works, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// It works.
    Live,
    /// It was revoked, or its campaign was.
    Revoked,
    /// Its time is over.
    Expired,
    /// It was exchanged as often as it may be.
    UsedUp,
}

impl Link {
    /// Whether the link works at an instant.
    #[must_use]
    pub fn status(&self, state: &LinkActivity, now: DateTime<Utc>) -> LinkStatus {
        if state.campaign_revoked || state.revoked_at.is_some() {
            LinkStatus::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            LinkStatus::Expired
        } else if !self.test && self.max_uses.is_some_and(|most| most <= state.uses) {
            LinkStatus::UsedUp
        } else {
            LinkStatus::Live
        }
    }
}

/// What became of a link; generation never writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkActivity {
    /// Times that its handoff was exchanged.
    pub uses: u64,
    /// Times that it was opened by a GET.
    pub clicks: u64,
    /// When it was first opened by a GET.
    #[serde(with = "ts_microseconds_option")]
    pub first_clicked_at: Option<DateTime<Utc>>,
    /// When its handoff was first exchanged.
    #[serde(with = "ts_microseconds_option")]
    pub first_opened_at: Option<DateTime<Utc>>,
    /// When the person first sent text, a button or a form.
    #[serde(with = "ts_microseconds_option")]
    pub conversed_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(with = "ts_microseconds_option")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether its campaign was revoked; that stands with others of the campaign's slot.
    #[serde(skip)]
    pub campaign_revoked: bool,
}

/// Attributes as one JSON text in an item: exact numbers, order kept, fewer bytes than a map.
mod json {
    use super::Attributes;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::Error as _};

    pub(super) fn serialize<S: Serializer>(attributes: &Attributes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&serde_json::to_string(attributes).map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Attributes, D::Error> {
        serde_json::from_str(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
