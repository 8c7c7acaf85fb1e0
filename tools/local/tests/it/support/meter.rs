//! A wire that asks the table what every request consumed, as DynamoDB bills it.

use aws_sdk_dynamodb::config::{Builder, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests and the units they consumed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Consumed {
    pub(crate) requests: f64,
    pub(crate) read: f64,
    pub(crate) write: f64,
}

/// A wire over plain HTTP, for `World::with(&[], |client| meter.plug(client))`. Clones are the same wire.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    consumed: Arc<Mutex<Consumed>>,
    client: reqwest::Client,
}

impl Meter {
    pub(crate) fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { consumed: Arc::default(), client }
    }

    /// Puts this wire under a client.
    pub(crate) fn plug(&self, client: &mut Builder) {
        client.set_http_client(Some(SharedHttpClient::new(self.clone())));
    }

    /// What was consumed since the last time.
    pub(crate) fn take(&self) -> Consumed {
        std::mem::take(&mut *self.consumed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, operation: &str, answer: &Value) {
        let units = |capacity: &Value| capacity["CapacityUnits"].as_f64().expect("units");
        let units = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(units).sum(),
            Value::Object(_) => units(&answer["ConsumedCapacity"]),
            // A put whose condition does not hold is billed as one that is done; its items are below 1 KB here.
            _ if answer["__type"].as_str().is_some_and(|kind| kind.ends_with("ConditionalCheckFailedException")) => 1.0,
            _ => panic!("{operation} does not say what it consumed: {answer}"),
        };
        let mut consumed = self.consumed.lock().unwrap_or_else(PoisonError::into_inner);
        consumed.requests += 1.0;
        if ["GetItem", "BatchGetItem", "Query"].contains(&operation) {
            consumed.read += units;
        } else {
            consumed.write += units;
        }
    }

    async fn send(self, mut request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut asked: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).expect("JSON");
        asked["ReturnConsumedCapacity"] = "TOTAL".into();
        let body = asked.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = body.into();
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(|body| body.bytes().unwrap_or_default().to_vec());
        let request = request.try_into().map_err(|error: reqwest::Error| ConnectorError::user(error.into()))?;
        let io = |error: reqwest::Error| ConnectorError::io(error.into());
        let answer = self.client.execute(request).await.map_err(io)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(io)?.to_vec();
        self.note(&operation, &serde_json::from_slice(&body).expect("JSON"));
        Ok(HttpResponse::new(status.try_into().expect("a status"), body.into()))
    }
}

impl HttpConnector for Meter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

impl HttpClient for Meter {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
