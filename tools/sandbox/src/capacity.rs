//! An HTTP client for the DynamoDB SDK that asks the table for the capacity that each request consumes, and adds it up.

use crate::forward::{self, Forwarder};
use aws_sdk_dynamodb::config::{Builder, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// The requests to a table, and the capacity that they consumed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Consumed {
    /// Number of requests.
    pub requests: f64,
    /// Read request units.
    pub read: f64,
    /// Write request units.
    pub write: f64,
    /// Number of requests that are a `PutItem`.
    pub puts: f64,
    /// Size in bytes of the items that queries returned, by DynamoDB's rules.
    pub bytes: f64,
    /// Size in bytes of the items that `PutItem` and `BatchWriteItem` stored, each with the 100 bytes that DynamoDB adds.
    pub stored: f64,
}

/// Bytes that DynamoDB adds to each item for its storage.
const OVERHEAD: f64 = 100.0;

/// A client over plain HTTP that measures capacity. Clones share their sums.
#[derive(Clone, Debug)]
pub struct Meter {
    consumed: Arc<Mutex<Consumed>>,
    forwarder: Forwarder,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// A meter that has measured nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { consumed: Arc::default(), forwarder: Forwarder::new() }
    }

    /// Makes the SDK's client send its requests through this meter.
    pub fn plug(&self, client: &mut Builder) {
        client.set_http_client(Some(SharedHttpClient::new(self.clone())));
    }

    /// The capacity that was consumed since the start or the last call.
    #[must_use]
    pub fn take(&self) -> Consumed {
        std::mem::take(&mut *self.consumed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, operation: &str, stored: f64, response: &Value) {
        let units = |capacity: &Value| capacity["CapacityUnits"].as_f64().expect("DynamoDB reports units as numbers");
        let units = match &response["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(units).sum(),
            Value::Object(_) => units(&response["ConsumedCapacity"]),
            // DynamoDB bills a put whose condition fails like one that succeeds. The items are below 1 KB here: 1 unit.
            _ if response["__type"].as_str().is_some_and(|kind| kind.ends_with("ConditionalCheckFailedException")) => {
                1.0
            }
            _ => panic!("the response to {operation} does not report its capacity: {response}"),
        };
        let mut consumed = self.consumed.lock().unwrap_or_else(PoisonError::into_inner);
        consumed.requests += 1.0;
        consumed.puts += if operation == "PutItem" { 1.0 } else { 0.0 };
        consumed.bytes += response["Items"].as_array().into_iter().flatten().map(item_size).sum::<f64>();
        consumed.stored += stored;
        if ["GetItem", "BatchGetItem", "Query"].contains(&operation) {
            consumed.read += units;
        } else {
            consumed.write += units;
        }
    }

    async fn send(self, mut request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = forward::operation(&request);
        let mut body: Value = serde_json::from_slice(forward::body(&request)).expect("the SDK sends JSON");
        let stored = put_items(&body).map(|item| OVERHEAD + item_size(item)).sum::<f64>();
        body["ReturnConsumedCapacity"] = "TOTAL".into();
        forward::set_body(&mut request, body.to_string());
        let (status, body) = self.forwarder.send(request).await?;
        self.add(&operation, stored, &serde_json::from_slice(&body).expect("DynamoDB answers with JSON"));
        Ok(forward::response(status, body))
    }
}

/// The items that a request puts.
fn put_items(body: &Value) -> impl Iterator<Item = &Value> {
    let tables = body["RequestItems"].as_object().into_iter().flat_map(|by_name| by_name.values());
    let batched = tables.filter_map(Value::as_array).flatten().filter_map(|write| write["PutRequest"].get("Item"));
    body.get("Item").into_iter().chain(batched)
}

/// The size of an item or a map: its names and values (DynamoDB, "Item sizes and formats").
fn item_size(item: &Value) -> f64 {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, value)| length(name) + value_size(value)).sum()
}

fn value_size(value: &Value) -> f64 {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0.0 };
    let text = |value: &Value| length(value.as_str().expect("DynamoDB writes strings and numbers as strings"));
    let list = |size: &dyn Fn(&Value) -> f64| value.as_array().into_iter().flatten().map(size).sum::<f64>();
    match kind.as_str() {
        "S" => text(value),
        "N" => (text(value) / 2.0).ceil() + 1.0,
        "SS" => list(&text),
        "L" => 3.0 + list(&|value| 1.0 + value_size(value)),
        "M" => 3.0 + item_size(value) + value.as_object().map_or(0.0, |map| bytes(map.len())),
        _ => 1.0,
    }
}

fn length(text: &str) -> f64 {
    bytes(text.len())
}

#[expect(clippy::cast_precision_loss, reason = "items have at most 400 KB")]
fn bytes(length: usize) -> f64 {
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
