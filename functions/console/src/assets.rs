//! The style sheet and the script of the pages.

use crate::page_error::PageError;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};

const STYLE: &str = include_str!("../assets/console.css");
const SCRIPT: &str = include_str!("../assets/console.js");
/// Short, because a release changes them under the same name.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `GET /console/assets/{name}`.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, PageError> {
    let (kind, text) = match name.as_str() {
        "console.css" => ("text/css", STYLE),
        "console.js" => ("text/javascript", SCRIPT),
        _ => return Err(PageError::NotFound),
    };
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHED)], text).into_response())
}
