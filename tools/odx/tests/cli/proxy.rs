//! Stands between the program and the API: passes on, cuts pages short, and does harm where a test says so.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Pass,
    /// A byte of the answer is another.
    Alter,
    /// The answer ends early.
    Shorten,
    /// Refused, with the seconds to wait.
    Busy(StatusCode, Option<u64>),
    /// Not answered for a while.
    Hold,
}

/// Decides by how many requests came before.
type Plan = Box<dyn FnMut(usize) -> Act + Send>;

/// A running proxy. Clones are the same.
#[derive(Clone)]
pub(crate) struct Proxy {
    shared: Arc<Mutex<Shared>>,
    client: reqwest::Client,
    pub(crate) url: String,
}

struct Shared {
    target: String,
    plan: Plan,
    asked: Vec<String>,
}

impl Proxy {
    /// Starts before an API.
    pub(crate) async fn start(target: &str, plan: impl FnMut(usize) -> Act + Send + 'static) -> Self {
        let shared = Shared { target: target.to_owned(), plan: Box::new(plan), asked: Vec::new() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let client = reqwest::Client::builder().no_proxy().no_gzip().build().expect("a client");
        let proxy = Self { shared: Arc::new(Mutex::new(shared)), client, url };
        let service = Router::new().fallback(answer).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        proxy
    }

    /// Does something else from now on, counting from zero.
    pub(crate) fn plan(&self, plan: impl FnMut(usize) -> Act + Send + 'static) {
        let mut shared = self.shared.lock().expect("nothing panics with it");
        shared.plan = Box::new(plan);
        shared.asked.clear();
    }

    /// Stands before another API from now on.
    pub(crate) fn target(&self, target: &str) {
        target.clone_into(&mut self.shared.lock().expect("nothing panics with it").target);
    }

    /// The paths and queries that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.lock().expect("nothing panics with it").asked.clone()
    }

    /// Waits until so many requests came.
    pub(crate) async fn until(&self, asked: usize) {
        while self.asked().len() < asked {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn answer(
    State(proxy): State<Proxy>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (act, target) = {
        let mut shared = proxy.shared.lock().expect("nothing panics with it");
        let asked = shared.asked.len();
        let act = (shared.plan)(asked);
        shared.asked.push(uri.to_string());
        (act, shared.target.clone())
    };
    match act {
        Act::Busy(status, None) => return status.into_response(),
        Act::Busy(status, Some(wait)) => return (status, [(header::RETRY_AFTER, wait.to_string())]).into_response(),
        Act::Hold => tokio::time::sleep(Duration::from_secs(30)).await,
        _ => {}
    }
    headers.remove(header::HOST);
    headers.remove(header::ACCEPT_ENCODING); // gzip has a checksum of its own
    // Small pages, so that few interactions make many.
    let limit = if uri.path().ends_with("/user-interactions") && !uri.to_string().contains("limit=") {
        "&limit=50"
    } else {
        ""
    };
    let url = format!("{}{uri}{limit}", target.trim_end_matches('/')).replace("limit=1000", "limit=7");
    let Ok(answer) = proxy.client.request(method, url).headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        response = response.header(name, value);
    }
    let mut body = answer.bytes().await.expect("a body").to_vec();
    match act {
        Act::Alter => {
            let place = body.iter().position(|byte| *byte == b'e').expect("an e");
            body[place] = b'3';
        }
        Act::Shorten => body.truncate(body.len() / 2),
        _ => {}
    }
    response.body(Body::from(body)).expect("a response")
}
