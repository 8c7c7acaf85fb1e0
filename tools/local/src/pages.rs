//! What only the local server has: a home page to start from, and a reference webchat page to try links on.

use axum::Router;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use http::header;

const HOME: &str = include_str!("../assets/home.html");
const HOME_STYLE: &str = include_str!("../assets/home.css");
const WEBCHAT: &str = include_str!("../assets/web-chat.html");
const WEBCHAT_STYLE: &str = include_str!("../assets/web-chat.css");
const WEBCHAT_SCRIPT: &str = include_str!("../assets/web-chat.js");

/// What a strict page of a customer would send: no inline script, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the home page tells of this server.
#[derive(Clone, Debug)]
pub struct Home {
    /// The server's address.
    pub base: String,
    /// Where the demo token is kept.
    pub token_path: String,
    /// The table's name.
    pub table: String,
    /// What the table is in.
    pub engine: String,
}

/// The routes of the pages.
pub fn routes<S: Clone + Send + Sync + 'static>(home: &Home) -> Router<S> {
    let home = page(home.fill(HOME));
    Router::new()
        .route("/", get(async || home.into_response()))
        .route("/home.css", get(async || asset("text/css", HOME_STYLE)))
        .route("/web-chat", get(async || page(WEBCHAT.to_owned()).into_response()))
        .route("/web-chat/web-chat.css", get(async || asset("text/css", WEBCHAT_STYLE)))
        .route("/web-chat/web-chat.js", get(async || asset("text/javascript", WEBCHAT_SCRIPT)))
}

impl Home {
    fn fill(&self, template: &str) -> String {
        let values = [
            ("{base}", &self.base),
            ("{token_path}", &self.token_path),
            ("{table}", &self.table),
            ("{engine}", &self.engine),
        ];
        values.iter().fold(template.to_owned(), |page, (name, value)| page.replace(name, &escape(value)))
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(html: String) -> ([(header::HeaderName, &'static str); 2], Html<String>) {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], Html(html))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
