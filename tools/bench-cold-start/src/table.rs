//! A table over TLS that answers from memory: it repeats the embedded engine's response to an equal request.

use crate::certificates;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A running table.
pub(crate) struct Table {
    /// The URL that it listens on.
    pub(crate) endpoint: String,
    /// The file of its clients' trust store.
    pub(crate) roots: PathBuf,
}

impl Table {
    /// Starts a table in front of an engine, and writes the trust store into a folder.
    pub(crate) async fn start(engine: String, folder: &Path) -> Result<Self> {
        let (tls, store) = certificates::server()?;
        let roots = folder.join("roots.pem");
        std::fs::write(&roots, store)?;
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("https://localhost:{}", tcp.local_addr()?.port());
        let cache = Arc::new(Cache { engine, client: reqwest::Client::new(), responses: Mutex::default() });
        let service = Router::new().fallback(respond).with_state(cache);
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
            match self.accept_tls().await {
                Ok(accepted) => return accepted,
                Err(error) => eprintln!("the table: a connection failed: {error}"),
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

impl Tls {
    async fn accept_tls(&mut self) -> std::io::Result<(TlsStream<TcpStream>, SocketAddr)> {
        let (stream, address) = self.tcp.accept().await?;
        stream.set_nodelay(true)?;
        Ok((self.acceptor.accept(stream).await?, address))
    }
}

struct Cache {
    engine: String,
    client: reqwest::Client,
    responses: Mutex<Vec<(RequestKey, Bytes)>>,
}

/// Two requests with the same key get the same response: the operation and, for a read, the whole body, or for a write,
/// the key of the item and the names of attributes, among which is the minute of a counter.
#[derive(Clone, PartialEq)]
struct RequestKey(String, Value);

impl RequestKey {
    fn of(target: &str, body: &[u8]) -> Result<Self> {
        let body: Value = serde_json::from_slice(body)?;
        let read = target.ends_with("GetItem") || target.ends_with("Query");
        let part = if read { body } else { json!([body["Key"], body["ExpressionAttributeNames"]]) };
        Ok(Self(target.to_owned(), part))
    }
}

async fn respond(State(cache): State<Arc<Cache>>, headers: HeaderMap, body: Bytes) -> Response {
    cache.respond(headers, body).await.unwrap_or_else(|error| {
        eprintln!("the table: {error:#}");
        StatusCode::BAD_GATEWAY.into_response()
    })
}

impl Cache {
    async fn respond(&self, mut headers: HeaderMap, body: Bytes) -> Result<Response> {
        let target =
            headers.get("x-amz-target").and_then(|target| target.to_str().ok()).context("the request has no target")?;
        let key = RequestKey::of(target, &body)?;
        let cached = self.get(&key);
        let response = if let Some(response) = cached {
            response
        } else {
            headers.remove(header::HOST); // the client below sets the engine's
            sandbox::engine::sign_again(&self.engine, &mut headers, &body);
            let response = self.client.post(&self.engine).headers(headers).body(body).send().await?;
            let (status, response) = (response.status(), response.bytes().await?);
            if !status.is_success() {
                return Ok(Response::builder().status(status).body(Body::from(response))?);
            }
            self.responses.lock().unwrap_or_else(PoisonError::into_inner).push((key, response.clone()));
            response
        };
        Ok(Response::builder().header(header::CONTENT_TYPE, "application/x-amz-json-1.0").body(Body::from(response))?)
    }

    fn get(&self, key: &RequestKey) -> Option<Bytes> {
        let responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        responses.iter().find(|(known, _)| known == key).map(|(_, response)| response.clone())
    }
}
