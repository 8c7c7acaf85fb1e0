//! A customer's webchat page from docs/webchat-page.md on its own origin, the API that the page calls, and the server of
//! the widget.

use super::{Browser, TestEnvironment, TestTenant, Widget, paths, source};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{Html, Response};
use axum::routing::{any, get};
use http::header;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Counts how often the page's own listeners of the two events are called.
const OWN_LISTENERS: &str = "window.own = { DOMContentLoaded: 0, load: 0 };
document.addEventListener('DOMContentLoaded', () => (own.DOMContentLoaded += 1));
window.addEventListener('load', () => (own.load += 1));";

/// Which of the documented pages a site has, and how it behaves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Site {
    /// The number of the page among the documented ones.
    pub(crate) page: usize,
    /// The number of the Content-Security-Policy among the documented ones.
    pub(crate) policy: usize,
    /// The build of the widget.
    pub(crate) widget: Widget,
    /// Number of exchange responses that are lost, from the first.
    pub(crate) lost: usize,
}

/// The page, the API and the widget's server, each on its own port.
pub(crate) struct CustomerSite {
    /// The base URL of the API.
    pub(crate) api: String,
    /// Number of exchange requests that reached the API.
    pub(crate) exchanges: Arc<AtomicUsize>,
    /// Method and path of each request that reached the API.
    pub(crate) requests: Log,
    /// URL and body of each request that the widget sent to its server.
    pub(crate) sent_by_widget: Log,
    /// The tenant whose scenario has this page.
    pub(crate) owner: TestTenant,
}

/// Texts in the order in which requests arrived.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, text: String) {
        self.0.lock().expect("no test panicked").push(text);
    }

    /// All texts so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().expect("no test panicked").clone()
    }
}

impl CustomerSite {
    /// Serves a site.
    pub(crate) async fn open(env: &TestEnvironment, site: Site) -> Self {
        Self::open_edited(env, site, |html| html).await
    }

    /// Serves a site whose page differs from the documented one.
    pub(crate) async fn open_edited(env: &TestEnvironment, site: Site, edit: impl FnOnce(String) -> String) -> Self {
        let (requests, sent_by_widget, exchanges) = (Log::default(), Log::default(), Arc::<AtomicUsize>::default());
        let (log, count) = (requests.clone(), exchanges.clone());
        let between = move |request: Request, next: Next| {
            log.add(format!("{} {}", request.method(), request.uri().path()));
            let count = count.clone();
            async move { lose(&count, site.lost, request, next).await }
        };
        let api = serve(env.router().layer(middleware::from_fn(between))).await;
        let widget = serve(widget_server(site.widget, sent_by_widget.clone())).await;
        let documentation = std::fs::read_to_string(source::root().join("docs/webchat-page.md")).expect("the page");
        let here = |text: &str| {
            let text = text.replace("https://go.example.com", &api).replace("https://cdn.example.com", &widget);
            text.replace("https://example.cloud.opendialog.ai", &widget)
        };
        let mut html = edit(here(blocks(&documentation, "html")[site.page]));
        let policy = here(blocks(&documentation, "csp")[site.policy].trim());
        // What this widget needs.
        let policy = policy.replace("connect-src", &format!("connect-src {widget}"));
        if policy.contains("nonce-R4nd0m") {
            html = html.replace("<script ", "<script nonce=\"R4nd0m\" ");
        }
        let scripts = blocks(&documentation, "js");
        let settings = format!("{}{OWN_LISTENERS}", here(scripts[0]));
        let page = Router::new()
            .route("/chat", get(async move || ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html))))
            .route("/settings.js", get(async move || script(&settings)));
        let origin = serve(page).await;
        let mut owner = env.create_tenant("acme").await;
        owner.scenario.page = Some(format!("{origin}/chat").parse().expect("a URL"));
        env.app.store.scenario_put(&owner.tenant.id, &owner.scenario).await.expect("a scenario");
        Self { api, exchanges, requests, sent_by_widget, owner }
    }

    /// Creates a link of the user `ann` with limits, opens it in the browser and returns its path.
    pub(crate) async fn open_link(&self, browser: &Browser, env: &TestEnvironment, limits: Value) -> String {
        let attributes = json!({"first_name": "Ann", "email": "ann@example.com"});
        let mut body = json!({"scenario_id": "0x420", "dataset": [{"user_id": "ann", "attributes": attributes}]});
        body.as_object_mut().expect("an object").extend(limits.as_object().expect("an object").clone());
        let made = env.post("/public/api/generate-webchat-deep-link", &self.owner.token, &body).await;
        let path = paths(&made).remove(0);
        browser.goto(&format!("{}{path}", self.api)).await;
        path
    }
}

/// The server of the widget, which serves its script and logs everything that it sends.
fn widget_server(widget: Widget, log: Log) -> Router {
    let config = async move |request: Request| {
        let uri = request.uri().to_string();
        let body = to_bytes(request.into_body(), usize::MAX).await.expect("a body");
        log.add(format!("{uri} {}", String::from_utf8_lossy(&body)));
        ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], "{}")
    };
    Router::new()
        .route("/opendialog-bot.js", get(async move || script(&widget.script())))
        .fallback(any(config))
}

/// The contents of the documentation's code blocks of a language.
fn blocks<'a>(documentation: &'a str, kind: &str) -> Vec<&'a str> {
    let begin = format!("```{kind}\n");
    let blocks = documentation.split(begin.as_str()).skip(1);
    let blocks: Vec<_> = blocks.map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(!blocks.is_empty(), "docs/webchat-page.md has no block of {kind}");
    blocks
}

fn script(text: &str) -> ([(header::HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/javascript")], text.to_owned())
}

/// Breaks the connection before the whole response is sent if the exchange is one of the first `lost`.
async fn lose(count: &AtomicUsize, lost: usize, request: Request, next: Next) -> Response {
    let exchange = request.method() == http::Method::POST && request.uri().path() == "/webchat/exchange";
    let number = if exchange { count.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
    let response = next.run(request).await;
    if number < lost {
        assert_eq!(response.status(), 200, "it was served");
        let broken = futures_util::stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("broken")) });
        return response.map(|_| Body::from_stream(broken));
    }
    response
}

async fn serve(service: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, service).await });
    origin
}
