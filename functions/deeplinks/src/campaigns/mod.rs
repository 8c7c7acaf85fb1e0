//! Campaigns: listed, and revoked all at once.

pub(crate) mod funnel;

use crate::links::ListMeta;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, Fields, LinksRead, LinksWrite, Problem, QueryPairs, ScopeErrors,
    TableErrors,
};
use shared::model::{CampaignId, time};
use utoipa::{IntoParams, ToSchema};

/// A campaign.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "revoked_at": null}))]
pub(crate) struct CampaignShape {
    campaign: String,
    /// When its first links were made.
    created_at: String,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>)]
    revoked_at: Option<DateTime<Utc>>,
}

/// Campaigns, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z",
    "revoked_at": null}], "meta": {"next_cursor": null}}))]
pub(crate) struct CampaignList {
    data: Vec<CampaignShape>,
    meta: ListMeta,
}

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `list` takes from the pairs")]
pub(crate) struct CampaignQuery {
    /// `meta.next_cursor` of the page before; good for a day.
    cursor: Option<String>,
    /// Campaigns a page, 1 to 1,000; 100 if not given.
    limit: Option<u64>,
}

/// List campaigns
///
/// The newest first. Links that were made without naming a campaign have one of their own, made up for their request.
#[utoipa::path(
    get, path = "/public/api/campaigns", tag = "Webchat links", operation_id = "listCampaigns", params(CampaignQuery),
    responses((status = 200, body = CampaignList, description = "The campaigns"), AuthErrors, ScopeErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    query: QueryPairs,
) -> Result<Json<CampaignList>, ApiError> {
    let cursors = CursorCodec::new(&app, &caller.tenant.id, "campaigns", &query);
    let mut fields = Fields::of_query(query);
    let limit = fields.bounded_number("limit", 1..=1000).unwrap_or(100);
    let cursor = fields.query_string("cursor");
    fields.refuse_unknown();
    fields.finish()?;
    let after: Option<String> = cursors.decode(cursor.as_deref())?;
    let limit = usize::try_from(limit).unwrap_or(100);
    let found = app.store.campaign_list(&caller.tenant.id, after.as_deref(), limit).await?;
    let next_cursor = found.last().filter(|_| found.len() == limit).map(|(place, _)| cursors.encode(place));
    let data = found.into_iter().map(|(_, campaign)| CampaignShape {
        campaign: campaign.campaign.as_str().to_owned(),
        created_at: time::format(campaign.created_at),
        revoked_at: campaign.revoked_at,
    });
    Ok(Json(CampaignList { data: data.collect(), meta: ListMeta { next_cursor } }))
}

/// Revoke a campaign
///
/// All of its links stop working within two seconds, all at once, and their sessions end. Revoking again changes nothing.
#[utoipa::path(
    delete, path = "/public/api/campaigns/{campaign}", tag = "Webchat links", operation_id = "revokeCampaign",
    params(("campaign" = String, Path, description = "The campaign's name", example = "spring")),
    responses((status = 204, description = "Revoked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "You have no such campaign"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    campaign: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let campaign: CampaignId = campaign.ok().and_then(|Path(name)| name.parse().ok()).ok_or(ApiError::NotFound)?;
    let known = app.store.campaign_revoke(&caller.tenant.id, &campaign, app.clock.now()).await?;
    known.then_some(StatusCode::NO_CONTENT).ok_or(ApiError::NotFound)
}
