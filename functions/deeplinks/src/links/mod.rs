//! Links: list, read, change and revoke them. The URL of a link is never shown again.

pub(crate) mod change;
mod link_shape;
mod list;
mod query;

use crate::links::link_shape::{LinkShape, link_of, shape};
use crate::links::query::LinkQuery;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, LinksRead, LinksWrite, ListMeta, PageQuery, PathParam, Problem, ScopeErrors,
    TableErrors,
};
use shared::model::LinkId;
use shared::store::Freshness;
use utoipa::ToSchema;

/// Links, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi", "user_id": "abc123",
    "scenario_id": "0x420", "campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "expires_at": null,
    "kept_until": "2027-02-05T08:00:01.000000Z",
    "max_uses": null, "uses": 0, "clicks": 0, "first_clicked_at": null, "first_opened_at": null, "conversed_at": null,
    "state": "live"}], "meta": {"next_cursor": null}}))]
pub(crate) struct LinkList {
    data: Vec<LinkShape>,
    meta: ListMeta,
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
    let record = app.store.link_get(&hash, Freshness::Consistent).await?.ok_or(ApiError::NotFound)?;
    app.store.link_revoke(&record, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
