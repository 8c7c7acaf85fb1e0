//! `acme` with its API on a port, and what may come between the program and the API.

use crate::support::{Installation, StoredInteraction};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// What comes between the program and the API, by the number of the request for links; 0 is the first.
#[derive(Clone, Copy)]
pub(crate) enum Cut {
    None,
    /// The API does not get it.
    Refused(usize),
    /// It is served, and its answer is lost.
    Lost(usize),
}

/// `acme` with a scenario, and its API on a port, of which the data folder says the address and a token.
pub(crate) struct Site {
    pub(crate) installation: Installation,
    service: Router,
    pub(crate) token: String,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let installation = Installation::with_acme().await;
        installation
            .odx("scenario put --tenant acme 0x420 --alias support --name Support --page https://chat.example.com/")
            .await
            .done();
        let token = installation.odx("token create --tenant acme --account ann --name test").await.done();
        let token = token.lines().next().expect("a token").to_owned();
        installation.write("token", &token);
        let service = shared::http::service(sandbox::routes(), installation.app.clone());
        let site = Self { installation, service, token };
        site.serve(Cut::None).await;
        site
    }

    /// Serves the API on another port, with something in between.
    pub(crate) async fn serve(&self, cut: Cut) {
        let asked = Arc::new(AtomicUsize::new(0));
        let between = move |request: Request, next: Next| {
            let asked = asked.clone();
            async move { between(cut, &asked, request, next).await }
        };
        let service = self.service.clone().layer(middleware::from_fn(between));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        self.installation.write("url", format!("http://{}", listener.local_addr().expect("an address")));
        tokio::spawn(async move { axum::serve(listener, service).await });
    }

    /// Makes links from a file.
    pub(crate) async fn create(&self, file: impl AsRef<[u8]>, options: &str) -> StoredInteraction {
        let csv = self.installation.write("people.csv", file);
        self.installation.odx(format!("links create --csv {csv} --scenario support {options}").trim_end()).await
    }

    /// What was written, with links of a host that is the same whatever the port.
    pub(crate) fn written(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.installation.file(name)).expect("a file");
        read("people.links.csv").replace(&read("url"), "http://go.example.com")
    }

    /// Opens a link, exchanges its handoff, and gives what it tells.
    pub(crate) async fn opens(&self, url: &str) -> Value {
        let ask = async |request: axum::http::request::Builder, body: String| {
            let request =
                request.header("host", "api.example.com").body(axum::body::Body::from(body)).expect("a request");
            self.service.clone().oneshot(request).await.expect("an answer")
        };
        let answer = ask(Request::get(url), String::new()).await;
        let location = answer.headers()["location"].to_str().expect("text").to_owned();
        let (_, handoff) = location.split_once("#handoff=").expect("a handoff");
        let exchange = Request::post("/webchat/exchange").header("origin", "https://chat.example.com");
        let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"}).to_string();
        let answer = ask(exchange.header("content-type", "application/json"), body).await;
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    pub(crate) async fn list(&self, options: &str) -> Vec<Value> {
        let listed = self.installation.odx(format!("links list --json {options}").trim_end()).await.json();
        listed.as_array().expect("a list").clone()
    }
}

async fn between(cut: Cut, asked: &AtomicUsize, request: Request, next: Next) -> Response {
    let number = if request.method() == "POST" { asked.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
    match cut {
        Cut::Refused(at) if at == number => axum::http::StatusCode::FORBIDDEN.into_response(),
        Cut::Lost(at) if at == number => {
            assert!(next.run(request).await.status().is_success());
            (axum::http::StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")]).into_response()
        }
        _ => next.run(request).await,
    }
}
