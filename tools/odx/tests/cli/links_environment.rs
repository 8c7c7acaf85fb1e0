//! A tenant with a scenario and its API on a port, and failures of the requests that create links.

use crate::environment::{CommandOutput, TestEnvironment};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// The failure of a request that creates links, by its number; the first is 0.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// The API does not get the request.
    Refused(usize),
    /// The API serves the request, and its response is lost.
    Lost(usize),
}

/// The tenant `acme` with a scenario. The data folder names the address of its API and a token.
pub(crate) struct LinksEnvironment {
    pub(crate) environment: TestEnvironment,
    service: Router,
    pub(crate) token: String,
}

impl LinksEnvironment {
    pub(crate) async fn new() -> Self {
        let environment = TestEnvironment::with_acme().await;
        environment
            .odx("scenario put --tenant acme 0x420 --alias support --name Support --page https://chat.example.com/")
            .await
            .succeeds();
        let token = environment.odx("token create --tenant acme --account ann --name test").await.succeeds();
        let token = token.lines().next().expect("a token").to_owned();
        environment.write("token", &token);
        let service = shared::http::service(sandbox::routes(), environment.app.clone());
        let links = Self { environment, service, token };
        links.serve(Fault::None).await;
        links
    }

    /// Serves the API on another port, with a fault.
    pub(crate) async fn serve(&self, fault: Fault) {
        let requests = Arc::new(AtomicUsize::new(0));
        let inject = move |request: Request, next: Next| {
            let requests = requests.clone();
            async move { inject(fault, &requests, request, next).await }
        };
        let service = self.service.clone().layer(middleware::from_fn(inject));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        self.environment.write("url", format!("http://{}", listener.local_addr().expect("an address")));
        tokio::spawn(async move { axum::serve(listener, service).await });
    }

    /// Creates links for the recipients in a file.
    pub(crate) async fn create(&self, file: impl AsRef<[u8]>, options: &str) -> CommandOutput {
        let csv = self.environment.write("people.csv", file);
        self.environment.odx(format!("links create --csv {csv} --scenario support {options}").trim_end()).await
    }

    /// The output of [`LinksEnvironment::create`], with a fixed host in its links instead of the port.
    pub(crate) fn written(&self) -> String {
        let url = std::fs::read_to_string(self.environment.file("url")).expect("a file");
        self.file().replace(&url, "http://go.example.com")
    }

    /// The output of [`LinksEnvironment::create`] as it is.
    pub(crate) fn file(&self) -> String {
        std::fs::read_to_string(self.environment.file("people.links.csv")).expect("a file")
    }

    /// Opens a link as a browser does, and exchanges its handoff. Returns the response to the exchange.
    pub(crate) async fn open(&self, url: &str) -> Value {
        let send = async |request: axum::http::request::Builder, body: String| {
            let request =
                request.header("host", "api.example.com").body(axum::body::Body::from(body)).expect("a request");
            self.service.clone().oneshot(request).await.expect("a response")
        };
        let redirect = send(Request::get(url), String::new()).await;
        let location = redirect.headers()["location"].to_str().expect("text").to_owned();
        let (_, handoff) = location.split_once("#handoff=").expect("a handoff");
        let exchange = Request::post("/webchat/exchange").header("origin", "https://chat.example.com");
        let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-0"}).to_string();
        let response = send(exchange.header("content-type", "application/json"), body).await;
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    /// The links of `odx links list`.
    pub(crate) async fn list(&self, options: &str) -> Vec<Value> {
        let list = self.environment.odx(format!("links list --json {options}").trim_end()).await.json();
        list.as_array().expect("a list").clone()
    }
}

async fn inject(fault: Fault, requests: &AtomicUsize, request: Request, next: Next) -> Response {
    let number = if request.method() == "POST" { requests.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
    match fault {
        Fault::Refused(at) if at == number => StatusCode::FORBIDDEN.into_response(),
        Fault::Lost(at) if at == number => {
            assert!(next.run(request).await.status().is_success());
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")]).into_response()
        }
        _ => next.run(request).await,
    }
}
