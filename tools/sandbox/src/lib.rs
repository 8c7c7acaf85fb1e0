//! A whole installation in one process: every function's routes, an embedded engine, a data folder and a demo.
//!
//! The local server, the benchmarks, the Lambda emulator and the test suites are built on it.

pub mod capacity;
pub mod data_dir;
pub mod demo;
pub mod engine;
pub mod events;
pub mod openapi;

use axum::Router;
use shared::app::App;

/// Every function by name, with its routes.
pub fn functions() -> [(&'static str, Router<App>); 8] {
    [
        ("interactions", interactions::routes()),
        ("ingest", ingest::routes()),
        ("users", users::routes()),
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
