//! The pages of the local server: a home page, and a webchat page to try links on.

use axum::Router;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use http::header;
use maud::{DOCTYPE, Markup, html};

const HOME_STYLE: &str = include_str!("../assets/home.css");
const WEBCHAT_STYLE: &str = include_str!("../assets/web-chat.css");
const WEBCHAT_SCRIPT: &str = include_str!("../assets/web-chat.js");

/// A policy as strict as a customer's page may have: no inline script, and nothing from other origins.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the home page shows of this server.
#[derive(Clone, Debug)]
pub struct Home {
    /// The server's address, without a slash at the end.
    pub base: String,
    /// The file of the demo token.
    pub token_path: String,
    /// The table's name.
    pub table: String,
    /// The engine of the table.
    pub engine: String,
}

/// The routes of the pages.
pub fn routes<S: Clone + Send + Sync + 'static>(home: &Home) -> Router<S> {
    let home = respond(home.page());
    Router::new()
        .route("/", get(async || home.into_response()))
        .route("/home.css", get(async || asset("text/css", HOME_STYLE)))
        .route("/web-chat", get(async || respond(webchat()).into_response()))
        .route("/web-chat/web-chat.css", get(async || asset("text/css", WEBCHAT_STYLE)))
        .route("/web-chat/web-chat.js", get(async || asset("text/javascript", WEBCHAT_SCRIPT)))
}

impl Home {
    /// The command that reads the interactions of two days.
    pub(crate) fn read_command(&self) -> String {
        let Self { base, token_path, .. } = self;
        format!(
            r#"curl -s -H "Authorization: Bearer $(cat {token_path})" '{base}/public/api/user-interactions?from=2022-09-21%2000:00:00&to=2022-09-22%2023:59:59'"#
        )
    }

    /// The command that generates two links.
    pub(crate) fn link_command(&self) -> String {
        let Self { base, token_path, .. } = self;
        format!(
            r#"curl -s -H "Authorization: Bearer $(cat {token_path})" -H 'Content-Type: application/json' -d '{{"scenario_id":"customer_support","dataset":[{{"user_id":"ann","attributes":{{"first_name":"Ann","city":"Vienna"}}}},{{"attributes":{{"first_name":"Ben"}}}}]}}' {base}/public/api/generate-webchat-deep-link"#
        )
    }

    fn page(&self) -> Markup {
        let Self { base, token_path, table, engine } = self;
        let head = html! {
            link rel="stylesheet" href="/home.css";
        };
        let body = html! {
            main {
                header {
                    h1 { "External APIs, on this machine" }
                    p {
                        "Everything runs in this one server at " code { (base) } ", with the table " code { (table) }
                        " (" (engine) ") and a demo tenant to try it with. Deployed, the same code runs as Lambda functions "
                        "behind an API Gateway."
                    }
                }
                section aria-labelledby="interfaces" {
                    h2 #interfaces { "Interfaces" }
                    (interfaces())
                }
                section aria-labelledby="token" {
                    h2 #token { "The demo token" }
                    p {
                        "It is in the file " code { (token_path) } ". The commands below read it from there, so run them in "
                        "the folder in which you started the server."
                    }
                }
                section aria-labelledby="try" {
                    h2 #try { "Try it" }
                    p { "A click on a command selects all of it." }
                    ol {
                        li {
                            h3 { "Read the interactions of two days of September 2022" }
                            pre tabindex="0" { code { (self.read_command()) } }
                        }
                        li {
                            h3 { "Generate two personal links" }
                            pre tabindex="0" { code { (self.link_command()) } }
                        }
                        li {
                            h3 { "Open one of the URLs in a browser" }
                            p {
                                "The page greets the user by name and stores what they write. Run the first command again "
                                "with today's date: the response contains the message."
                            }
                        }
                    }
                }
            }
        };
        document("External APIs: local server", &head, &body)
    }
}

fn interfaces() -> Markup {
    html! {
        table {
            tr {
                th scope="row" { "Interactions" }
                td {
                    "Read what users and the chatbot wrote, and when:" br;
                    code { "GET /public/api/user-interactions" }
                }
            }
            tr {
                th scope="row" { "Webchat links" }
                td { "A personal link for each user:" br; code { "POST /public/api/generate-webchat-deep-link" } }
            }
            tr {
                th scope="row" { "Webchat page" }
                td { "The page that the links open: " a href="/web-chat" { "/web-chat" } }
            }
            tr {
                th scope="row" { "Tokens" }
                td { "The scopes of tokens: " code { "GET /api/token" } ", " code { "GET /api/tokens" } }
            }
            tr {
                th scope="row" { "Docs" }
                td {
                    "Every operation, to read and to try: " a href="/docs" { "/docs" } ", "
                    a href="/openapi.json" { "/openapi.json" }
                }
            }
        }
    }
}

/// A webchat page to try links on. It includes `preload.js` as a customer's page does, and has a widget of its own.
fn webchat() -> Markup {
    let head = html! {
        script src="/webchat/preload.js" {}
        link rel="stylesheet" href="/web-chat/web-chat.css";
        script src="/web-chat/web-chat.js" defer {}
    };
    let body = html! {
        main {
            header {
                h1 #greeting { "Hello!" }
                p #notice { "One moment: the link is being read." }
            }
            section aria-labelledby="attributes-title" {
                h2 #attributes-title { "What the link told this page" }
                p #no-attributes hidden { "No attributes." }
                dl #attributes tabindex="0" aria-labelledby="attributes-title" hidden {}
            }
            section.conversation aria-labelledby="messages-title" {
                h2 #messages-title { "Conversation" }
                div #messages role="log" aria-live="polite" aria-labelledby="messages-title" {}
            }
            form #composer autocomplete="off" {
                label for="message" { "Your message" }
                div.row {
                    input #message type="text" maxlength="4000" enterkeyhint="send" disabled;
                    button type="submit" disabled { "Send" }
                }
            }
            noscript { p { "This page needs JavaScript." } }
        }
    };
    document("Try a webchat link", &head, &body)
}

fn document(title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                (head)
            }
            body { (body) }
        }
    }
}

fn respond(page: Markup) -> ([(header::HeaderName, &'static str); 2], Html<String>) {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], Html(page.into_string()))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
