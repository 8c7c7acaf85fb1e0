//! A wire that asks the table what every request consumed, as DynamoDB bills it.

use aws_sdk_dynamodb::config::{Builder, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests, the units they consumed, and what they read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Consumed {
    /// How often the table was asked.
    pub requests: f64,
    /// Read request units.
    pub read: f64,
    /// Write request units.
    pub write: f64,
    /// Puts, which are some of the requests.
    pub puts: f64,
    /// Bytes of the items that queries gave, as DynamoDB counts them.
    pub bytes: f64,
}

/// A wire over plain HTTP under a client of the table. Clones are the same wire.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    consumed: Arc<Mutex<Consumed>>,
    client: reqwest::Client,
}

impl Meter {
    /// A wire that has measured nothing yet.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { consumed: Arc::default(), client }
    }

    /// Puts this wire under a client.
    pub fn plug(&self, client: &mut Builder) {
        client.set_http_client(Some(SharedHttpClient::new(self.clone())));
    }

    /// What was consumed since the last time.
    #[must_use]
    pub fn take(&self) -> Consumed {
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
        consumed.puts += if operation == "PutItem" { 1.0 } else { 0.0 };
        consumed.bytes += answer["Items"].as_array().into_iter().flatten().map(size).sum::<f64>();
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

/// The bytes of an item or a value: its names and what it holds (DynamoDB, "Item sizes and formats").
fn size(of: &Value) -> f64 {
    let attributes = of.as_object().into_iter().flatten();
    attributes.map(|(name, value)| bytes(name) + of_attribute(value)).sum()
}

fn of_attribute(value: &Value) -> f64 {
    let Some((kind, held)) = value.as_object().and_then(|value| value.iter().next()) else { return 0.0 };
    let text = |held: &Value| bytes(held.as_str().unwrap_or_default());
    let list = |held: &Value, of: fn(&Value) -> f64| held.as_array().into_iter().flatten().map(of).sum::<f64>();
    match kind.as_str() {
        "S" => text(held),
        "N" => (text(held) / 2.0).ceil() + 1.0,
        "SS" => list(held, |held| bytes(held.as_str().unwrap_or_default())),
        "L" => 3.0 + list(held, |held| 1.0 + of_attribute(held)),
        "M" => 3.0 + size(held) + held.as_object().map_or(0.0, |of| bytes_of(of.len())),
        _ => 1.0,
    }
}

fn bytes(text: &str) -> f64 {
    bytes_of(text.len())
}

#[expect(clippy::cast_precision_loss, reason = "items have at most 400 KB")]
fn bytes_of(length: usize) -> f64 {
    length as f64
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
