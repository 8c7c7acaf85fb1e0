//! The layers around the routes of every function.

use crate::http::error::ApiError;
use crate::http::extract::refused_tokens::RefusedTokens;
use crate::http::limits;
use crate::http::preferences;
use crate::http::problem::ProblemParts;
use crate::http::rate_limit_slot::RateLimitSlot;
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use std::any::Any;
use std::sync::Arc;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionBody, CompressionLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const NOT_CACHED: HeaderValue = HeaderValue::from_static("private, no-store");
const NOT_SNIFFED: HeaderValue = HeaderValue::from_static("nosniff");

/// Adds to routes what every function has: fallbacks, limits, request ids, default headers, compression, and the bodies
/// of errors.
pub fn service<S: Clone + Send + Sync + 'static>(routes: Router<S>, state: S) -> Router {
    routes
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        // The outermost first. One layer of axum, because each boxes every route, and clones it for every request.
        .layer((
            MapResponseLayer::new(|mut response: http::Response<CompressionBody<Body>>| {
                limits::join_repeated(response.headers_mut());
                response
            }),
            MapRequestLayer::new(|mut request: Request| {
                preferences::drop_unserved_encodings(request.headers_mut());
                request
            }),
            CompressionLayer::new(),
            SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, NOT_SNIFFED),
            SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, NOT_CACHED),
            middleware::from_fn_with_state(Arc::<RefusedTokens>::default(), edge),
            CatchPanicLayer::custom(panicked),
        ))
        .with_state(state)
}

/// Gives a request its id, its span and its time limit, and its response the body of an error.
///
/// Three layers of tower-http do not fit. `SetRequestIdLayer` keeps an id that the client sent. `TimeoutLayer` answers
/// with an empty body and writes no log line. `TraceLayer` wraps every body to see its end; our log line needs the head.
async fn edge(State(refused): State<Arc<RefusedTokens>>, mut request: Request, next: Next) -> Response {
    let slot = RateLimitSlot { refused, ..RateLimitSlot::default() };
    request.extensions_mut().insert(slot.clone());
    let id = Uuid::now_v7();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    // The extractor of the caller fills in the last three.
    let span = tracing::info_span!(
        "request", %id, method = %request.method(), route, tenant = Empty, account = Empty, token = Empty
    );
    async {
        let answered = tokio::time::timeout(limits::DEADLINE, next.run(request)).await;
        let mut response = answered.unwrap_or_else(|_| ApiError::Timeout("request").into_response());
        if let Some(limits) = slot.limits.get() {
            limits.write(&mut response);
        }
        if let Some(parts) = response.extensions_mut().remove::<ProblemParts>() {
            parts.write(&mut response, id);
        }
        let header = HeaderValue::from_str(&id.to_string()).expect("a UUID is ASCII");
        response.headers_mut().insert(REQUEST_ID, header);
        tracing::info!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that tower-http calls")]
fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
    ApiError::Unexpected(format!("panic: {text}").into()).into_response()
}
