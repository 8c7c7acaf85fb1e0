//! The errors of every handler, and the one match from an error to a status.

use crate::http::field_errors::{FieldErrors, field_error};
use crate::http::problem::ProblemParts;
use crate::model::Scope;
use crate::store::StoreError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::error::Error;

const REALM: &str = r#"Bearer realm="external-api""#;
/// Seconds after which a refused request may be sent again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

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
    /// The body is larger than 4 MB: 413.
    TooLarge,
    /// The body has the wrong media type or an encoding: 415, with the reason.
    UnsupportedMediaType(&'static str),
    /// Fields are invalid: 422, with sentences by field.
    Invalid(FieldErrors),
    /// The request is refused as a whole: 422, with its own message, and sentences by field.
    Refused(String, FieldErrors),
    /// The table throttles, times out or cannot be reached: 503.
    Busy(StoreError),
    /// An operation of ours, named here, took longer than its limit: 503.
    Timeout(&'static str),
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

    fn status(&self) -> StatusCode {
        match self {
            Self::NotJson(_) | Self::BadRequest(_) | Self::BadCredentials => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::Refused(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy(_) | Self::Timeout(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Extended(error, _) => error.status(),
        }
    }

    /// The member `message`, which OpenDialog's clients read.
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Unauthenticated | Self::InvalidToken => "Unauthenticated.".into(),
            Self::BadCredentials => "The Authorization header is not one well-formed bearer token.".into(),
            Self::InsufficientScope(_) | Self::Forbidden(_) => "This action is unauthorized.".into(),
            Self::NotFound => "Resource not found.".into(),
            Self::MethodNotAllowed => "Method not allowed.".into(),
            Self::NotJson(reason) => reason.clone().into(),
            Self::BadRequest(sentence) | Self::Missing(sentence) | Self::Conflict(sentence) | Self::Gone(sentence) => {
                (*sentence).into()
            }
            Self::TooLarge => "The body must not have more than 4 MB.".into(),
            Self::UnsupportedMediaType(sentence) => (*sentence).into(),
            Self::Invalid(_) => "The given data was invalid.".into(),
            Self::Refused(message, _) => message.clone().into(),
            Self::Busy(_) | Self::Timeout(_) => "The service is busy. Please try again.".into(),
            Self::Unexpected(_) => "Something went wrong on our side.".into(),
            Self::Extended(error, _) => error.message(),
        }
    }

    /// The member `detail`: the message, or more for a developer who reads the response.
    fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Unauthenticated => "Send an API token as `Authorization: Bearer <token>`.".into(),
            Self::InvalidToken => "The token is not valid, has expired or was revoked.".into(),
            Self::InsufficientScope(scope) => format!("The token lacks the scope {scope}.").into(),
            Self::Forbidden(reason) => (*reason).into(),
            Self::Invalid(errors) => {
                let of_fields = |(path, sentences): (&String, &Vec<String>)| format!("{path}: {}", sentences.join(" "));
                errors.iter().next().map_or_else(|| self.message(), |first| of_fields(first).into())
            }
            Self::Extended(error, _) => error.detail(),
            _ => self.message(),
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
        let (status, authenticate) = (self.status(), self.authenticate());
        let retry = matches!(self, Self::Busy(_) | Self::Timeout(_)).then_some(RETRY_AFTER);
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
        headers.extend(retry.map(|seconds| (header::RETRY_AFTER, seconds)));
        response.extensions_mut().insert(ProblemParts { status, message, detail, errors, extensions });
        response
    }
}

/// An error and its sources, joined by colons.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
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
