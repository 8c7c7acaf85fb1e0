//! A Lambda Runtime API for one process: it hands out one event after another and records when each was answered.

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// The deadline of every event, in milliseconds since 1970: in the year 2100.
const DEADLINE: &str = "4102444800000";

/// A request of the process.
enum Step {
    /// A poll for the next event.
    Polled(Instant),
    /// The response to an event.
    Answered(Instant, Bytes),
    /// A report of a failed start or event.
    Failed(String),
}

/// A running Runtime API. Dropping it stops it.
pub(crate) struct Runtime {
    /// The address that it listens on.
    pub(crate) address: SocketAddr,
    events: UnboundedSender<String>,
    steps: UnboundedReceiver<Step>,
    server: JoinHandle<std::io::Result<()>>,
}

struct Shared {
    events: Mutex<UnboundedReceiver<String>>,
    steps: UnboundedSender<Step>,
}

impl Runtime {
    /// Starts a Runtime API.
    pub(crate) async fn start() -> Result<Self> {
        let (events, receiver) = unbounded_channel();
        let (sender, steps) = unbounded_channel();
        let shared = Arc::new(Shared { events: Mutex::new(receiver), steps: sender });
        let service = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .fallback(failed)
            .with_state(shared);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move { axum::serve(listener, service).await });
        Ok(Self { address, events, steps, server })
    }

    /// Waits until the process polls for an event.
    pub(crate) async fn polled(&mut self) -> Result<Instant> {
        match self.steps.recv().await.context("the Runtime API ended")? {
            Step::Polled(at) => Ok(at),
            Step::Failed(why) => bail!("the process failed: {why}"),
            Step::Answered(..) => bail!("the process answered without an event"),
        }
    }

    /// Hands out an event. Returns the time of the event, the time of the response, and the response's status.
    pub(crate) async fn invoke(&mut self, event: &str) -> Result<(Instant, Instant, u64)> {
        let begun = Instant::now();
        self.events.send(event.to_owned())?;
        match self.steps.recv().await.context("the Runtime API ended")? {
            Step::Answered(at, response) => {
                let response: Value = serde_json::from_slice(&response)?;
                Ok((begun, at, response["statusCode"].as_u64().context("the response has no status")?))
            }
            Step::Failed(why) => bail!("the process failed: {why}"),
            Step::Polled(_) => bail!("the process polled again before it answered"),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    /// Reports a step. If nobody receives it, the measurement is over and the process is about to be killed.
    fn report(&self, step: Step) {
        drop(self.steps.send(step));
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.report(Step::Polled(Instant::now()));
    let Some(event) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response(); // the measurement is over
    };
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", DEADLINE)
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
        .header("lambda-runtime-trace-id", "Root=1-6720f5a0-000000000000000000000044;Sampled=0");
    response.body(Body::from(event)).expect("the headers are valid")
}

async fn answered(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    shared.report(Step::Answered(Instant::now(), body));
    StatusCode::ACCEPTED
}

async fn failed(State(shared): State<Arc<Shared>>, body: String) -> StatusCode {
    shared.report(Step::Failed(body));
    StatusCode::ACCEPTED
}
