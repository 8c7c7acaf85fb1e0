//! The page that asks to sign in.

use crate::layout;
use crate::sign_in::link::is_loopback;
use crate::texts::EN;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::html;
use shared::app::App;
use shared::http::RequestOrigin;

/// Where an attempt to sign in begins.
pub(super) const START: &str = "/console/sign-in/start";

/// `GET /console/sign-in`.
pub(crate) async fn show(State(app): State<App>, RequestOrigin(origin): RequestOrigin) -> Response {
    let has_provider = app.config.oidc.is_some();
    let content = html! {
        h1 { (EN.sign_in) }
        @if has_provider {
            p { (EN.sign_in_with_account) }
            p { a.button href=(START) { (EN.sign_in) } }
        }
        @if is_loopback(&origin) {
            p { (EN.sign_in_advice) }
            pre tabindex="0" { code { "cargo odx console --local .local" } }
        } @else if !has_provider {
            p { (EN.sign_in_elsewhere) }
        }
    };
    layout::plain(StatusCode::OK, EN.sign_in, &content)
}
