//! The floor of hot links: a server of bare hyper that finds a path in memory and leads on.

use anyhow::Result;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves the paths of a file until it is killed.
pub(crate) async fn serve(paths: &Path) -> Result<()> {
    // As long as what our redirects lead to, handoff and all.
    let target = HeaderValue::from_str(&format!("http://127.0.0.1:8787/web-chat#handoff={}", "x".repeat(400)))?;
    let paths = std::fs::read_to_string(paths)?;
    let known: Arc<HashMap<String, HeaderValue>> =
        Arc::new(paths.lines().map(|path| (path.to_owned(), target.clone())).collect());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("http://{} Ready.", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let known = known.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| std::future::ready(Ok::<_, Infallible>(answer(&known, &request))));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(known: &HashMap<String, HeaderValue>, request: &Request<Incoming>) -> Response<Empty<Bytes>> {
    let mut answer = Response::new(Empty::new());
    match known.get(request.uri().path()) {
        Some(target) => {
            *answer.status_mut() = StatusCode::FOUND;
            answer.headers_mut().insert(header::LOCATION, target.clone());
        }
        None => *answer.status_mut() = StatusCode::NOT_FOUND,
    }
    answer
}
