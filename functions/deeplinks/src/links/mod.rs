//! Looking after links: list, read, revoke. Never their URLs, which were shown once.

mod list;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::crypto::LinkHash;
use shared::http::{
    ApiError, AuthErrors, Caller, LinksRead, LinksWrite, Problem, QueryPairs, ScopeErrors, TableErrors,
};
use shared::model::{Link, LinkActivity, LinkId, LinkStatus, time};
use utoipa::{IntoParams, ToSchema};

/// A link and what became of it.
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
    created_at: String,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>)]
    expires_at: Option<DateTime<Utc>>,
    max_uses: Option<u64>,
    /// Times that its handoff was exchanged.
    uses: u64,
    /// Times that it was opened; previews do not count.
    clicks: u64,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>)]
    first_clicked_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>)]
    first_opened_at: Option<DateTime<Utc>>,
    /// When the person first sent text, a button or a form.
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>)]
    conversed_at: Option<DateTime<Utc>>,
    /// `live`, `revoked`, `expired` or `used_up`.
    #[schema(value_type = String)]
    state: LinkStatus,
}

/// Links, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi", "user_id": "abc123",
    "scenario_id": "0x420", "campaign": "spring", "created_at": "2026-01-01T08:00:00.000000Z", "expires_at": null,
    "max_uses": null, "uses": 0, "clicks": 0, "first_clicked_at": null, "first_opened_at": null, "conversed_at": null,
    "state": "live"}], "meta": {"next_cursor": null}}))]
pub(crate) struct LinkList {
    data: Vec<LinkShape>,
    meta: ListMeta,
}

/// How a list goes on.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListMeta {
    /// Where the next page begins; null after the last. A page may be empty and still have one.
    pub(crate) next_cursor: Option<String>,
}

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `listing` takes from the pairs")]
pub(crate) struct ListQuery {
    /// Only links of this campaign. At most one of the three filters.
    campaign: Option<String>,
    /// Only links of this scenario.
    scenario_id: Option<String>,
    /// Only links of this user.
    user_id: Option<String>,
    /// `meta.next_cursor` of the page before; good for a day.
    cursor: Option<String>,
    /// Links a page, 1 to 1,000; 100 if not given.
    limit: Option<u64>,
}

/// List links
///
/// The newest first, with what became of each. Never the URLs, which were shown once.
#[utoipa::path(
    get, path = "/public/api/links", tag = "Webchat links", operation_id = "listLinks", params(ListQuery),
    responses((status = 200, body = LinkList, description = "The links"), AuthErrors, ScopeErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    query: QueryPairs,
) -> Result<Json<LinkList>, ApiError> {
    let wanted = list::read(&app, &caller.tenant, query)?;
    let (links, next_cursor) = list::page(&app, &caller.tenant, wanted).await?;
    let data = links.iter().map(|(hash, link, state)| shape(&app, hash, link, state)).collect();
    Ok(Json(LinkList { data, meta: ListMeta { next_cursor } }))
}

/// Read a link
#[utoipa::path(
    get, path = "/public/api/links/{link_id}", tag = "Webchat links", operation_id = "readLink",
    description = "What a link is and what became of it. Never its URL.",
    params(("link_id" = String, Path, description = "As it was answered when the link was made",
        example = "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi")),
    responses((status = 200, body = LinkShape, description = "The link"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "You have no such link"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller<LinksRead>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<LinkShape>, ApiError> {
    let hash = own(&app, &caller, id)?;
    let (link, state) = app.store.link_get(&hash).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(shape(&app, &hash, &link, &state)))
}

/// Revoke a link
#[utoipa::path(
    delete, path = "/public/api/links/{link_id}", tag = "Webchat links", operation_id = "revokeLink",
    description = "It stops working within two seconds, and its sessions end. Revoking again changes nothing.",
    params(("link_id" = String, Path, description = "As it was answered when the link was made",
        example = "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi")),
    responses((status = 204, description = "Revoked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "You have no such link"), AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let hash = own(&app, &caller, id)?;
    app.store.link_get(&hash).await?.ok_or(ApiError::NotFound)?;
    app.store.link_revoke(&hash, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The link of an id, if it is one of the caller's tenant: another's is refused without a read.
fn own<R: shared::http::Requires>(
    app: &App,
    caller: &Caller<R>,
    id: Result<Path<String>, PathRejection>,
) -> Result<LinkHash, ApiError> {
    let id: Option<LinkId> = id.ok().and_then(|Path(id)| id.parse().ok());
    id.and_then(|id| app.store.data_key().link_of(&caller.tenant.id, &id)).ok_or(ApiError::NotFound)
}

fn shape(app: &App, hash: &LinkHash, link: &Link, state: &LinkActivity) -> LinkShape {
    LinkShape {
        link_id: app.store.data_key().link_id(&link.tenant, hash).as_str().to_owned(),
        user_id: link.user_id.as_str().to_owned(),
        scenario_id: link.scenario.as_str().to_owned(),
        campaign: link.campaign.as_str().to_owned(),
        created_at: time::format(link.created_at),
        expires_at: link.expires_at,
        max_uses: link.max_uses,
        uses: state.uses,
        clicks: state.clicks,
        first_clicked_at: state.first_clicked_at,
        first_opened_at: state.first_opened_at,
        conversed_at: state.conversed_at,
        state: link.status(state, app.clock.now()),
    }
}
