//! Webchat links, made in bulk: one personal short URL for each person of a list.

mod dataset;
mod generate;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use dataset::GenerateBody;
use generate::MadeLink;
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, BodyErrors, Caller, JsonBody, LinksWrite, Problem, RequestOrigin, ScopeErrors, TableErrors,
};
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
    responses((status = 200, body = Vec<MadeLink>, description = "The links, in the order of the dataset"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "The scenario has no webchat page"),
        AuthErrors, ScopeErrors, BodyErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
async fn generate(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    origin: RequestOrigin,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let order = dataset::read(body, &caller.tenant)?;
    let scenario = generate::scenario(&app, &caller.tenant, &order).await?;
    let body = generate::make(&app, &caller.tenant, &scenario, order, &origin).await?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response())
}

/// Make links (legacy)
///
/// As `/public/api/generate-webchat-deep-link`, for clients of OpenDialog's legacy API.
#[utoipa::path(
    post, path = "/api/generate-webchat-deeplink", tag = "Webchat links", operation_id = "generateLinksLegacy",
    request_body = GenerateBody,
    responses((status = 200, body = Vec<MadeLink>, description = "The links, in the order of the dataset"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "The scenario has no webchat page"),
        AuthErrors, ScopeErrors, BodyErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
async fn generate_legacy(
    state: State<App>,
    caller: Caller<LinksWrite>,
    origin: RequestOrigin,
    body: JsonBody,
) -> Result<Response, ApiError> {
    generate(state, caller, origin, body).await
}
