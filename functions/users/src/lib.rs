//! Users of a tenant's chatbots: exporting and erasing one. This function alone may delete interactions and links.

mod erase;
mod export;

use axum::Router;
use axum::routing::{delete, get};
use shared::app::App;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/public/api/users", delete(erase::erase))
        .route("/public/api/users/export", get(export::export))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(erase::erase, export::export))]
pub struct Api;
