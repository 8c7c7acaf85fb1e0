//! The errors of every handler, and the one match from an error to a status.

use crate::crypto::TokenRejected;
use crate::http::error_chain::chain;
use crate::http::field_errors::{FieldErrors, field_error};
use crate::http::problem::{CODE, ProblemParts};
use crate::model::Scope;
use crate::store::StoreError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use std::error::Error;

const REALM: &str = r#"Bearer realm="external-api""#;
/// Seconds after which a request may be sent again that the table refused.
const BUSY_SECONDS: u64 = 1;

/// An error response. The service writes it as a [`Problem`](crate::http::Problem).
#[derive(Debug)]
pub enum ApiError {
    /// The request has no credentials: 401.
    Unauthenticated,
    /// The credentials are not one well-formed bearer token: 400.
    BadCredentials,
    /// The token is invalid, expired or revoked: 401.
    InvalidToken,
    /// The token lacks a scope: 403.
    InsufficientScope(Scope),
    /// The caller may not do this: 403, with the reason.
    Forbidden(&'static str),
    /// The path, or the resource that it names, does not exist: 404.
    NotFound,
    /// Something that the request depends on does not exist: 404, with its own message.
    Missing(&'static str),
    /// The path does not support the method: 405.
    MethodNotAllowed,
    /// The body is not JSON: 400, with the position of the fault.
    NotJson(String),
    /// The request is malformed: 400, with the reason.
    BadRequest(&'static str),
    /// An earlier request won: 409, with the reason.
    Conflict(&'static str),
    /// The resource existed and is gone: 410, with the reason.
    Gone(&'static str),
    /// The body is larger than this number of bytes: 413.
    TooLarge(usize),
    /// The body did not arrive in time: 408.
    SlowBody,
    /// The body has the wrong media type or an encoding: 415, with the reason.
    UnsupportedMediaType(&'static str),
    /// Fields are invalid: 422, with sentences by field.
    Invalid(FieldErrors),
    /// The request is refused as a whole: 422, with its own message, and sentences by field.
    Refused(String, FieldErrors),
    /// Too many requests: 429, with the seconds until the next may be sent.
    RateLimited(u64),
    /// The table throttles, times out or cannot be reached: 503.
    Busy(StoreError),
    /// An operation of ours, named here, took longer than its limit: 503.
    Timeout(&'static str),
    /// This installation does not offer the operation: 501, with the reason.
    NotImplemented(&'static str),
    /// Any other error: 500. It is logged; the response does not show it.
    Unexpected(Box<dyn Error + Send + Sync>),
    /// An error with extension members (RFC 9457 section 3.2), made by [`ApiError::with_extensions`].
    Extended(Box<Self>, Map<String, Value>),
}

impl ApiError {
    /// An [`ApiError::Invalid`] with one sentence about one field.
    pub fn field(path: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::Invalid(field_error(path, sentence))
    }

    /// Adds the members of an object to the body of the response (RFC 9457 section 3.2).
    ///
    /// What does not serialise as an object is a programming error, and becomes [`ApiError::Unexpected`].
    #[must_use]
    pub fn with_extensions(self, members: &impl Serialize) -> Self {
        match serde_json::to_value(members) {
            Ok(Value::Object(members)) => Self::Extended(Box::new(self), members),
            Ok(_) => Self::Unexpected("the extensions of a problem must be an object".into()),
            Err(error) => Self::Unexpected(error.into()),
        }
    }

    /// Gives the error a more specific code than its kind has.
    #[must_use]
    pub fn with_code(self, code: &'static str) -> Self {
        Self::Extended(Box::new(self), Map::from_iter([(CODE.to_owned(), code.into())]))
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotJson(_) | Self::BadRequest(_) | Self::BadCredentials => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::Refused(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy(_) | Self::Timeout(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Extended(error, _) => error.status(),
        }
    }

    /// Whole seconds after which the request may succeed.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited(seconds) => Some(*seconds),
            Self::Busy(_) | Self::Timeout(_) => Some(BUSY_SECONDS),
            Self::Extended(error, _) => error.retry_after(),
            _ => None,
        }
    }

    /// The `WWW-Authenticate` challenge (RFC 6750 section 3).
    fn authenticate(&self) -> Option<String> {
        match self {
            Self::Unauthenticated => Some(REALM.to_owned()),
            Self::BadCredentials => Some(format!(r#"{REALM}, error="invalid_request""#)),
            Self::InvalidToken => Some(format!(r#"{REALM}, error="invalid_token""#)),
            Self::InsufficientScope(scope) => Some(format!(r#"{REALM}, error="insufficient_scope", scope="{scope}""#)),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match &self {
            Self::Busy(error) => tracing::warn!(error = chain(error), "the table is busy"),
            Self::Timeout(operation) => tracing::warn!(operation, "timed out"),
            Self::Unexpected(error) => tracing::error!(error = chain(error.as_ref()), "unexpected"),
            _ => {}
        }
        let (status, code, authenticate, retry) = (self.status(), self.code(), self.authenticate(), self.retry_after());
        let (message, detail) = (self.message().into_owned(), self.detail().into_owned());
        let (errors, extensions) = match self {
            Self::Extended(error, members) => {
                let mut response = error.into_response();
                if let Some(parts) = response.extensions_mut().get_mut::<ProblemParts>() {
                    parts.extensions.extend(members);
                }
                return response;
            }
            Self::Invalid(errors) | Self::Refused(_, errors) if !errors.is_empty() => (Some(errors), Map::new()),
            _ => (None, Map::new()),
        };
        let mut response = status.into_response();
        let headers = response.headers_mut();
        let challenge = authenticate.map(|value| HeaderValue::from_str(&value).expect("a challenge is ASCII"));
        headers.extend(challenge.map(|value| (header::WWW_AUTHENTICATE, value)));
        headers.extend(retry.map(|seconds| (header::RETRY_AFTER, seconds.into())));
        response.extensions_mut().insert(ProblemParts { status, code, message, detail, errors, extensions });
        response
    }
}

impl From<TokenRejected> for ApiError {
    fn from(rejected: TokenRejected) -> Self {
        match rejected {
            TokenRejected::Expired => Self::InvalidToken.with_code("token_expired"),
            TokenRejected::Invalid => Self::InvalidToken,
        }
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_busy() { Self::Busy(error) } else { Self::Unexpected(Box::new(error)) }
    }
}
