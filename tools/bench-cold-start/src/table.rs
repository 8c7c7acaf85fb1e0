//! A table over TLS whose answers cost nothing: what was asked before is answered as the embedded engine answered it.

use crate::certificates;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::serve::Listener;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A running table.
pub(crate) struct Table {
    /// Where it listens.
    pub(crate) endpoint: String,
    /// The trust store to reach it with.
    pub(crate) roots: PathBuf,
}

impl Table {
    /// Starts a table before an engine; its trust store goes into a folder.
    pub(crate) async fn start(engine: String, folder: &Path) -> Result<Self> {
        let (tls, store) = certificates::server()?;
        let roots = folder.join("roots.pem");
        std::fs::write(&roots, store)?;
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("https://localhost:{}", tcp.local_addr()?.port());
        let memory = Arc::new(Memory { engine, client: reqwest::Client::new(), known: Mutex::default() });
        let service = Router::new().fallback(answer).with_state(memory);
        let listener = Tls { tcp, acceptor: TlsAcceptor::from(Arc::new(tls)) };
        tokio::spawn(async move { axum::serve(listener, service).await });
        Ok(Self { endpoint, roots })
    }
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.tcp.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

struct Memory {
    engine: String,
    client: reqwest::Client,
    known: Mutex<Vec<(Question, Bytes)>>,
}

/// What makes two requests alike: all of a read, the operation and the key of a write.
#[derive(Clone, PartialEq)]
struct Question(String, Value);

impl Question {
    fn of(target: &str, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let read = target.ends_with("GetItem") || target.ends_with("Query");
        let part = if read { body } else { body.get("Key").cloned().unwrap_or_default() };
        Self(target.to_owned(), part)
    }
}

async fn answer(State(memory): State<Arc<Memory>>, headers: HeaderMap, body: Bytes) -> Response {
    memory.answer(headers, body).await.unwrap_or_else(|error| {
        eprintln!("the table: {error:#}");
        Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap_or_default()
    })
}

impl Memory {
    async fn answer(&self, mut headers: HeaderMap, body: Bytes) -> Result<Response> {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).context("no target")?;
        let question = Question::of(target, &body);
        let known = |known: &Vec<(Question, Bytes)>| {
            known.iter().find(|(before, _)| *before == question).map(|(_, answer)| answer.clone())
        };
        let remembered = known(&self.known.lock().expect("nothing panics with it"));
        let answer = if let Some(answer) = remembered {
            answer
        } else {
            headers.remove(header::HOST);
            let answer = self.client.post(&self.engine).headers(headers).body(body).send().await?;
            let (status, answer) = (answer.status(), answer.bytes().await?);
            if !status.is_success() {
                return Ok(Response::builder().status(status).body(Body::from(answer))?);
            }
            self.known.lock().expect("nothing panics with it").push((question, answer.clone()));
            answer
        };
        Ok(Response::builder().header(header::CONTENT_TYPE, "application/x-amz-json-1.0").body(Body::from(answer))?)
    }
}
