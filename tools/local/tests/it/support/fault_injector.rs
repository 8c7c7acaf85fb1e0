//! The wire between the product and its table: it keeps what was asked, and lets a test spoil it.

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

/// What becomes of one request. Mind that the client tries again where waiting may help.
pub(crate) enum Fault {
    /// Nothing: it is sent and answered.
    Pass,
    /// Not sent; answered 400 `ThrottlingException`.
    Throttle,
    /// Not sent; answered 500.
    Fail500,
    /// Not sent: the connection broke.
    DropBefore,
    /// Sent and executed; the answer is lost.
    DropAfter,
    /// Not sent; answered with this status and body.
    Answer(u16, String),
    /// A `BatchWriteItem` of which only the first so many items are sent; the others come back unprocessed.
    Only(usize),
    /// Not sent, and no answer ever comes.
    Stall,
    /// Not sent; answered 200 with an empty object after a while.
    Late(Duration),
    /// Sent and executed; the body of the answer comes changed.
    Rewrite(fn(Vec<u8>) -> Vec<u8>),
}

impl Fault {
    /// A cancelled transaction. Each code is the reason of the item at its position, `None` where the item is no reason.
    pub(crate) fn cancelled(codes: &[&str]) -> Self {
        let reasons: Vec<_> = codes.iter().map(|code| json!({"Code": code, "Message": "on purpose"})).collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        let body = json!({"__type": kind, "message": "on purpose", "CancellationReasons": reasons});
        Self::Answer(400, body.to_string())
    }

    /// A write whose condition does not hold, with the item that exists.
    pub(crate) fn condition_failed(existing: &Value) -> Self {
        let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
        Self::Answer(400, json!({"__type": kind, "message": "on purpose", "Item": existing}).to_string())
    }
}

/// A request that went to the table or would have gone.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The operation, for example `GetItem`.
    pub(crate) operation: String,
    /// The request as JSON.
    pub(crate) body: String,
}

type Spoiler = dyn Fn(&Asked, usize) -> Fault + Send + Sync;

struct Inner {
    asked: Mutex<Vec<Asked>>,
    spoiler: Mutex<Option<Arc<Spoiler>>>,
    client: reqwest::Client,
}

/// A wire over plain HTTP, for `TestEnvironment::with(&[], |client| wire.plug(client))`. Clones are the same wire.
#[derive(Clone)]
pub(crate) struct FaultInjector(Arc<Inner>);

impl fmt::Debug for FaultInjector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultInjector")
    }
}

impl FaultInjector {
    /// A wire that spoils nothing.
    pub(crate) fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self(Arc::new(Inner { asked: Mutex::default(), spoiler: Mutex::default(), client }))
    }

    /// Puts this wire under a client.
    pub(crate) fn plug(&self, client: &mut Builder) {
        client.set_http_client(Some(SharedHttpClient::new(self.clone())));
    }

    /// Everything that was asked since the beginning, or since it was forgotten; tries count one by one.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often an operation was asked for.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        self.asked().iter().filter(|asked| asked.operation == operation).count()
    }

    /// Forgets what was asked; calls are counted from one again.
    pub(crate) fn forget(&self) {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Decides about every request from now on, by what it asks and the how-manieth of its operation it is, counted
    /// from one.
    pub(crate) fn spoil(&self, spoiler: impl Fn(&Asked, usize) -> Fault + Send + Sync + 'static) {
        *self.0.spoiler.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(spoiler));
    }

    /// Spoils nothing any more.
    pub(crate) fn heal(&self) {
        *self.0.spoiler.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn fault(&self, asked: &Asked) -> Fault {
        let number = self.calls(&asked.operation) + 1;
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
        let spoiler = self.0.spoiler.lock().unwrap_or_else(PoisonError::into_inner).clone();
        spoiler.map_or(Fault::Pass, |spoiler| spoiler(asked, number))
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let fault = self.fault(&Asked { operation, body });
        match fault {
            Fault::Throttle => Ok(refusal(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException")),
            Fault::Fail500 => Ok(refusal(500, "com.amazonaws.dynamodb.v20120810#InternalServerError")),
            Fault::DropBefore => Err(ConnectorError::io("the connection broke".into())),
            Fault::Answer(status, body) => Ok(response(status, body.into_bytes())),
            Fault::Only(items) => self.send_only(request, items).await,
            Fault::Stall => std::future::pending().await,
            Fault::Late(wait) => {
                tokio::time::sleep(wait).await;
                Ok(response(200, b"{}".to_vec()))
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
        let mut wanted: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).expect("JSON");
        let mut rest = wanted["RequestItems"].clone();
        for (table, writes) in wanted["RequestItems"].as_object_mut().expect("tables") {
            let writes = writes.as_array_mut().expect("writes");
            rest[table] = writes.split_off(items.min(writes.len())).into();
        }
        let body = wanted.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = body.into();
        let answer = self.send(request, |body| body).await?;
        assert!(answer.status().is_success(), "{answer:?}");
        Ok(response(200, json!({"UnprocessedItems": rest}).to_string().into_bytes()))
    }

    async fn send(
        &self,
        request: HttpRequest,
        rewrite: fn(Vec<u8>) -> Vec<u8>,
    ) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(|body| body.bytes().unwrap_or_default().to_vec());
        let request = request.try_into().map_err(|error: reqwest::Error| ConnectorError::user(error.into()))?;
        let io = |error: reqwest::Error| ConnectorError::io(error.into());
        let answer = self.0.client.execute(request).await.map_err(io)?;
        let status = answer.status().as_u16();
        let body = rewrite(answer.bytes().await.map_err(io)?.to_vec());
        Ok(response(status, body))
    }
}

impl HttpConnector for FaultInjector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for FaultInjector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn refusal(status: u16, kind: &str) -> HttpResponse {
    response(status, json!({"__type": kind, "message": "on purpose"}).to_string().into_bytes())
}

fn response(status: u16, body: Vec<u8>) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status"), body.into())
}
