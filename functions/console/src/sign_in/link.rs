//! Signing in by a link that the local server or `odx console` printed. It works once within ten minutes.

use crate::layout;
use crate::page_error::PageError;
use crate::sign_in::opened::open_session;
use crate::texts::EN;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use maud::html;
use shared::app::App;
use shared::crypto::ConsoleSignIn;
use shared::http::RequestOrigin;
use url::{Host, Url};

/// `GET /console/sign-in/{link}`: signs in by a link, once.
pub(crate) async fn follow(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    Path(link): Path<String>,
) -> Result<Response, PageError> {
    if !is_loopback(&origin) {
        return Err(PageError::NotFound);
    }
    let opened = match app.config.signer.verify::<ConsoleSignIn>(&link, app.clock.now()) {
        Ok(link) => open_session(&app, link).await?,
        Err(_) => None,
    };
    Ok(opened.unwrap_or_else(over))
}

/// Whether the browser is on the same machine as the server.
pub(super) fn is_loopback(origin: &Url) -> bool {
    match origin.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn over() -> Response {
    let content = html! {
        h1 { (EN.sign_in) }
        p { (EN.sign_in_over) }
        pre tabindex="0" { code { "cargo odx console --local .local" } }
    };
    layout::plain(StatusCode::GONE, EN.sign_in, &content)
}
