//! A customer's webchat page from docs/webchat-page.md on its own origin, and the API that the page calls.

use super::{TestEnvironment, TestTenant, source};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{Html, Response};
use axum::routing::get;
use http::header;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// A replacement for the webchat widget that shows the settings which it received.
const WIDGET: &str = "const { user } = window.openDialogSettings;
document.querySelector('h1').textContent = `Hello, ${user.first_name || 'stranger'} of ${user.custom.selected_scenario}!`;";

/// The page and the API, each on its own port.
pub(crate) struct CustomerSite {
    /// The base URL of the API.
    pub(crate) api: String,
    /// Number of exchange requests that reached the API.
    pub(crate) exchanges: Arc<AtomicUsize>,
    /// The tenant whose scenario has this page.
    pub(crate) owner: TestTenant,
}

impl CustomerSite {
    /// Serves the page with one of the documented Content-Security-Policies. The first `lost` exchange responses are lost.
    pub(crate) async fn open(env: &TestEnvironment, policy: usize, lost: usize) -> Self {
        let exchanges = Arc::new(AtomicUsize::new(0));
        let count = exchanges.clone();
        let between = move |request: Request, next: Next| {
            let count = count.clone();
            async move { lose(&count, lost, request, next).await }
        };
        let api = serve(env.router().layer(middleware::from_fn(between))).await;
        let widget = serve(Router::new().route("/opendialog-bot.js", get(async || script(WIDGET)))).await;
        let documentation = std::fs::read_to_string(source::root().join("docs/webchat-page.md")).expect("the page");
        let here =
            |text: &str| text.replace("https://go.example.com", &api).replace("https://cdn.example.com", &widget);
        let mut html = here(blocks(&documentation, "html")[0]);
        let policy = here(blocks(&documentation, "csp")[policy].trim());
        if policy.contains("nonce-R4nd0m") {
            html = html.replace("<script ", "<script nonce=\"R4nd0m\" ");
        }
        let settings = blocks(&documentation, "js")[0].to_owned();
        let page = Router::new()
            .route("/chat", get(async move || ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html))))
            .route("/settings.js", get(async move || script(&settings)));
        let origin = serve(page).await;
        let mut owner = env.create_tenant("acme").await;
        owner.scenario.page = Some(format!("{origin}/chat").parse().expect("a URL"));
        env.app.store.scenario_put(&owner.tenant.id, &owner.scenario).await.expect("a scenario");
        Self { api, exchanges, owner }
    }
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
