//! The floor of hot links: a hyper server that finds the path in memory and redirects.

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

/// Serves the paths of a file until the process is killed.
pub(crate) async fn serve(paths: &Path) -> Result<()> {
    // As long as the target of the product's redirects, with a handoff.
    let target = HeaderValue::from_str(&format!("http://127.0.0.1:8787/web-chat#handoff={}", "x".repeat(400)))?;
    let paths = std::fs::read_to_string(paths)?;
    let targets: Arc<HashMap<String, HeaderValue>> =
        Arc::new(paths.lines().map(|path| (path.to_owned(), target.clone())).collect());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("http://{} Ready.", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let targets = targets.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| std::future::ready(Ok::<_, Infallible>(respond(&targets, &request))));
            // An error is a connection that wrk closed while it waited for a response.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

fn respond(targets: &HashMap<String, HeaderValue>, request: &Request<Incoming>) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    match targets.get(request.uri().path()) {
        Some(target) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, target.clone());
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}
