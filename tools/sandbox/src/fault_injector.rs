//! An HTTP client for the DynamoDB SDK that records every request and injects faults.

use crate::forward::{self, Forwarder};
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{Builder, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The treatment of one request. The SDK and the store retry some of the failures.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Sent and answered without a fault.
    Pass,
    /// Not sent; answered 400 `ThrottlingException`.
    Throttle,
    /// Not sent; answered 500.
    Fail500,
    /// Not sent; the connection breaks.
    DropBefore,
    /// Sent and executed; the response is lost.
    DropAfter,
    /// Not sent; answered with this status and body.
    Respond(u16, String),
    /// A `BatchWriteItem` of which only the first N items are sent; the others are returned as unprocessed.
    Only(usize),
    /// Not sent and never answered.
    Stall,
    /// Not sent; answered 200 with an empty object after this time.
    Late(Duration),
    /// Sent and executed; the body of the response is changed.
    Rewrite(fn(Vec<u8>) -> Vec<u8>),
}

impl Fault {
    /// A cancelled transaction. Each code is the reason of the item at its position, `None` for an item that is not a reason.
    #[must_use]
    pub fn cancelled(codes: &[&str]) -> Self {
        let reasons: Vec<_> = codes.iter().map(|code| json!({"Code": code, "Message": "on purpose"})).collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        let body = json!({"__type": kind, "message": "on purpose", "CancellationReasons": reasons});
        Self::Respond(400, body.to_string())
    }

    /// A plain write that met a transaction on the same item.
    #[must_use]
    pub fn write_conflict() -> Self {
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
        Self::Respond(400, json!({"__type": kind, "message": "on purpose"}).to_string())
    }

    /// A write whose condition does not hold, with the item that exists.
    #[must_use]
    pub fn condition_failed(existing: &Value) -> Self {
        let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
        Self::Respond(400, json!({"__type": kind, "message": "on purpose", "Item": existing}).to_string())
    }
}

/// A request to the table, whether it was sent or not.
#[derive(Clone, Debug)]
pub struct TableRequest {
    /// The operation, for example `GetItem`.
    pub operation: String,
    /// The request as JSON.
    pub body: String,
}

/// Decides the fault of a request from the request and its number among the requests of its operation.
type FaultRule = dyn Fn(&TableRequest, usize) -> Fault + Send + Sync;

struct Inner {
    requests: Mutex<Vec<TableRequest>>,
    rule: Mutex<Option<Arc<FaultRule>>>,
    forwarder: Forwarder,
}

/// A client over plain HTTP that records requests and injects faults. Clones share their state.
///
/// # Examples
/// ```
/// use sandbox::fault_injector::{Fault, FaultInjector};
///
/// let faults = FaultInjector::new();
/// let mut config = aws_sdk_dynamodb::Config::builder();
/// faults.install(&mut config);
/// // The first `GetItem` is throttled, and the SDK's retry is sent.
/// faults.inject(|request, number| match (request.operation.as_str(), number) {
///     ("GetItem", 1) => Fault::Throttle,
///     _ => Fault::Pass,
/// });
/// ```
#[derive(Clone)]
pub struct FaultInjector(Arc<Inner>);

impl fmt::Debug for FaultInjector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultInjector")
    }
}

impl Default for FaultInjector {
    fn default() -> Self {
        Self::new()
    }
}

impl FaultInjector {
    /// An injector without faults.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner { requests: Mutex::default(), rule: Mutex::default(), forwarder: Forwarder::new() }))
    }

    /// Makes the SDK's client send its requests through this injector. The client gets a quota of retries of its own: the
    /// SDK shares one among all clients of a process, so the faults of one test would use up the retries of another.
    pub fn install(&self, client: &mut Builder) {
        client.set_http_client(Some(SharedHttpClient::new(self.clone())));
        let quota = RetryPartition::custom(Uuid::new_v4().to_string()).token_bucket(TokenBucket::default()).build();
        client.set_retry_partition(Some(quota));
    }

    /// Every request since the start or the last [`reset`](Self::reset). Each retry is a request.
    #[must_use]
    pub fn requests(&self) -> Vec<TableRequest> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of requests of an operation.
    #[must_use]
    pub fn calls(&self, operation: &str) -> usize {
        self.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// Removes the recorded requests; the numbers of each operation start at one again.
    pub fn reset(&self) {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Decides the fault of every following request from the request and its number among the requests of its operation,
    /// which starts at one.
    pub fn inject(&self, rule: impl Fn(&TableRequest, usize) -> Fault + Send + Sync + 'static) {
        *self.0.rule.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rule));
    }

    /// Stops injecting faults.
    pub fn clear(&self) {
        *self.0.rule.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn fault(&self, request: &TableRequest) -> Fault {
        let number = self.calls(&request.operation) + 1;
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let rule = self.0.rule.lock().unwrap_or_else(PoisonError::into_inner).clone();
        rule.map_or(Fault::Pass, |rule| rule(request, number))
    }

    async fn respond(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = forward::operation(&request);
        let body = String::from_utf8_lossy(forward::body(&request)).into_owned();
        let fault = self.fault(&TableRequest { operation, body });
        match fault {
            Fault::Throttle => Ok(refusal(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException")),
            Fault::Fail500 => Ok(refusal(500, "com.amazonaws.dynamodb.v20120810#InternalServerError")),
            Fault::DropBefore => Err(ConnectorError::io("the connection broke".into())),
            Fault::Respond(status, body) => Ok(forward::response(status, body.into_bytes())),
            Fault::Only(items) => self.send_only(request, items).await,
            Fault::Stall => std::future::pending().await,
            Fault::Late(wait) => {
                tokio::time::sleep(wait).await;
                Ok(forward::response(200, b"{}".to_vec()))
            }
            Fault::Pass => self.send(request, |body| body).await,
            Fault::Rewrite(rewrite) => self.send(request, rewrite).await,
            Fault::DropAfter => {
                self.send(request, |body| body).await?;
                Err(ConnectorError::timeout("the answer was lost".into()))
            }
        }
    }

    async fn send_only(&self, mut request: HttpRequest, items: usize) -> Result<HttpResponse, ConnectorError> {
        let mut wanted: Value = serde_json::from_slice(forward::body(&request)).expect("the SDK sends JSON");
        let mut rest = wanted["RequestItems"].clone();
        for (table, writes) in wanted["RequestItems"].as_object_mut().expect("a BatchWriteItem names tables") {
            let writes = writes.as_array_mut().expect("a table has a list of writes");
            rest[table] = writes.split_off(items.min(writes.len())).into();
        }
        forward::set_body(&mut request, wanted.to_string());
        let response = self.send(request, |body| body).await?;
        assert!(response.status().is_success(), "{response:?}");
        Ok(forward::response(200, json!({"UnprocessedItems": rest}).to_string().into_bytes()))
    }

    async fn send(
        &self,
        request: HttpRequest,
        rewrite: fn(Vec<u8>) -> Vec<u8>,
    ) -> Result<HttpResponse, ConnectorError> {
        let (status, body) = self.0.forwarder.send(request).await?;
        Ok(forward::response(status, rewrite(body)))
    }
}

impl HttpConnector for FaultInjector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().respond(request))
    }
}

impl HttpClient for FaultInjector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn refusal(status: u16, kind: &str) -> HttpResponse {
    forward::response(status, json!({"__type": kind, "message": "on purpose"}).to_string().into_bytes())
}
