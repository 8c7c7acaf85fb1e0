//! Pages for people whose link leads nowhere, understandable on a phone, in their language.

use crate::language::{self, Language, Texts};
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
pub(crate) fn not_found(headers: &HeaderMap) -> Response {
    let language = language::preferred(headers);
    let Texts { heading, advice, .. } = language.not_found;
    let text = html! {
        h1 { (heading) }
        p { (advice) }
    };
    respond(StatusCode::NOT_FOUND, language, &language.not_found, &text)
}

/// The link works no longer.
pub(crate) fn gone(headers: &HeaderMap, contact: Option<&Url>) -> Response {
    let language = language::preferred(headers);
    let Texts { heading, advice, .. } = language.gone;
    let text = html! {
        h1 { (heading) }
        @if let Some(contact) = contact {
            p { (language.why) " " (language.otherwise) }
            p { a.contact href=(contact) { (language.contact) } }
        } @else {
            p { (language.why) " " (advice) }
        }
    };
    respond(StatusCode::GONE, language, &language.gone, &text)
}

fn respond(status: StatusCode, language: &Language, texts: &Texts, text: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (texts.title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (text) } }
        }
    };
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag)),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
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
