//! The description of the API: OpenAPI 3.1, and a reference in the browser. Uses no table and no token.

use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};
use shared::http::{ApiError, PathParam};
use std::sync::Arc;

/// The description of every route. The tests of `tools/local` generate this file, and fail if it is out of date.
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

/// Swagger UI's own pages. They have no policy against frames, and `/docs` replaces them.
const PAGES: &str = ".html";

/// The assets of Swagger UI.
async fn asset(PathParam(name): PathParam<String>) -> Result<Response, ApiError> {
    let cached = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    let kind = |kind: &str| HeaderValue::from_str(kind).map(|kind| (header::CONTENT_TYPE, kind));
    if name.ends_with(PAGES) {
        return Err(ApiError::NotFound);
    }
    if name == "docs.js" {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
        return Ok(([kind, cached], START).into_response());
    }
    let config = Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
    let file =
        utoipa_swagger_ui::serve(&name, config).map_err(|error| ApiError::Unexpected(error.to_string().into()))?;
    let file = file.ok_or(ApiError::NotFound)?;
    let kind = kind(&file.content_type).map_err(|error| ApiError::Unexpected(error.into()))?;
    Ok(([kind, cached], file.bytes.into_owned()).into_response())
}
