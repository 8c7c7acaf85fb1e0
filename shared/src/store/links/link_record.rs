//! [`NewLink`]: a link to store. [`LinkRecord`]: a stored link with what is read together with it.

use crate::crypto::LinkHash;
use crate::model::{Link, LinkActivity};
use chrono::{DateTime, Utc, serde::ts_microseconds};
use serde::Deserialize;
use std::collections::HashMap;

/// A link to store, under the hash of its code.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The hash of its code.
    pub hash: LinkHash,
    /// The link.
    pub link: Link,
}

/// A stored link.
#[derive(Clone, Debug)]
pub struct LinkRecord {
    /// The hash of its code.
    pub hash: LinkHash,
    /// The link.
    pub link: Link,
    /// Its click and use counters.
    pub activity: LinkActivity,
}

/// What the bucket of campaigns has of them, by their names in it. It is read together with each link.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct BucketCampaigns {
    /// The revoked campaigns, each with the end of the time for which its links are kept.
    pub(in crate::store) revoked: HashMap<String, DateTime<Utc>>,
    /// The ends of the campaigns whose end was changed.
    pub(in crate::store) ends: HashMap<String, CampaignEnd>,
}

/// When the links of a campaign expire that were made until the change.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(in crate::store) struct CampaignEnd {
    #[serde(with = "ts_microseconds")]
    at: DateTime<Utc>,
    #[serde(with = "ts_microseconds")]
    changed_at: DateTime<Utc>,
}

/// The beginning of the name of an attribute with the revocation of a campaign.
pub(in crate::store) const REVOKED_PREFIX: &str = "revoked_";

/// The attribute with the revocation of a campaign.
pub(in crate::store) fn revoked_attribute(campaign: &str) -> String {
    format!("{REVOKED_PREFIX}{campaign}")
}

/// The beginning of the name of an attribute with the end of a campaign.
pub(in crate::store) const END_PREFIX: &str = "end_";

/// The attribute with the end of a campaign.
pub(in crate::store) fn end_attribute(campaign: &str) -> String {
    format!("{END_PREFIX}{campaign}")
}

impl BucketCampaigns {
    /// Whether a link was revoked with its campaign. A campaign may begin again under its name when its links are deleted:
    /// the new links are kept for longer than the revoked ones were.
    pub(in crate::store) fn is_revoked(&self, campaign: &str, link: &Link) -> bool {
        self.revoked.get(campaign).is_some_and(|until| link.kept_until <= *until)
    }

    /// When a link of a campaign expires: the later of two changes decides, that of the link or that of the campaign.
    pub(in crate::store) fn end_of(&self, campaign: &str, link: &Link) -> Option<DateTime<Utc>> {
        let changed_at = link.end_changed_at.unwrap_or(link.created_at);
        self.ends.get(campaign).filter(|end| changed_at <= end.changed_at).map_or(link.expires_at, |end| Some(end.at))
    }
}
