//! An installation in one process: the routes of every function, an embedded engine, a data folder and a demo.
//!
//! The local server, the benchmarks, the Lambda emulator and the test suites use it.

pub mod capacity;
pub mod contention;
pub mod data_dir;
pub mod demo;
pub mod engine;
mod engine_api;
mod engine_key;
mod engine_response;
pub mod environment;
pub mod events;
pub mod fault_injector;
mod forward;
pub mod openapi;
pub mod opendialog;
pub mod serving;

use axum::Router;
use shared::app::App;

/// Every function that API Gateway calls: its name and its routes.
pub fn functions() -> [(&'static str, Router<App>); 9] {
    [
        ("interactions", interactions::routes()),
        ("ingest", ingest::routes()),
        ("users", users::routes()),
        ("deeplinks", deeplinks::routes()),
        ("redirect", redirect::routes()),
        ("webchat", webchat::routes()),
        ("account", account::routes()),
        ("console", console::routes()),
        ("docs", docs::routes()),
    ]
}

/// The functions without routes, which a schedule runs.
pub const SCHEDULED: [&str; 1] = ["sync"];

/// The routes of all functions together, as API Gateway serves them.
pub fn routes() -> Router<App> {
    functions().into_iter().fold(Router::new(), |all, (_, routes)| all.merge(routes))
}
