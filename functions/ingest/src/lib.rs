//! Writing: events of conversations from outside, each with a verdict, and users erased.

mod erase;
mod event;
mod interactions;

use axum::Router;
use axum::routing::{delete, post};
use shared::app::App;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/public/api/interactions", post(interactions::write))
        .route("/public/api/users", delete(erase::erase))
}

/// The operations of this function, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(interactions::write, erase::erase))]
pub struct Api;
