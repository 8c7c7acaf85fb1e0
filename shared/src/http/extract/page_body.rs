//! JSON bodies of webchat pages, which browsers send without a preflight.

use crate::http::error::ApiError;
use crate::http::extract::body::{content_type, is_json, read_json};
use axum::extract::{FromRequest, Request};
use serde_json::Value;

/// A JSON body that may be sent as `text/plain`, parsed as a [`JsonBody`](crate::http::JsonBody) is. A browser sends
/// `text/plain` to another origin without a preflight, also by `navigator.sendBeacon` (Fetch standard, "CORS-safelisted
/// request-header"). So an operation that takes it must not rely on a preflight.
#[derive(Debug)]
pub struct PageBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for PageBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = content_type(request.headers())?;
        if kind != "text/plain" && !is_json(&kind) {
            return Err(ApiError::UnsupportedMediaType(
                "The body must be JSON, sent as application/json or text/plain.",
            ));
        }
        read_json(request).await.map(Self)
    }
}
