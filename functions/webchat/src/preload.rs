//! The script that a webchat page includes first.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use shared::http::Problem;

const SCRIPT: &str = include_str!("../assets/preload.js");

/// The first script of a webchat page
///
/// Removes the handoff from the address bar, exchanges it, fills `window.openDialogSettings.user`, and then loads the
/// widget that `data-widget` names. `window.openDialogPreload` is a promise of the response to the exchange.
#[utoipa::path(
    get, path = "/webchat/preload.js", tag = "Webchat page", operation_id = "preloadScript",
    responses((status = 200, body = String, content_type = "text/javascript", description = "The script",
            headers(("Cache-Control" = String, description = "Public, five minutes"))),
        (status = 405, body = Problem, content_type = "application/problem+json", description = "The method is neither GET nor HEAD",
            headers(("Allow" = String)))),
    security(())
)]
pub(crate) async fn preload() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, SCRIPT).into_response()
}
