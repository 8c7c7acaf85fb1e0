//! A link as responses show it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::app::App;
use shared::crypto::LinkHash;
use shared::http::{ApiError, Caller, Requires};
use shared::model::{LinkId, LinkStatus, time};
use shared::store::LinkRecord;
use utoipa::ToSchema;

/// A link with its click and use counters.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi", "user_id": "abc123", "scenario_id": "0x420",
    "campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "expires_at": null, "kept_until": "2027-02-05T08:00:01.000000Z",
    "max_uses": 1, "uses": 1, "clicks": 2, "first_clicked_at": "2026-01-01T09:00:00.000000Z", "first_opened_at": "2026-01-01T09:00:02.000000Z",
    "conversed_at": null, "state": "used_up"}))]
pub(crate) struct LinkShape {
    link_id: String,
    user_id: String,
    scenario_id: String,
    campaign: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
    /// Until when the link is kept. Then it stops working, whatever its end, and is deleted with its attributes and counters.
    #[schema(format = DateTime)]
    kept_until: String,
    max_uses: Option<u64>,
    /// How often a handoff of the link was exchanged.
    uses: u64,
    /// How often the link was opened. Requests of preview agents do not count.
    clicks: u64,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_clicked_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_opened_at: Option<DateTime<Utc>>,
    /// When the user first sent text, a button or a form.
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    conversed_at: Option<DateTime<Utc>>,
    state: LinkStatus,
}

/// The hash of a link of the caller's tenant. The id proves the tenant, so another tenant's link is refused without a
/// read.
///
/// # Errors
/// Returns [`ApiError::NotFound`] for the id of another tenant's link.
pub(crate) fn link_of<R: Requires>(app: &App, caller: &Caller<R>, id: &LinkId) -> Result<LinkHash, ApiError> {
    app.store.data_key().link_of(&caller.tenant.id, id).ok_or(ApiError::NotFound)
}

/// The link of a record.
pub(crate) fn shape(app: &App, LinkRecord { hash, link, activity }: &LinkRecord) -> LinkShape {
    LinkShape {
        link_id: app.store.data_key().link_id(&link.tenant, hash).as_str().to_owned(),
        user_id: link.user_id.as_str().to_owned(),
        scenario_id: link.scenario.as_str().to_owned(),
        campaign: link.campaign.as_str().to_owned(),
        created_at: time::format(link.created_at),
        expires_at: link.expires_at,
        kept_until: time::format(link.kept_until),
        max_uses: link.max_uses,
        uses: activity.uses,
        clicks: activity.clicks,
        first_clicked_at: activity.first_clicked_at,
        first_opened_at: activity.first_opened_at,
        conversed_at: activity.conversed_at,
        state: link.status(activity, app.clock.now()),
    }
}
