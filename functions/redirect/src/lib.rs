//! Follows short URLs. Also serves the gateway's `$default` route, so that every 404 and 405 has our body.

mod follow;
mod language;
mod page;
mod preview;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderMap, Method};
use shared::app::App;
use shared::http::{ApiError, Problem, TableErrors};
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new().route("/{code}", get(open)).route("/{code}/", any(open_with_slash))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(open))]
pub struct Api;

/// Follow a link
///
/// Redirects to the webchat page of the link's scenario, with a short-lived handoff in the fragment. The URL contains no
/// personal data. In OpenDialog's own mode it contains the user id, and no handoff unless the page has `preload.js`. A GET
/// counts a click; a HEAD and well-known preview agents do not. A GET never uses up a link. Characters after the code that
/// are neither letters nor digits, as mail programs add them, are ignored. A client that accepts `text/html` gets small
/// pages instead of the problems, in the language of `Accept-Language`: English, French, German or Spanish.
#[utoipa::path(
    get, path = "/{code}", tag = "Webchat links", operation_id = "followLink",
    params(("code" = String, Path, description = "16 letters and digits", pattern = "^[A-Za-z0-9]{16}", example = "9fKq3vXw7LmB2aTz")),
    responses(
        (status = 302, description = "To the webchat page", headers(
            ("Location" = String, description = "The page, with the handoff in the fragment if the page has `preload.js`"),
            ("Cache-Control" = String, description = "no-store"), ("Referrer-Policy" = String, description = "no-referrer"),
            ("X-Robots-Tag" = String, description = "noindex"))),
        (status = 404, description = "The link does not exist",
            content((Problem = "application/problem+json"), (String = "text/html"))),
        (status = 410, description = "The link is revoked, expired or used up",
            content((Problem = "application/problem+json"), (String = "text/html"))),
        TableErrors,
    ),
    security(())
)]
async fn open(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let found = match path {
        Ok(Path(path)) => follow::find(&app, &path).await?,
        // A path that is not UTF-8 names no link. A browser gets its page for it too.
        Err(_) => follow::Found::Nothing,
    };
    match found {
        follow::Found::Live(link) => {
            if method == Method::GET && !preview::is_preview(&headers) {
                follow::count(&app, &link).await;
            }
            follow::lead(&app, &link)
        }
        follow::Found::Nothing if page::wants_page(&headers) => Ok(page::not_found(&headers)),
        follow::Found::Over(contact) if page::wants_page(&headers) => Ok(page::gone(&headers, contact.as_ref())),
        follow::Found::Nothing => Err(ApiError::NotFound),
        follow::Found::Over(_) => Err(ApiError::Gone("This link is no longer valid.").with_code("link_gone")),
    }
}

/// Some programs end a URL with a slash. API Gateway sends such a path by `$default`. It is not described: for every other
/// method it does not exist.
async fn open_with_slash(
    state: State<App>,
    method: Method,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    match method {
        Method::GET | Method::HEAD => open(state, method, headers, path).await,
        _ => Err(ApiError::NotFound),
    }
}
