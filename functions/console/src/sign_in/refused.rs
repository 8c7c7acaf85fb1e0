//! The page for a person who is not signed in.

use crate::layout;
use crate::openid::attempt::Attempt;
use crate::openid::refusal::Refusal;
use crate::page_error::{PageError, SIGN_IN};
use crate::texts::EN;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

/// The page that says why a person is not signed in, and what to do. It ends the attempt.
///
/// # Errors
/// Returns [`PageError::Failed`] if the table rejected a request.
pub(super) fn refused(refusal: Refusal) -> Result<Response, PageError> {
    let (status, reason) = match refusal {
        Refusal::Table(error) => return Err(error.into()),
        Refusal::Provider(error) => {
            tracing::warn!(%error, "the OpenID provider does not answer as expected");
            (StatusCode::BAD_GATEWAY, html! { (EN.provider_failed) })
        }
        Refusal::IdToken(reason) => {
            tracing::warn!(reason, "the OpenID provider sent an ID token that is not valid");
            (StatusCode::BAD_GATEWAY, html! { (EN.provider_failed) })
        }
        Refusal::Declined => (StatusCode::FORBIDDEN, html! { (EN.provider_declined) }),
        Refusal::NoAttempt => (StatusCode::BAD_REQUEST, html! { (EN.no_attempt) }),
        Refusal::Unverified(subject) => (StatusCode::FORBIDDEN, named(EN.email_unverified, &subject)),
        Refusal::Unknown(email) => (StatusCode::FORBIDDEN, named(EN.no_account, &email)),
    };
    let content = html! {
        h1 { (EN.not_signed_in) }
        p { (reason) }
        p { a.button href=(SIGN_IN) { (EN.sign_in_again) } }
    };
    Attempt::end(layout::plain(status, EN.not_signed_in, &content))
}

/// A sentence that ends with a name.
fn named(sentence: &str, name: &str) -> Markup {
    html! { (sentence) " " code { (name) } }
}
