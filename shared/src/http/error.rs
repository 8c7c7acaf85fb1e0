//! What goes wrong, and the one match from it to a status. One body serves RFC 9457 and Laravel-style clients.

use crate::model::Scope;
use crate::store::StoreError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;

/// Sentences by the path of the field they are about (`dataset.1.user_id`).
pub type FieldErrors = BTreeMap<String, Vec<String>>;

const REALM: &str = r#"Bearer realm="external-api""#;
/// Seconds after which a refused request may be sent again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Everything that a request can be answered with instead of what it asked for.
#[derive(Debug)]
pub enum ApiError {
    /// There are no credentials: 401.
    Unauthenticated,
    /// The credentials are not one well-formed bearer token: 400.
    BadCredentials,
    /// The token is bad, expired or revoked: 401.
    InvalidToken,
    /// The token lacks a scope: 403.
    InsufficientScope(Scope),
    /// The caller may not do this: 403, with the reason.
    Forbidden(&'static str),
    /// The path, or the thing it names, does not exist: 404.
    NotFound,
    /// Something that a request needs is not there: 404, with a message of its own.
    Missing(&'static str),
    /// The method is not served on this path: 405.
    MethodNotAllowed,
    /// The body is not JSON: 400, with where it stopped making sense.
    NotJson(String),
    /// The request cannot be understood: 400, with the reason.
    BadRequest(&'static str),
    /// Somebody else was first: 409, with the reason.
    Conflict(&'static str),
    /// It was there and is no more: 410, with the reason.
    Gone(&'static str),
    /// The body is too large: 413.
    TooLarge,
    /// The body is of another kind than it must be: 415, with the reason.
    UnsupportedMediaType(&'static str),
    /// The data is invalid: 422, with sentences by field.
    Invalid(FieldErrors),
    /// The request is refused as a whole: 422, with a message of its own, and sentences by field.
    Refused(String, FieldErrors),
    /// The data is invalid: 422, with members of the answer's own that say what of it.
    NoneValid(Map<String, Value>),
    /// The table refuses for now: 503.
    Busy(StoreError),
    /// Anything unexpected: 500, logged once, and nothing of it told.
    Unexpected(Box<dyn Error + Send + Sync>),
}

impl ApiError {
    /// Invalid data with one sentence about one field.
    pub fn field(path: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::Invalid(BTreeMap::from([(path.into(), vec![sentence.into()])]))
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
            Self::Invalid(_) | Self::Refused(..) | Self::NoneValid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence that OpenDialog's clients read.
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
            Self::Invalid(_) | Self::NoneValid(_) => "The given data was invalid.".into(),
            Self::Refused(message, _) => message.clone().into(),
            Self::Busy(_) => "The service is busy. Please try again.".into(),
            Self::Unexpected(_) => "Something went wrong on our side.".into(),
        }
    }

    /// What a developer who reads the answer may need beyond the message.
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
            _ => self.message(),
        }
    }

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

/// The parts of an error's body that are known before the request's id is; the edge writes the body.
#[derive(Clone)]
pub(in crate::http) struct ProblemParts {
    pub(in crate::http) status: StatusCode,
    pub(in crate::http) message: String,
    pub(in crate::http) detail: String,
    pub(in crate::http) errors: Option<FieldErrors>,
    pub(in crate::http) own: Map<String, Value>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Busy(error) = &self {
            tracing::warn!(error = chain(error), "the table is busy");
        }
        if let Self::Unexpected(error) = &self {
            tracing::error!(error = chain(error.as_ref()), "unexpected");
        }
        let status = self.status();
        let mut response = status.into_response();
        let authenticate = self.authenticate().and_then(|value| HeaderValue::from_str(&value).ok());
        response.headers_mut().extend(authenticate.map(|value| (header::WWW_AUTHENTICATE, value)));
        if matches!(self, Self::Busy(_)) {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        let (message, detail) = (self.message().into_owned(), self.detail().into_owned());
        let (errors, own) = match self {
            Self::Invalid(errors) | Self::Refused(_, errors) if !errors.is_empty() => (Some(errors), Map::new()),
            Self::NoneValid(own) => (None, own),
            _ => (None, Map::new()),
        };
        response.extensions_mut().insert(ProblemParts { status, message, detail, errors, own });
        response
    }
}

/// An error with everything that caused it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_busy() { Self::Busy(error) } else { Self::Unexpected(Box::new(error)) }
    }
}
