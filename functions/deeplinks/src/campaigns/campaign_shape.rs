//! A campaign as responses show it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::model::time;
use shared::store::Campaign;
use utoipa::ToSchema;

/// A campaign.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "expires_at": null,
    "kept_until": "2027-02-05T23:59:59.000000Z", "revoked_at": null}))]
pub(crate) struct CampaignShape {
    campaign: String,
    /// When the first links of the campaign were made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the links expire that were made before the campaign's end was last changed; null if it never was.
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
    /// Until when the campaign is kept: at least as long as its last link.
    #[schema(format = DateTime)]
    kept_until: String,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<DateTime<Utc>>,
}

impl CampaignShape {
    /// The campaign of a record.
    pub(crate) fn of(campaign: &Campaign) -> Self {
        Self {
            campaign: campaign.campaign.as_str().to_owned(),
            created_at: time::format(campaign.created_at),
            expires_at: campaign.expires_at,
            kept_until: time::format(campaign.kept_until),
            revoked_at: campaign.revoked_at,
        }
    }
}
