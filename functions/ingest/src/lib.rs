//! Storing interactions and user attributes that integrators send.

mod attributes;
mod event;
mod interactions;

use axum::Router;
use axum::routing::post;
use shared::app::App;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new().route("/public/api/interactions", post(interactions::write))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(interactions::write))]
pub struct Api;
