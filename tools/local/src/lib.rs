//! The whole product as one local server: every function's routes merged, over an embedded engine.

pub mod args;
pub mod data;
pub mod demo;
pub mod engine;
pub mod openapi;
pub mod pages;
pub mod server;
mod welcome;

use axum::Router;
use shared::app::App;

/// The routes of every function, as API Gateway would hand them out.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(interactions::routes())
        .merge(deeplinks::routes())
        .merge(redirect::routes())
        .merge(webchat::routes())
        .merge(account::routes())
        .merge(docs::routes())
}
