//! Campaigns: list them, and change or revoke all links of one at once.

mod campaign_shape;
pub(crate) mod change;
pub(crate) mod funnel;

use crate::campaigns::campaign_shape::CampaignShape;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, LinksRead, LinksWrite, ListMeta, NoFilter, PageQuery, PathParam,
    Problem, ScopeErrors, TableErrors,
};
use shared::model::CampaignId;
use utoipa::ToSchema;

/// Campaigns, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z",
    "expires_at": null, "kept_until": "2027-02-05T23:59:59.000000Z", "revoked_at": null}], "meta": {"next_cursor": null}}))]
pub(crate) struct CampaignList {
    data: Vec<CampaignShape>,
    meta: ListMeta,
}

/// List campaigns
///
/// The campaigns of your tenant, newest first. A request for links that names no campaign creates one with a generated
/// name.
#[utoipa::path(
    get, path = "/public/api/campaigns", tag = "Webchat links", operation_id = "listCampaigns", params(PageQuery<NoFilter, 100>),
    responses((status = 200, body = CampaignList, description = "The campaigns"), AuthErrors, ScopeErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    query: PageQuery<NoFilter, 100>,
) -> Result<Json<CampaignList>, ApiError> {
    let cursors = CursorCodec::new(&app, &caller.tenant.id, "campaigns", &query.pairs);
    let after: Option<String> = cursors.decode(query.cursor.as_deref())?;
    let (found, next) = app.store.campaign_list(&caller.tenant.id, after.as_deref(), query.limit).await?;
    let next_cursor = next.map(|position| cursors.encode(&position));
    let data = found.iter().map(CampaignShape::of).collect();
    Ok(Json(CampaignList { data, meta: ListMeta { next_cursor } }))
}

/// Revoke a campaign
///
/// All links of the campaign stop working at once, within two seconds, and their sessions end. Revoking it again changes
/// nothing.
#[utoipa::path(
    delete, path = "/public/api/campaigns/{campaign}", tag = "Webchat links", operation_id = "revokeCampaign",
    params(("campaign" = String, Path, pattern = "^[A-Za-z0-9._-]{1,64}$", description = "The campaign's name", example = "spring")),
    responses((status = 204, description = "Revoked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Your tenant has no such campaign"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    PathParam(campaign): PathParam<CampaignId>,
) -> Result<StatusCode, ApiError> {
    let known = app.store.campaign_revoke(&caller.tenant.id, &campaign, app.clock.now()).await?;
    known.then_some(StatusCode::NO_CONTENT).ok_or(ApiError::NotFound)
}
