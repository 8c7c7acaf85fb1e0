//! `POST /api/tokens` and `POST /api/tokens/{id}/rotate`: new tokens. This function alone has the private key that signs
//! them.

pub(crate) mod create;
mod expiry;
mod issue;
pub(crate) mod rotate;

use axum::Router;
use axum::routing::post;
use shared::app::App;

/// The routes of these operations.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/tokens", post(create::create)).route("/api/tokens/{id}/rotate", post(rotate::rotate))
}
