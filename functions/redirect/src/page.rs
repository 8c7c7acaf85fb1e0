//! Pages for people whose link does not work, in their language and readable on a phone.

use crate::language::{self, Language, Texts};
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use shared::http::preferences;
use url::Url;

const STYLE: &str = include_str!("../assets/page.css");

/// Whether a request accepts `text/html` by its name, as browsers do. `*/*` alone, as curl sends it, gets a problem.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let named = |range: &str| range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("text/html"));
    preferences(headers, &header::ACCEPT).any(|(range, weight)| weight > 0.0 && named(range))
}

/// The page of a link that does not exist.
pub(crate) fn not_found(headers: &HeaderMap) -> Response {
    let language = language::preferred(headers);
    let Texts { heading, advice, .. } = language.not_found;
    let text = html! {
        h1 { (heading) }
        p { (advice) }
    };
    respond(StatusCode::NOT_FOUND, language, &language.not_found, &text)
}

/// The page of a link that is revoked, expired or used up, with the scenario's contact.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_for_a_client_that_accepts_html_by_name() {
        let wants = |accept| wants_page(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]));
        assert!(wants("text/html"));
        assert!(wants("application/json, Text/HTML;charset=utf-8;q=0.1"));
        assert!(!wants("*/*"));
        assert!(!wants("text/html;q=0"));
        assert!(!wants("text/html; Q=0.000, */*"));
        assert!(!wants("text/html-like"));
        assert!(!wants_page(&HeaderMap::new()));
    }
}
