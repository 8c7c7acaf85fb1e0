//! What the webchat page of a link calls: its script, the exchange of a handoff, messages, and reports of turns. No API token
//! is used here.

mod exchange;
mod incoming;
mod preload;
mod session;
mod turn;
mod turns;

use axum::Router;
use axum::routing::{get, post};
use http::{HeaderName, Method, header};
use shared::app::App;
use shared::http::ApiError;
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};
use utoipa::OpenApi;

/// The routes of this function. Browsers may call them from any origin, without credentials: which page may exchange
/// a handoff is decided by its scenario, not by a preflight.
pub fn routes() -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
        .expose_headers([HeaderName::from_static("x-request-id"), header::RETRY_AFTER])
        .max_age(Duration::from_hours(2)); // as long as a session; Chromium keeps a preflight no longer
    Router::new()
        .route("/webchat/preload.js", get(preload::preload))
        .route("/webchat/exchange", post(exchange::exchange))
        .route("/webchat/turns", post(turns::turns))
        .route("/incoming/webchat", post(incoming::incoming))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed) // within the layer, which answers preflights
        .layer(cors)
}

/// The operations of this function, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(preload::preload, exchange::exchange, turns::turns, incoming::incoming))]
pub struct Api;
