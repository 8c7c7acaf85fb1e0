//! Signing in and out. The local server prints a link that works once within ten minutes.

use crate::layout;
use crate::page_error::{PageError, SIGN_IN};
use crate::session::{Form, removed_cookie, set_cookie};
use crate::texts::EN;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{StatusCode, header};
use maud::html;
use serde::Deserialize;
use shared::app::App;
use shared::crypto::{ConsoleSession, ConsoleSignIn, console_token};
use shared::http::RequestOrigin;
use url::{Host, Url};

#[derive(Deserialize)]
struct Whoami {
    token: TokenName,
}

#[derive(Deserialize)]
struct TokenName {
    id: String,
}

/// `GET /console/sign-in`.
pub(crate) async fn show(RequestOrigin(origin): RequestOrigin) -> Response {
    if is_loopback(&origin) {
        return page(StatusCode::OK, EN.sign_in_advice);
    }
    let content = html! {
        h1 { (EN.sign_in) }
        p { (EN.sign_in_elsewhere) }
    };
    layout::plain(StatusCode::OK, EN.sign_in, &content)
}

/// `GET /console/sign-in/{link}`: signs in by a link, once.
pub(crate) async fn follow(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    Path(link): Path<String>,
) -> Result<Response, PageError> {
    if !is_loopback(&origin) {
        return Err(PageError::NotFound);
    }
    let now = app.clock.now();
    let Ok(link) = app.config.signer.verify::<ConsoleSignIn>(&link, now) else {
        return Ok(page(StatusCode::GONE, EN.sign_in_over));
    };
    let session = ConsoleSession::of(link, now);
    let Some((_, account)) = app.store.tenant_with_account(&session.tenant, &session.account).await? else {
        return Ok(page(StatusCode::GONE, EN.sign_in_over));
    };
    let record = console_token(&session, account.allowed(), now);
    if !app.store.session_create(&session.record(), &record).await? {
        return Ok(page(StatusCode::GONE, EN.sign_in_over));
    }
    let cookie = set_cookie(&app.config.signer.sign(&session))?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/console")).into_response())
}

/// `POST /console/sign-out`: ends the session, here and in the table.
pub(crate) async fn sign_out(form: Form) -> Result<Response, PageError> {
    let me: Whoami = form.person.api.get("/api/token").await?;
    form.person.api.send(http::Method::DELETE, &format!("/api/tokens/{}", me.token.id), None).await?;
    Ok(([(header::SET_COOKIE, removed_cookie()?)], Redirect::to(SIGN_IN)).into_response())
}

/// Whether the browser is on the same machine as the server.
fn is_loopback(origin: &Url) -> bool {
    match origin.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn page(status: StatusCode, advice: &str) -> Response {
    let content = html! {
        h1 { (EN.sign_in) }
        p { (advice) }
        pre tabindex="0" { code { "cargo odx console --local .local" } }
    };
    layout::plain(status, EN.sign_in, &content)
}
