//! The codes of errors, stable for programs.

use crate::http::error::ApiError;

impl ApiError {
    /// The code of the error's kind; `docs/errors.md` has a paragraph for each. [`with_code`](Self::with_code) gives an error a more specific one.
    pub(in crate::http) fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "token_missing",
            Self::BadCredentials => "credentials_malformed",
            Self::InvalidToken => "token_invalid",
            Self::InsufficientScope(_) => "scope_missing",
            Self::Forbidden(_) => "not_allowed",
            Self::NotFound => "not_found",
            Self::Missing(_) => "dependency_missing",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NotJson(_) => "json_invalid",
            Self::BadRequest(_) => "request_malformed",
            Self::Conflict(_) => "conflict",
            Self::Gone(_) => "gone",
            Self::TooLarge(_) => "body_too_large",
            Self::SlowBody => "body_too_slow",
            Self::UnsupportedMediaType(_) => "media_type_unsupported",
            Self::Invalid(_) => "field_invalid",
            Self::Refused(..) => "request_refused",
            Self::RateLimited(_) => "rate_limited",
            Self::Busy(_) => "table_busy",
            Self::Timeout(_) => "timeout",
            Self::NotImplemented(_) => "not_offered",
            Self::Unexpected(_) => "unexpected",
            Self::Extended(error, _) => error.code(),
        }
    }
}
