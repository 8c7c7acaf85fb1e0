//! The frame of every page: head, navigation, and the headers that protect it.

use crate::texts::EN;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, html};

/// No script and no style but our own, no frame, and forms to this origin alone.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// With `no-referrer`, browsers would send `Origin: null` with forms (Fetch, "append a request `Origin` header").
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// A section of the console in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Campaigns,
    Conversations,
    People,
    Identity,
}

/// What the frame shows of the person who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) account: &'a str,
    pub(crate) tenant: &'a str,
    /// The value of the hidden field `csrf` of every form.
    pub(crate) csrf: &'a str,
}

impl Frame<'_> {
    /// A page of a section.
    pub(crate) fn page(&self, section: Section, title: &str, content: &Markup) -> Response {
        let entries = [
            (Section::Home, "/console", EN.home),
            (Section::Campaigns, "/console/campaigns", EN.campaigns),
            (Section::Conversations, "/console/conversations", EN.conversations),
            (Section::People, "/console/people", EN.people),
        ];
        let entry = |this: Section, path: &str, content: &Markup| {
            html! { a href=(path) aria-current=[(this == section).then_some("page")] { (content) } }
        };
        let body = html! {
            a.skip href="#content" { (EN.skip) }
            nav aria-label=(EN.navigation) {
                p.product { (EN.product) }
                ul {
                    @for (this, path, name) in entries {
                        li { (entry(this, path, &html! { (name) })) }
                    }
                }
                div.person {
                    (entry(Section::Identity, "/console/identity", &html! {
                        span.name { (self.account) }
                        span.tenant { (self.tenant) }
                        span.hint { (EN.identity) }
                    }))
                    form method="post" action="/console/sign-out" {
                        (self.csrf_field())
                        button.link type="submit" { (EN.sign_out) }
                    }
                }
            }
            main #content tabindex="-1" { (content) }
        };
        respond(StatusCode::OK, title, "framed", &body)
    }

    /// The hidden field that every form has.
    pub(crate) fn csrf_field(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.csrf); }
    }
}

/// A page without navigation.
pub(crate) fn plain(status: StatusCode, title: &str, content: &Markup) -> Response {
    respond(status, title, "plain", &html! { main { (content) } })
}

fn respond(status: StatusCode, title: &str, class: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(EN.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – " (EN.product) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/console/assets/console.css";
                script src="/console/assets/console.js" defer {}
            }
            body class=(class) { (body) }
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, NO_STORE),
        (header::REFERRER_POLICY, SAME_ORIGIN),
        (HeaderName::from_static("cross-origin-opener-policy"), SAME_ORIGIN),
    ];
    (status, headers, Html(page.into_string())).into_response()
}
