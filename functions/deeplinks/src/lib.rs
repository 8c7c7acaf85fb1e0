//! Webchat links: made in bulk, listed, read and revoked; their campaigns with a funnel; the scenarios they open.

mod campaigns;
mod generate;
mod links;
mod scenarios;

use axum::Router;
use axum::routing::{get, patch, post};
use shared::app::App;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/generate-webchat-deeplink", post(generate::generate_legacy))
        .route("/public/api/generate-webchat-deep-link", post(generate::generate))
        .route("/public/api/links", get(links::list))
        .route("/public/api/links/{link_id}", get(links::read).patch(links::change::change).delete(links::revoke))
        .route("/public/api/campaigns", get(campaigns::list))
        .route("/public/api/campaigns/{campaign}", patch(campaigns::change::change).delete(campaigns::revoke))
        .route("/public/api/campaigns/{campaign}/funnel", get(campaigns::funnel::funnel))
        .route("/public/api/scenarios", get(scenarios::list))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(
    paths(
        generate::generate,
        generate::generate_legacy,
        links::list,
        links::read,
        links::change::change,
        links::revoke,
        campaigns::list,
        campaigns::change::change,
        campaigns::revoke,
        campaigns::funnel::funnel,
        scenarios::list
    ),
    components(schemas(generate::MadeLink))
)]
pub struct Api;
