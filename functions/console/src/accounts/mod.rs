//! The accounts of a tenant, for its admins. Only pages call these operations: they are not routes of the function.

mod change;
mod create;
mod fields;
mod list;
mod manager;
mod remove;
mod shapes;

use axum::Router;
use axum::routing::get;
use shared::app::App;

/// The routes of these operations.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/internal/accounts", get(list::list).post(create::create))
        .route("/internal/accounts/{id}", get(list::show).patch(change::change).delete(remove::remove))
}
