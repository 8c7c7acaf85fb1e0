//! A customer's webchat page from docs/webchat-page.md on its own origin, the API that the page calls, and the server of
//! the widget.

use super::{Browser, TestEnvironment, TestTenant, Widget, paths, source};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{any, get};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const EXCHANGE: &str = "POST /webchat/exchange";
/// A report of turns, by `fetch` or as a beacon.
pub(crate) const REPORT: &str = "POST /webchat/turns";

/// Counts how often the page's own listeners of the two events are called.
const OWN_LISTENERS: &str = "window.own = { DOMContentLoaded: 0, load: 0 };
document.addEventListener('DOMContentLoaded', () => (own.DOMContentLoaded += 1));
window.addEventListener('load', () => (own.load += 1));";

/// Which of the documented pages a site has, and how it behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Site {
    /// The number of the page among the documented ones.
    pub(crate) page: usize,
    /// The number of the Content-Security-Policy among the documented ones.
    pub(crate) policy: usize,
    /// The build of the widget.
    pub(crate) widget: Widget,
    /// Number of exchange responses that are lost, from the first.
    pub(crate) lost: usize,
    /// Number of reports of turns that are answered by 503 with a `Retry-After` of two seconds, from the first.
    pub(crate) busy: usize,
    /// Number of reports of turns after those whose responses are lost.
    pub(crate) lost_reports: usize,
}

impl Site {
    /// The documented page that names the widget in `data-widget`.
    pub(crate) const NAMED: usize = 0;
    /// The documented page that keeps OpenDialog's embed code.
    pub(crate) const EMBEDDED: usize = 1;
    /// The documented page that loads the widget itself.
    pub(crate) const OWN: usize = 2;
    /// The documented page with the SDK.
    pub(crate) const SDK: usize = 3;
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
        let (log, count, reports) = (requests.clone(), exchanges.clone(), Arc::<AtomicUsize>::default());
        let between = move |request: Request, next: Next| {
            let name = format!("{} {}", request.method(), request.uri().path());
            log.add(name.clone());
            let (exchanges, reports) = (count.clone(), reports.clone());
            async move {
                match name.as_str() {
                    EXCHANGE => answer(request, next, exchanges.fetch_add(1, Ordering::SeqCst) < site.lost).await,
                    REPORT => match reports.fetch_add(1, Ordering::SeqCst) {
                        number if number < site.busy => busy(),
                        number => answer(request, next, number < site.busy.saturating_add(site.lost_reports)).await,
                    },
                    _ => next.run(request).await,
                }
            }
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
        let policy = policy.replace("connect-src", &format!("frame-src {widget}; connect-src {widget}"));
        if policy.contains("nonce-R4nd0m") {
            html = html.replace("<script ", "<script nonce=\"R4nd0m\" ");
        }
        let scripts = blocks(&documentation, "js");
        let [settings, own_widget, sdk] = scripts.as_slice() else { panic!("three scripts are documented") };
        let settings = format!("{}{OWN_LISTENERS}", here(settings));
        let chat = if site.page == Site::SDK { format!("{}{OWN_LISTENERS}", here(sdk)) } else { here(own_widget) };
        let page = Router::new()
            .route("/chat", get(async move || ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html))))
            .route("/settings.js", get(async move || script(&settings)))
            .route("/chat.js", get(async move || script(&chat)));
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

impl Browser {
    /// The console's new messages of `preload.js`.
    pub(crate) async fn warnings(&self) -> String {
        let console = self.console_entries().await.into_iter();
        let ours = console.filter_map(|entry| entry["message"].as_str().map(str::to_owned));
        ours.filter(|message| message.contains("openDialogPreload")).collect()
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
        .route("/opendialog-webchat.umd.mjs", get(async move || script(&widget.script())))
        .route("/web-chat-iframe", get(async || Html(include_str!("widgets/frame.html"))))
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

/// Serves a request. If the response is to be lost, the connection breaks before the whole of it is sent.
async fn answer(request: Request, next: Next, is_lost: bool) -> Response {
    let response = next.run(request).await;
    if !is_lost {
        return response;
    }
    assert_eq!(response.status(), 200, "it was served");
    let broken = futures_util::stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("broken")) });
    response.map(|_| Body::from_stream(broken))
}

/// The answer of an API that is busy for two seconds.
fn busy() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
        (header::RETRY_AFTER, "2"),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers).into_response()
}

async fn serve(service: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, service).await });
    origin
}
