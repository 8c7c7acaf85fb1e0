//! The script that a webchat page includes first.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use shared::crypto::{base64url, sha256};
use shared::http::Problem;
use std::sync::LazyLock;

/// The two parts are functions of their own, which share only `window.openDialogPreload`.
const SCRIPT: &str = concat!(include_str!("../assets/preload.js"), include_str!("../assets/turns.js"));

/// A browser asks once an hour whether the script has changed, so a release reaches every page within the hour. For a
/// day it may use the old script while it asks.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=3600, stale-while-revalidate=86400");

/// The hash of the script, as a strong validator (RFC 9110 section 8.8.3).
static ETAG: LazyLock<String> = LazyLock::new(|| format!("\"{}\"", base64url(&sha256(SCRIPT.as_bytes())[..16])));

/// The first script of a webchat page
///
/// Removes the handoff from the address bar, exchanges it, fills `window.openDialogSettings.user`, and then loads the
/// widget that `data-widget` names. `window.openDialogPreload` is a promise of the response to the exchange. Reports the
/// turns of the conversation if the widget has message events.
#[utoipa::path(
    get, path = "/webchat/preload.js", tag = "Webchat page", operation_id = "preloadScript",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of a stored script")),
    responses((status = 200, body = String, content_type = "text/javascript", description = "The script",
            headers(("Cache-Control" = String, description = "Public, one hour"), ("ETag" = String))),
        (status = 304, description = "The stored script is still the same",
            headers(("Cache-Control" = String, description = "Public, one hour"), ("ETag" = String))),
        (status = 405, body = Problem, content_type = "application/problem+json", description = "The method is neither GET nor HEAD",
            headers(("Allow" = String)))),
    security(())
)]
pub(crate) async fn preload(request: HeaderMap) -> Response {
    let headers = [
        (header::CACHE_CONTROL, CACHE_CONTROL),
        (header::ETAG, HeaderValue::from_static(ETAG.as_str())),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    if is_stored(&request) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

/// Whether the client has this script already (RFC 9110 section 13.1.2, which compares weakly).
fn is_stored(request: &HeaderMap) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == ETAG.as_str())
}
