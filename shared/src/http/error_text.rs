//! The sentences of errors: for OpenDialog's clients and for developers.

use crate::http::error::ApiError;
use std::borrow::Cow;

impl ApiError {
    /// The member `message`, which OpenDialog's clients read.
    pub(in crate::http) fn message(&self) -> Cow<'static, str> {
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
            Self::TooLarge(bytes) => format!("The body must not have more than {}.", size(*bytes)).into(),
            Self::SlowBody => "The body did not arrive in time.".into(),
            Self::UnsupportedMediaType(sentence) => (*sentence).into(),
            Self::Invalid(_) => "The given data was invalid.".into(),
            Self::Refused(message, _) => message.clone().into(),
            Self::RateLimited(_) => "Too Many Attempts.".into(),
            Self::Busy(_) | Self::Timeout(_) => "The service is busy. Please try again.".into(),
            Self::NotImplemented(reason) => (*reason).into(),
            Self::Unexpected(_) => "Something went wrong on our side.".into(),
            Self::Extended(error, _) => error.message(),
        }
    }

    /// The member `detail`: the message, or more for a developer who reads the response.
    pub(in crate::http) fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Unauthenticated => "Send an API token as `Authorization: Bearer <token>`.".into(),
            Self::InvalidToken => "The token is not valid, has expired or was revoked.".into(),
            Self::InsufficientScope(scope) => format!("The token lacks the scope {scope}.").into(),
            Self::Forbidden(reason) => (*reason).into(),
            Self::Invalid(errors) => {
                let of_fields = |(path, sentences): (&String, &Vec<String>)| format!("{path}: {}", sentences.join(" "));
                errors.iter().next().map_or_else(|| self.message(), |first| of_fields(first).into())
            }
            Self::RateLimited(seconds) => {
                format!("The limit of requests is used up. Send the next request in {seconds} s.").into()
            }
            Self::Extended(error, _) => error.detail(),
            _ => self.message(),
        }
    }
}

/// A limit of bytes as a person writes it.
fn size(bytes: usize) -> String {
    let kilobytes = bytes / 1024;
    if kilobytes < 1024 { format!("{kilobytes} KB") } else { format!("{} MB", kilobytes / 1024) }
}
