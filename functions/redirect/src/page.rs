//! Pages for people whose link leads nowhere, understandable on a phone.

use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::Url;

const STYLE: &str = include_str!("../assets/page.css");

/// Whether a request names `text/html` among what it accepts, as browsers do.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    accepts
        .flat_map(|accept| accept.split(','))
        .any(|range| range.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// There is no such link.
pub(crate) fn not_found() -> Response {
    let text = html! {
        h1 { "We cannot find this page" }
        p { "The link may be incomplete. Please open it again from the message you received, or copy all of it." }
    };
    respond(StatusCode::NOT_FOUND, "Page not found", &text)
}

/// The link works no longer.
pub(crate) fn gone(contact: Option<&Url>) -> Response {
    let text = html! {
        h1 { "This link is no longer valid" }
        @if let Some(contact) = contact {
            p { "It has expired or was withdrawn. We are happy to help you in another way." }
            p { a.contact href=(contact) { "Contact us" } }
        } @else {
            p { "It has expired or was withdrawn. Please ask for a new one where you received it." }
        }
    };
    respond(StatusCode::GONE, "Link no longer valid", &text)
}

fn respond(status: StatusCode, title: &str, text: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (text) } }
        }
    };
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ),
    ];
    (status, headers, Html(page.into_string())).into_response()
}
