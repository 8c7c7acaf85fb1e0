//! The whole product as one local server: every function's routes merged, over an embedded engine.

pub mod args;
pub mod data;
pub mod demo;
pub mod engine;
pub mod events;
pub mod openapi;
pub mod pages;
pub mod server;
mod welcome;

use axum::Router;
use shared::app::App;

/// Every function by name, with its routes.
pub fn functions() -> [(&'static str, Router<App>); 7] {
    [
        ("interactions", interactions::routes()),
        ("ingest", ingest::routes()),
        ("deeplinks", deeplinks::routes()),
        ("redirect", redirect::routes()),
        ("webchat", webchat::routes()),
        ("account", account::routes()),
        ("docs", docs::routes()),
    ]
}

/// The routes of every function, as API Gateway would hand them out.
pub fn routes() -> Router<App> {
    functions().into_iter().fold(Router::new(), |all, (_, routes)| all.merge(routes))
}
