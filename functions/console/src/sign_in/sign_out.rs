//! Signing out.

use crate::form::Form;
use crate::page_error::{PageError, SIGN_IN};
use crate::session::removed_cookie;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{Method, header};
use serde::Deserialize;

#[derive(Deserialize)]
struct Whoami {
    token: TokenName,
}

#[derive(Deserialize)]
struct TokenName {
    id: String,
}

/// `POST /console/sign-out`: ends the session, here and in the table.
pub(crate) async fn sign_out(form: Form) -> Result<Response, PageError> {
    let me: Whoami = form.person.api.get("/api/token").await?;
    form.person.api.send(Method::DELETE, &format!("/api/tokens/{}", me.token.id), None).await?;
    Ok(([(header::SET_COOKIE, removed_cookie()?)], Redirect::to(SIGN_IN)).into_response())
}
