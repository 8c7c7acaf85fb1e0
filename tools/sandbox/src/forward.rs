//! The HTTP client under the DynamoDB SDK that [`capacity`](crate::capacity) and
//! [`fault_injector`](crate::fault_injector) send their requests through.

use crate::engine_key::EngineKey;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

/// Sends requests of the SDK over HTTP, without a proxy. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Forwarder(reqwest::Client);

impl Forwarder {
    /// A client without connections.
    pub(crate) fn new() -> Self {
        Self(reqwest::Client::builder().no_proxy().build().expect("a client without TLS settings is valid"))
    }

    /// Sends a request and reads the whole response: its status and body.
    ///
    /// # Errors
    /// Returns [`ConnectorError`] if the request is not valid HTTP or the connection breaks.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<(u16, Vec<u8>), ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let mut request = request.map(|body| body.bytes().map(<[u8]>::to_vec).expect(IN_MEMORY));
        // Above this client a body may have been changed after the SDK signed it.
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let body = request.body().clone();
        EngineKey::of_process().sign_again(&host, request.headers_mut(), &body);
        let request = request.try_into().map_err(|error: reqwest::Error| ConnectorError::user(error.into()))?;
        let io = |error: reqwest::Error| ConnectorError::io(error.into());
        let response = self.0.execute(request).await.map_err(io)?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await.map_err(io)?.to_vec()))
    }
}

const IN_MEMORY: &str = "the SDK holds the body of a DynamoDB request in memory";

/// The operation that a request asks for, for example `GetItem`.
pub(crate) fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").expect("the SDK sets the target of a DynamoDB request");
    target.rsplit('.').next().unwrap_or(target).to_owned()
}

/// The body of a request.
pub(crate) fn body(request: &HttpRequest) -> &[u8] {
    request.body().bytes().expect(IN_MEMORY)
}

/// Replaces the body of a request, and its length.
pub(crate) fn set_body(request: &mut HttpRequest, body: String) {
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = body.into();
}

/// A response with this status and body.
pub(crate) fn response(status: u16, body: Vec<u8>) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("an HTTP status"), body.into())
}
