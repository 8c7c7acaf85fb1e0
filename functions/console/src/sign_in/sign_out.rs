//! Signing out.

use crate::form::Form;
use crate::page_error::{PageError, SIGN_IN};
use crate::session::removed_cookie;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{Method, header};

/// `POST /console/sign-out`: ends the session, here and in the table.
pub(crate) async fn sign_out(form: Form) -> Result<Response, PageError> {
    let session = &form.person.caller.token.id;
    form.person.api.send(Method::DELETE, &format!("/api/tokens/{session}"), None).await?;
    Ok(([(header::SET_COOKIE, removed_cookie()?)], Redirect::to(SIGN_IN)).into_response())
}
