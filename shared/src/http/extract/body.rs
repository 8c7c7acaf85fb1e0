//! JSON bodies, parsed strictly.

use crate::http::error::ApiError;
use crate::http::extract::numbers;
use crate::http::extract::strict_json::{Budget, parse};
use crate::http::limits::{BODY_TIMEOUT, MAX_BODY};
use axum::Extension;
use axum::body::{Bytes, HttpBody as _, to_bytes};
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use http_body_util::LengthLimitError;
use serde_json::Value;
use std::error::Error as _;

/// Numbers that one response names.
const NAMED_NUMBERS: usize = 1000;

/// A JSON body of at most 4 MB, or what its route's [`body_limit`] is. Another content type, a `Content-Encoding`, a number
/// whose digits would change, and what `strict_json` refuses are errors.
#[derive(Debug)]
pub struct JsonBody {
    /// The parsed body.
    pub value: Value,
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = content_type(request.headers())?;
        if !is_json(&kind) {
            return Err(ApiError::UnsupportedMediaType("The body must be sent as application/json."));
        }
        Ok(Self { value: read_json(request).await? })
    }
}

/// Reads a JSON body, whatever its content type.
pub(in crate::http) async fn read_json(request: Request) -> Result<Value, ApiError> {
    let bytes = read(request).await?;
    let value = parse_body(&bytes)?;
    match numbers::errors(&bytes, NAMED_NUMBERS) {
        errors if errors.is_empty() => Ok(value),
        errors => Err(ApiError::Invalid(errors).with_code("number_out_of_range")),
    }
}

/// The largest body of a route, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(usize);

/// Bounds the bodies of the routes that this layer is around, in bytes. Without it the bound is [`MAX_BODY`].
pub fn body_limit(bytes: usize) -> Extension<BodyLimit> {
    Extension(BodyLimit(bytes))
}

/// Parses a body.
pub(in crate::http) fn parse_body(bytes: &[u8]) -> Result<Value, ApiError> {
    let parsed = parse(bytes, &Budget::default());
    parsed.map_err(|error| ApiError::NotJson(format!("The body is not JSON that can be read: {error}.")))
}

/// The bytes of a body, up to the limit of its route and of time.
pub(in crate::http) async fn read(request: Request) -> Result<Bytes, ApiError> {
    let limit = request.extensions().get::<BodyLimit>().map_or(MAX_BODY, |BodyLimit(bytes)| *bytes);
    let body = request.into_body();
    // A body that names its length is refused before it is read.
    if body.size_hint().lower() > limit as u64 {
        return Err(ApiError::TooLarge(limit));
    }
    let Ok(read) = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit)).await else {
        return Err(ApiError::SlowBody);
    };
    read.map_err(|error| {
        if error.source().is_some_and(|source| source.is::<LengthLimitError>()) {
            ApiError::TooLarge(limit)
        } else {
            ApiError::BadRequest("The body could not be read to its end.")
        }
    })
}

/// The media type of a body, without parameters and in lower case; empty if there is none.
///
/// # Errors
/// Returns [`ApiError::UnsupportedMediaType`] for any `Content-Encoding`, for two headers `Content-Type`, and for another
/// `charset` than UTF-8: two readers could disagree about what such a body says.
pub(in crate::http) fn content_type(headers: &HeaderMap) -> Result<String, ApiError> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(ApiError::UnsupportedMediaType("A Content-Encoding is not supported: send the body as it is."));
    }
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kinds.next().is_some() {
        return Err(ApiError::UnsupportedMediaType("The Content-Type must be given once."));
    }
    let mut parts = kind.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let is_utf_8 =
        |charset: &str| ["utf-8", "utf8"].iter().any(|utf_8| charset.trim_matches('"').eq_ignore_ascii_case(utf_8));
    if charsets.map(|(_, charset)| charset).any(|charset| !is_utf_8(charset)) {
        return Err(ApiError::UnsupportedMediaType("The charset of the body must be utf-8."));
    }
    Ok(media_type)
}

/// Whether a media type is JSON (RFC 6839 section 3.1).
pub(in crate::http) fn is_json(kind: &str) -> bool {
    let of_suffix = || kind.strip_prefix("application/")?.strip_suffix("+json");
    kind == "application/json" || of_suffix().is_some_and(|name| !name.is_empty())
}
