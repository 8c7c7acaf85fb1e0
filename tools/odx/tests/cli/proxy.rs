//! A proxy between the program and the API: it makes pages small, and disturbs requests where a test says so.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the proxy does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reaction {
    Pass,
    /// Changes a byte of the response.
    Alter,
    /// Cuts the response in half.
    Shorten,
    /// Refuses the request, with `Retry-After` in seconds.
    Refuse(StatusCode, Option<u64>),
    /// Holds the request until the next call of [`Proxy::plan`], then passes it.
    Hold,
}

/// The reaction to a request by its number; the first is 0.
type Plan = Box<dyn FnMut(usize) -> Reaction + Send>;

/// A running proxy. All clones are the same proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    state: Arc<Mutex<ProxyState>>,
    /// The number of requests under the plan, and the number of the plan.
    changes: watch::Sender<(usize, usize)>,
    client: reqwest::Client,
    pub(crate) url: String,
}

struct ProxyState {
    target: String,
    plan: Plan,
    requests: Vec<String>,
}

impl Proxy {
    /// Starts a proxy of an API.
    pub(crate) async fn start(target: &str, plan: impl FnMut(usize) -> Reaction + Send + 'static) -> Self {
        let state = ProxyState { target: target.to_owned(), plan: Box::new(plan), requests: Vec::new() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let client = reqwest::Client::builder().no_proxy().no_gzip().build().expect("a client");
        let proxy = Self { state: Arc::new(Mutex::new(state)), changes: watch::Sender::default(), client, url };
        let service = Router::new().fallback(respond).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        proxy
    }

    /// Changes the plan, and counts requests from zero again.
    pub(crate) fn plan(&self, plan: impl FnMut(usize) -> Reaction + Send + 'static) {
        let mut state = self.state();
        state.plan = Box::new(plan);
        state.requests.clear();
        self.changes.send_modify(|(requests, plan)| (*requests, *plan) = (0, *plan + 1));
    }

    /// Passes further requests on to another API.
    pub(crate) fn target(&self, target: &str) {
        target.clone_into(&mut self.state().target);
    }

    /// The paths and queries of the requests under this plan.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Waits until this number of requests has arrived under this plan.
    pub(crate) async fn until(&self, count: usize) {
        let mut changes = self.changes.subscribe();
        changes.wait_for(|(requests, _)| *requests >= count).await.expect("the proxy has the sender");
    }

    fn state(&self) -> MutexGuard<'_, ProxyState> {
        self.state.lock().expect("no holder panics")
    }

    /// Counts a request. Returns the reaction to it, and the number of the plan that decided.
    fn admit(&self, uri: &Uri) -> (Reaction, usize) {
        let mut state = self.state();
        let number = state.requests.len();
        state.requests.push(uri.to_string());
        self.changes.send_modify(|(requests, _)| *requests += 1);
        let (_, plan) = *self.changes.borrow();
        ((state.plan)(number), plan)
    }

    async fn until_next_plan(&self, current: usize) {
        let mut changes = self.changes.subscribe();
        changes.wait_for(|(_, plan)| *plan != current).await.expect("the proxy has the sender");
    }
}

async fn respond(
    State(proxy): State<Proxy>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (reaction, plan) = proxy.admit(&uri);
    match reaction {
        Reaction::Refuse(status, None) => return status.into_response(),
        Reaction::Refuse(status, Some(seconds)) => {
            return (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response();
        }
        Reaction::Hold => proxy.until_next_plan(plan).await,
        Reaction::Pass | Reaction::Alter | Reaction::Shorten => {}
    }
    headers.remove(header::HOST);
    headers.remove(header::ACCEPT_ENCODING); // gzip has a checksum of its own
    // Small pages, so that few interactions fill several.
    let limit = if uri.path().ends_with("/user-interactions") && !uri.to_string().contains("limit=") {
        "&limit=50"
    } else {
        ""
    };
    let target = proxy.state().target.clone();
    let url = format!("{}{uri}{limit}", target.trim_end_matches('/')).replace("limit=1000", "limit=7");
    let Ok(upstream) = proxy.client.request(method, url).headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = Response::builder().status(upstream.status());
    for (name, value) in upstream.headers().iter().filter(|(name, _)| *name != header::CONTENT_LENGTH) {
        response = response.header(name, value);
    }
    let mut body = upstream.bytes().await.expect("a body").to_vec();
    match reaction {
        Reaction::Alter => {
            let index = body.iter().position(|byte| *byte == b'e').expect("an e");
            body[index] = b'3';
        }
        Reaction::Shorten => body.truncate(body.len() / 2),
        Reaction::Pass | Reaction::Refuse(..) | Reaction::Hold => {}
    }
    response.body(Body::from(body)).expect("a response")
}
