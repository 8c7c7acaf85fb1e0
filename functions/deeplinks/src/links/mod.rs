//! Links: list, read and revoke them. The URL of a link is never shown again.

mod list;
mod query;

use crate::links::query::LinkQuery;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::crypto::LinkHash;
use shared::http::{
    ApiError, AuthErrors, Caller, LinksRead, LinksWrite, PageQuery, PathParam, Problem, Requires, ScopeErrors,
    TableErrors,
};
use shared::model::{LinkId, LinkStatus, time};
use shared::store::{Freshness, LinkRecord};
use utoipa::ToSchema;

/// A link with its click and use counters.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi", "user_id": "abc123", "scenario_id": "0x420",
    "campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "expires_at": null, "max_uses": 1, "uses": 1,
    "clicks": 2, "first_clicked_at": "2026-01-01T09:00:00.000000Z", "first_opened_at": "2026-01-01T09:00:02.000000Z",
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

/// Links, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi", "user_id": "abc123",
    "scenario_id": "0x420", "campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "expires_at": null,
    "max_uses": null, "uses": 0, "clicks": 0, "first_clicked_at": null, "first_opened_at": null, "conversed_at": null,
    "state": "live"}], "meta": {"next_cursor": null}}))]
pub(crate) struct LinkList {
    data: Vec<LinkShape>,
    meta: ListMeta,
}

/// The continuation of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListMeta {
    /// The cursor of the next page, valid for a day; null after the last page. An empty page may have one too.
    pub(crate) next_cursor: Option<String>,
}

/// List links
///
/// The links of your tenant, newest first, with their counters. The list does not contain the URLs.
#[utoipa::path(
    get, path = "/public/api/links", tag = "Webchat links", operation_id = "listLinks", params(PageQuery<LinkQuery, 100>),
    responses((status = 200, body = LinkList, description = "The links"), AuthErrors, ScopeErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    query: PageQuery<LinkQuery, 100>,
) -> Result<Json<LinkList>, ApiError> {
    let (links, next_cursor) = list::page(&app, &caller.tenant, query).await?;
    let data = links.iter().map(|record| shape(&app, record)).collect();
    Ok(Json(LinkList { data, meta: ListMeta { next_cursor } }))
}

/// Read a link
#[utoipa::path(
    get, path = "/public/api/links/{link_id}", tag = "Webchat links", operation_id = "readLink",
    description = "A link with its counters. The response does not contain the URL.",
    params(("link_id" = String, Path, pattern = "^[A-Za-z0-9_-]{32}$", description = "The `link_id` of the response that made the link",
        example = "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi")),
    responses((status = 200, body = LinkShape, description = "The link"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Your tenant has no such link"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    PathParam(id): PathParam<LinkId>,
) -> Result<Json<LinkShape>, ApiError> {
    let hash = link_of(&app, &caller, &id)?;
    let record = app.store.link_get(&hash, Freshness::Consistent).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(shape(&app, &record)))
}

/// Revoke a link
#[utoipa::path(
    delete, path = "/public/api/links/{link_id}", tag = "Webchat links", operation_id = "revokeLink",
    description = "The link stops working within two seconds, and its sessions end. Revoking it again changes nothing.",
    params(("link_id" = String, Path, pattern = "^[A-Za-z0-9_-]{32}$", description = "The `link_id` of the response that made the link",
        example = "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi")),
    responses((status = 204, description = "Revoked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Your tenant has no such link"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    PathParam(id): PathParam<LinkId>,
) -> Result<StatusCode, ApiError> {
    let hash = link_of(&app, &caller, &id)?;
    app.store.link_get(&hash, Freshness::Consistent).await?.ok_or(ApiError::NotFound)?;
    app.store.link_revoke(&hash, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The hash of a link of the caller's tenant. The id proves the tenant, so another tenant's link is refused without a
/// read.
fn link_of<R: Requires>(app: &App, caller: &Caller<R>, id: &LinkId) -> Result<LinkHash, ApiError> {
    app.store.data_key().link_of(&caller.tenant.id, id).ok_or(ApiError::NotFound)
}

fn shape(app: &App, LinkRecord { hash, link, activity }: &LinkRecord) -> LinkShape {
    LinkShape {
        link_id: app.store.data_key().link_id(&link.tenant, hash).as_str().to_owned(),
        user_id: link.user_id.as_str().to_owned(),
        scenario_id: link.scenario.as_str().to_owned(),
        campaign: link.campaign.as_str().to_owned(),
        created_at: time::format(link.created_at),
        expires_at: link.expires_at,
        max_uses: link.max_uses,
        uses: activity.uses,
        clicks: activity.clicks,
        first_clicked_at: activity.first_clicked_at,
        first_opened_at: activity.first_opened_at,
        conversed_at: activity.conversed_at,
        state: link.status(activity, app.clock.now()),
    }
}
