//! Webchat links, made in bulk: one personal short URL for each person of a list.

mod dataset;
mod generate;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use dataset::GenerateBody;
use generate::MadeLink;
use shared::app::App;
use shared::http::{ApiError, AuthErrors, Caller, JsonBody, LinksWrite, RequestOrigin, WriteErrors};
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/generate-webchat-deeplink", post(generate_legacy))
        .route("/public/api/generate-webchat-deep-link", post(generate))
}

/// The operations of this function, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(generate, generate_legacy))]
pub struct Api;

/// Make links
///
/// Makes one personal short URL for each person of the dataset. Whoever opens it finds the webchat of the scenario with
/// the attributes already loaded; nothing personal is in the URL. The dataset is checked whole first: one bad row and
/// nothing is made, with every bad row named (the first 1,000). Links come in the order of the dataset. The spellings
/// `scenarioId`, `scenario_alias`, `scenarioAlias` and `userId` are understood too.
#[utoipa::path(
    post, path = "/public/api/generate-webchat-deep-link", tag = "Webchat links", operation_id = "generateLinks",
    request_body = GenerateBody,
    responses((status = 200, body = Vec<MadeLink>, description = "The links, in the order of the dataset",
        headers(("X-Request-Id" = String, description = "This request"))), AuthErrors, WriteErrors),
    security(("token" = ["links:write"]))
)]
async fn generate(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    origin: RequestOrigin,
    body: JsonBody,
) -> Result<Json<Vec<MadeLink>>, ApiError> {
    let order = dataset::read(body, &caller.tenant)?;
    let scenario = generate::scenario(&app, &caller.tenant, &order).await?;
    generate::make(&app, &caller.tenant, &scenario, order, &origin).await.map(Json)
}

/// Make links (legacy)
///
/// As `/public/api/generate-webchat-deep-link`, for clients of OpenDialog's legacy API.
#[utoipa::path(
    post, path = "/api/generate-webchat-deeplink", tag = "Webchat links", operation_id = "generateLinksLegacy",
    request_body = GenerateBody,
    responses((status = 200, body = Vec<MadeLink>, description = "The links, in the order of the dataset",
        headers(("X-Request-Id" = String, description = "This request"))), AuthErrors, WriteErrors),
    security(("token" = ["links:write"]))
)]
async fn generate_legacy(
    state: State<App>,
    caller: Caller<LinksWrite>,
    origin: RequestOrigin,
    body: JsonBody,
) -> Result<Json<Vec<MadeLink>>, ApiError> {
    generate(state, caller, origin, body).await
}
