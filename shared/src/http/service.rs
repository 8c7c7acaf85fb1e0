//! The edge around the routes of a function, put on once.

use crate::http::ApiError;
use crate::http::limits;
use crate::http::problem::ProblemParts;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tracing::Instrument as _;
use uuid::Uuid;

/// The largest body that is read.
const MAX_BODY: usize = 4 * 1024 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Routes with everything around them: fallbacks, limits, request ids, headers, compression, the bodies of errors.
pub fn service<S: Clone + Send + Sync + 'static>(routes: Router<S>, state: S) -> Router {
    routes
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(edge))
        .layer(CompressionLayer::new())
        .layer(middleware::map_response(async |mut response: Response| {
            limits::join_repeated(response.headers_mut());
            response
        }))
        .with_state(state)
}

async fn edge(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", %id, method = %request.method(), route);
    async {
        let answered = tokio::time::timeout(limits::DEADLINE, next.run(request)).await;
        let mut response = answered.unwrap_or_else(|_| ApiError::Timeout("request").into_response());
        if let Some(parts) = response.extensions_mut().remove::<ProblemParts>() {
            parts.write(&mut response, id);
        }
        finish_headers(&mut response, id);
        tracing::info!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}

fn finish_headers(response: &mut Response, id: Uuid) {
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&id.to_string()).ok().map(|id| (REQUEST_ID, id)));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that tower-http calls")]
fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
    ApiError::Unexpected(format!("panic: {text}").into()).into_response()
}
