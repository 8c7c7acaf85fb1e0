//! A Runtime API for one process: it hands out one event after another and notes when each was answered.

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
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

/// Until when Lambda would wait, in milliseconds since 1970: far away.
const DEADLINE: &str = "4102444800000";

/// What a process does.
enum Step {
    /// It asks for an event.
    Polled(Instant),
    /// It answered one.
    Answered(Instant, Bytes),
    /// It gave up.
    Failed(String),
}

/// A running API.
pub(crate) struct Runtime {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    events: UnboundedSender<String>,
    steps: UnboundedReceiver<Step>,
    server: JoinHandle<std::io::Result<()>>,
}

struct Side {
    events: Mutex<UnboundedReceiver<String>>,
    steps: UnboundedSender<Step>,
}

impl Runtime {
    /// Starts an API.
    pub(crate) async fn start() -> Result<Self> {
        let (events, taken) = unbounded_channel();
        let (noted, steps) = unbounded_channel();
        let side = Arc::new(Side { events: Mutex::new(taken), steps: noted });
        let service = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .fallback(failed)
            .with_state(side);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move { axum::serve(listener, service).await });
        Ok(Self { address, events, steps, server })
    }

    /// Waits until the process asks for an event.
    pub(crate) async fn polled(&mut self) -> Result<Instant> {
        match self.steps.recv().await.context("the API ended")? {
            Step::Polled(at) => Ok(at),
            Step::Failed(why) => bail!("it gave up: {why}"),
            Step::Answered(..) => bail!("it answered what was not asked"),
        }
    }

    /// Hands out an event and gives when, when it was answered, and the status of the answer.
    pub(crate) async fn invoke(&mut self, event: &str) -> Result<(Instant, Instant, u64)> {
        let begun = Instant::now();
        self.events.send(event.to_owned())?;
        match self.steps.recv().await.context("the API ended")? {
            Step::Answered(at, answer) => {
                let answer: Value = serde_json::from_slice(&answer)?;
                Ok((begun, at, answer["statusCode"].as_u64().context("the answer has no status")?))
            }
            Step::Failed(why) => bail!("it gave up: {why}"),
            Step::Polled(_) => bail!("it asked for another event before it answered"),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(side): State<Arc<Side>>) -> Response {
    let _ = side.steps.send(Step::Polled(Instant::now()));
    let event = side.events.lock().await.recv().await.unwrap_or_default();
    let answer = Response::builder()
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", DEADLINE)
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
        .header("lambda-runtime-trace-id", "Root=1-6720f5a0-000000000000000000000044;Sampled=0");
    answer.body(Body::from(event)).unwrap_or_default()
}

async fn answered(State(side): State<Arc<Side>>, body: Bytes) -> StatusCode {
    let _ = side.steps.send(Step::Answered(Instant::now(), body));
    StatusCode::ACCEPTED
}

async fn failed(State(side): State<Arc<Side>>, body: String) -> StatusCode {
    let _ = side.steps.send(Step::Failed(body));
    StatusCode::ACCEPTED
}
