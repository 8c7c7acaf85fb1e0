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
use shared::http::{ApiError, body_limit};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};
use utoipa::OpenApi;

/// The largest exchange. A handoff has at most 4 KB, and a nonce 64 bytes.
const EXCHANGE_BYTES: usize = 16 * 1024;
/// The largest message or report of turns. An event has at most 350 KB, and a browser reports at most 64 KB of turns.
const MESSAGE_BYTES: usize = 384 * 1024;

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
        .merge(Router::new().route("/webchat/exchange", post(exchange::exchange)).layer(body_limit(EXCHANGE_BYTES)))
        .merge(Router::new().route("/incoming/webchat", post(incoming::incoming)).layer(body_limit(MESSAGE_BYTES)))
        .merge(Router::new().route("/webchat/turns", post(turns::turns)).layer(body_limit(MESSAGE_BYTES)))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed) // within the layer, which answers preflights
        .layer(cors)
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(preload::preload, exchange::exchange, turns::turns, incoming::incoming))]
pub struct Api;
