//! Links: a personal short URL, its status, and its click and use counters.

use crate::model::attributes::Attributes;
use crate::model::invalid::Invalid;
use crate::model::name::{CampaignId, ScenarioId, TenantId};
use crate::model::newtype::{is_base64url, text_newtype};
use crate::model::text_enum::text_enum;
use crate::model::user::{UserHash, UserId};
use chrono::{DateTime, NaiveDate, Utc, serde::ts_microseconds, serde::ts_microseconds_option, serde::ts_seconds};
use serde::{Deserialize, Serialize};
use url::Url;

fn check_id(text: &str) -> Result<(), Invalid> {
    if is_base64url(text, 32) { Ok(()) } else { Err(Invalid::new("must be 32 characters of base64url")) }
}

text_newtype!(
    /// The public name of a [`Link`], safe to log and to show: the link's hash and a proof of its tenant
    /// (`crypto::DataKey::link_id`).
    ///
    /// It leads to the link without a second record, but not to the code, and an id of another tenant is recognised
    /// without reading anything.
    public LinkId, check_id
);

text_enum!(
    /// How a webchat page learns which user opens it.
    #[derive(Default)]
    HandoffMode {
        /// The page exchanges the handoff in the URL's fragment: no URL holds personal data.
        #[default]
        Handoff = "handoff",
        /// The URL has `user_id=`, for a stock OpenDialog page with its own context. It has a handoff too only if the page
        /// includes `preload.js` ([`Scenario::hands_off`](super::Scenario::hands_off)).
        Opendialog = "opendialog",
    }
);

/// A personal short URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The tenant that owns the link.
    pub tenant: TenantId,
    /// The scenario that the link opens.
    pub scenario: ScenarioId,
    /// The recipient.
    pub user_id: UserId,
    /// The recipient as keys name them.
    pub user_hash: UserHash,
    /// The campaign that the link belongs to.
    pub campaign: CampaignId,
    /// When the link was created.
    #[serde(with = "ts_microseconds")]
    pub created_at: DateTime<Utc>,
    /// The URL that the link leads to, without the handoff: a copy, so that a redirect does not read the scenario.
    pub target: Url,
    /// Whether the redirect carries no handoff: a copy of the scenario's setting, as the target is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_handoff: bool,
    /// Contact shown to the recipient when the link no longer works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Url>,
    /// When the link expires; `None` means when it is no longer kept.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When `expires_at` was last changed, if it was.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub end_changed_at: Option<DateTime<Utc>>,
    /// Until when the link is kept, at a whole second: it works no longer, and DynamoDB deletes it within days (TTL).
    #[serde(rename = "ttl", with = "ts_seconds")]
    pub kept_until: DateTime<Utc>,
    /// How often the link's handoff may be exchanged; `None` means without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u64>,
    /// Whether the link is for testing: clicks and uses are not counted, and it is never used up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// What the link tells the webchat about the recipient.
    #[serde(with = "super::link::json")]
    pub attributes: Attributes,
}

/// Whether a link works, and if not, why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// The link works.
    Live,
    /// The link or its campaign was revoked.
    Revoked,
    /// The link's time is over.
    Expired,
    /// The link's handoff was exchanged as often as [`Link::max_uses`] allows.
    UsedUp,
}

impl Link {
    /// The link's status at an instant.
    #[must_use]
    pub fn status(&self, activity: &LinkActivity, now: DateTime<Utc>) -> LinkStatus {
        if activity.campaign_revoked || activity.revoked_at.is_some() {
            LinkStatus::Revoked
        } else if self.kept_until <= now || self.expires_at.is_some_and(|end| end <= now) {
            LinkStatus::Expired
        } else if !self.test && self.max_uses.is_some_and(|most| most <= activity.uses) {
            LinkStatus::UsedUp
        } else {
            LinkStatus::Live
        }
    }
}

/// Click and use counters of a link, and when the link was revoked. Creating a link never writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkActivity {
    /// Number of times that the handoff was exchanged.
    pub uses: u64,
    /// Number of times that the link was opened by a GET.
    pub clicks: u64,
    /// When the link was first opened by a GET.
    #[serde(with = "ts_microseconds_option")]
    pub first_clicked_at: Option<DateTime<Utc>>,
    /// When the handoff was first exchanged.
    #[serde(with = "ts_microseconds_option")]
    pub first_opened_at: Option<DateTime<Utc>>,
    /// When the recipient first sent text, a button or a form ([`Interaction::is_conversation`](super::Interaction::is_conversation)).
    #[serde(with = "ts_microseconds_option")]
    pub conversed_at: Option<DateTime<Utc>>,
    /// When the link was revoked.
    #[serde(with = "ts_microseconds_option")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// The last day on which the recipient sent a message of the webchat. The day is listed among the user's days.
    pub active_day: Option<NaiveDate>,
    /// Whether the campaign was revoked. Not part of this item: the campaign's bucket holds it.
    #[serde(skip)]
    pub campaign_revoked: bool,
}

/// [`Attributes`] as one JSON text in an item: numbers stay exact, the order is kept, and it takes fewer bytes than a map.
mod json {
    use crate::model::attributes::Attributes;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::Error as _};

    pub(super) fn serialize<S: Serializer>(attributes: &Attributes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&serde_json::to_string(attributes).map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Attributes, D::Error> {
        serde_json::from_str(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
