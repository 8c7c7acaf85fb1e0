//! The API describes itself: OpenAPI 3.1 and a reference to read and try. No table, no token.

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};
use shared::http::ApiError;
use std::sync::Arc;

/// What the routes say of themselves, written by the test suite and checked by it: see `tools/local`.
const OPENAPI: &str = include_str!("../assets/openapi.json");
const PAGE: &str = include_str!("../assets/docs.html");
const START: &str = include_str!("../assets/docs.js");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of this function.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/openapi.json", get(openapi)).route("/docs", get(page)).route("/docs/{asset}", get(asset))
}

async fn openapi() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, OPENAPI).into_response()
}

async fn page() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "public, max-age=300")], Html(PAGE))
        .into_response()
}

/// The assets of Swagger UI, served from here.
async fn asset(name: Result<Path<String>, PathRejection>) -> Result<Response, ApiError> {
    let Path(name) = name.map_err(|_| ApiError::NotFound)?;
    let cached = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    let kind = |kind: &str| HeaderValue::from_str(kind).map(|kind| (header::CONTENT_TYPE, kind));
    if name == "docs.js" {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
        return Ok(([kind, cached], START).into_response());
    }
    let config = Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
    let file = utoipa_swagger_ui::serve(&name, config).ok().flatten().ok_or(ApiError::NotFound)?;
    let kind = kind(&file.content_type).map_err(|error| ApiError::Unexpected(error.into()))?;
    Ok(([kind, cached], file.bytes.into_owned()).into_response())
}
