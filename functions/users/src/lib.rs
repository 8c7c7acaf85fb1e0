//! Users of a tenant's chatbots: erasing one. This function alone may delete interactions and links.

mod erase;

use axum::Router;
use axum::routing::delete;
use shared::app::App;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new().route("/public/api/users", delete(erase::erase))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(erase::erase))]
pub struct Api;
