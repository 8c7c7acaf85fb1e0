//! Webchat links, made in bulk: one personal short URL for each person of a list; looking after them; their funnel.

mod campaigns;
mod generate;
mod links;
mod scenarios;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use generate::MadeLink;
use generate::idempotency::IdempotencySeed;
use generate::request::GenerateBody;
use http::HeaderMap;
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
        .route("/public/api/links", get(links::list))
        .route("/public/api/links/{link_id}", get(links::read).delete(links::revoke))
        .route("/public/api/campaigns", get(campaigns::list))
        .route("/public/api/campaigns/{campaign}", delete(campaigns::revoke))
        .route("/public/api/campaigns/{campaign}/funnel", get(campaigns::funnel::funnel))
        .route("/public/api/scenarios", get(scenarios::list))
}

/// The operations of this function, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    generate,
    generate_legacy,
    links::list,
    links::read,
    links::revoke,
    campaigns::list,
    campaigns::revoke,
    campaigns::funnel::funnel,
    scenarios::list
))]
pub struct Api;

/// Make links
///
/// Makes one personal short URL for each person of the dataset. Whoever opens it finds the webchat of the scenario with
/// the attributes already loaded; nothing personal is in the URL. The dataset is checked whole first: one bad row and
/// nothing is made, with every bad row named (the first 1,000). Links come in the order of the dataset. The spellings
/// `scenarioId`, `scenario_alias`, `scenarioAlias` and `userId` are understood too. With an `Idempotency-Key` the request
/// can be sent again: for seven days the same key and body give the same links and make no second set.
#[utoipa::path(
    post, path = "/public/api/generate-webchat-deep-link", tag = "Webchat links", operation_id = "generateLinks",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters, made up by you")),
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
    domain: RequestOrigin,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let order = generate::request::read(body, &caller.tenant)?;
    let origin = IdempotencySeed::find(&app, &caller, &headers, &order).await?;
    generate::check_ends(&order, &origin)?;
    let scenario = generate::scenario(&app, &caller.tenant, &order).await?;
    let origin = origin.begin(&app, &caller, &order).await?;
    let body = generate::make(&app, &caller, &scenario, order, &origin, &domain).await?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response())
}

/// Make links (legacy)
///
/// As `/public/api/generate-webchat-deep-link`, for clients of OpenDialog's legacy API.
#[utoipa::path(
    post, path = "/api/generate-webchat-deeplink", tag = "Webchat links", operation_id = "generateLinksLegacy",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters, made up by you")),
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
    domain: RequestOrigin,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    generate(state, caller, domain, headers, body).await
}
