//! What a page answers instead of itself: the sign-in page, or a page that says what is wrong and what to do.

use crate::layout;
use crate::texts::EN;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::html;
use serde::Deserialize;
use shared::http::ApiError;
use shared::store::StoreError;
use std::collections::BTreeMap;
use std::error::Error;

/// The page that asks to sign in.
pub(crate) const SIGN_IN: &str = "/console/sign-in";

/// A page that cannot be shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Nobody is signed in, or the session is over.
    SignIn,
    /// A form that did not come from a page of this session.
    Forged,
    /// There is no such page.
    NotFound,
    /// The API refused a request of the page.
    Refused(StatusCode, Box<Problem>),
    /// A form of more than 64 KB, or one that was cut off.
    FormTooLarge,
    /// A file that would be larger than Lambda answers with.
    TooLarge,
    /// Any other error: of the table, or one of ours. It is logged; the page does not show it.
    Failed(ApiError),
}

/// What a page shows of an error of the API.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) errors: BTreeMap<String, Vec<String>>,
}

impl PageError {
    pub(crate) fn unexpected(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(ApiError::Unexpected(error.into()))
    }

    /// Why a session is not accepted: it is over, or has too many requests.
    pub(crate) fn of_session(error: ApiError) -> Self {
        match error.status() {
            StatusCode::UNAUTHORIZED => Self::SignIn,
            status @ StatusCode::TOO_MANY_REQUESTS => {
                let detail = EN.too_many_requests.to_owned();
                Self::Refused(status, Box::new(Problem { detail, errors: BTreeMap::new() }))
            }
            _ => Self::Failed(error),
        }
    }

    /// The sentences about the fields of a form that the API refused, or none if the error is of another kind.
    pub(crate) fn into_sentences(self) -> Result<Vec<String>, Self> {
        match self {
            Self::Refused(
                StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::BAD_REQUEST,
                problem,
            ) => {
                let sentences: Vec<_> = problem.errors.into_values().flatten().collect();
                Ok(if sentences.is_empty() { vec![problem.detail] } else { sentences })
            }
            other => Err(other),
        }
    }
}

/// Every path that has no page.
pub(crate) async fn not_found() -> PageError {
    PageError::NotFound
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::SignIn | Self::Refused(StatusCode::UNAUTHORIZED, _) => return Redirect::to(SIGN_IN).into_response(),
            Self::Forged => (StatusCode::FORBIDDEN, EN.form_forged.to_owned()),
            Self::NotFound | Self::Refused(StatusCode::NOT_FOUND, _) => {
                (StatusCode::NOT_FOUND, EN.page_not_found.to_owned())
            }
            Self::Refused(status, problem) => (status, problem.detail),
            Self::FormTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, EN.form_too_large.to_owned()),
            Self::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, EN.file_too_large.to_owned()),
            Self::Failed(error) => (error.into_response().status(), EN.page_failed.to_owned()), // which logs it
        };
        let title = status.canonical_reason().unwrap_or(EN.error);
        layout::plain(
            status,
            title,
            &html! {
                h1 { (title) }
                p { (sentence) }
                p { a href="/console" { (EN.to_home) } }
            },
        )
    }
}
