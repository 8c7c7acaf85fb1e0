//! An HTTP client for the DynamoDB SDK that refuses what DynamoDB refuses and the embedded engine, which serializes writes,
//! never does: transactions that meet, and partition keys beyond their capacity.
//!
//! From the DynamoDB developer guide:
//! - "Transaction conflict handling": a transaction that meets another on an item is cancelled with `TransactionConflict`; a
//!   `PutItem`, `UpdateItem` or `DeleteItem` that meets one fails with `TransactionConflictException`. A conflicting part of
//!   a `BatchWriteItem` is not specified there; here it comes back as unprocessed.
//! - "Designing partition keys": a partition key takes 1,000 write units and 3,000 read units a second.

mod partitions;

use crate::forward::{self, Forwarder};
use aws_sdk_dynamodb::config::{Builder, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use partitions::Partitions;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use partitions::PartitionUnits;

/// The key of an item: its partition key and its sort key.
pub type ItemKey = (String, String);

/// What was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Transactions that met another.
    pub transactions: usize,
    /// Plain writes that met a transaction.
    pub writes: usize,
    /// Requests to a partition key beyond its capacity.
    pub throttled: usize,
}

#[derive(Debug, Default)]
struct State {
    /// The items of transactions under way.
    held: HashSet<ItemKey>,
    refusals: Refusals,
    partitions: Partitions,
}

/// A client over plain HTTP in which requests contend. Clones share their state.
#[derive(Clone, Debug)]
pub struct Contention {
    /// How long a transaction holds its items beyond the time that the engine takes.
    hold: Duration,
    state: Arc<Mutex<State>>,
    forwarder: Forwarder,
}

impl Contention {
    /// A client whose transactions hold their items for `hold`.
    #[must_use]
    pub fn new(hold: Duration) -> Self {
        Self { hold, state: Arc::default(), forwarder: Forwarder::new() }
    }

    /// Makes the SDK's client send its requests through this one.
    pub fn install(&self, client: &mut Builder) {
        client.set_http_client(Some(SharedHttpClient::new(self.clone())));
    }

    /// What was refused since the start.
    #[must_use]
    pub fn refusals(&self) -> Refusals {
        self.state().refusals
    }

    /// The units of each partition key since the start.
    #[must_use]
    pub fn units(&self) -> BTreeMap<String, PartitionUnits> {
        self.state().partitions.units()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(self, mut request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = forward::operation(&request);
        let mut body: Value = serde_json::from_slice(forward::body(&request)).expect("the SDK sends JSON");
        let keys = keys(&operation, &body);
        if self.state().partitions.are_exhausted(keys.iter().map(|(pk, _)| pk.as_str())) {
            self.state().refusals.throttled += 1;
            return Ok(refusal("ProvisionedThroughputExceededException", &json!({})));
        }
        let held = match operation.as_str() {
            "TransactWriteItems" => match self.hold(&keys) {
                Ok(held) => Some(held),
                Err(reasons) => return Ok(refusal("TransactionCanceledException", &reasons)),
            },
            "PutItem" | "UpdateItem" | "DeleteItem" if self.is_held(&keys[0]) => {
                self.state().refusals.writes += 1;
                return Ok(refusal("TransactionConflictException", &json!({})));
            }
            "BatchWriteItem" if keys.iter().any(|key| self.is_held(key)) => {
                self.state().refusals.writes += 1;
                return Ok(answer(200, &json!({"UnprocessedItems": body["RequestItems"]})));
            }
            _ => None,
        };
        if held.is_some() {
            tokio::time::sleep(self.hold).await;
        }
        body["ReturnConsumedCapacity"] = "TOTAL".into();
        forward::set_body(&mut request, body.to_string());
        let (status, response) = self.forwarder.send(request).await?;
        drop(held);
        let partitions: Vec<_> = keys.iter().map(|(pk, _)| pk.as_str()).collect();
        let consumed = serde_json::from_slice(&response).expect("DynamoDB answers with JSON");
        self.state().partitions.add(&operation, &partitions, &consumed);
        Ok(forward::response(status, response))
    }

    fn is_held(&self, key: &ItemKey) -> bool {
        self.state().held.contains(key)
    }

    /// Takes the items of a transaction, all or none. The error has the reasons of the cancellation.
    fn hold(&self, keys: &[ItemKey]) -> Result<Held, Value> {
        let mut state = self.state();
        let conflicts: Vec<_> = keys.iter().map(|key| state.held.contains(key)).collect();
        if conflicts.contains(&true) {
            state.refusals.transactions += 1;
            let reason = |conflict| if conflict { "TransactionConflict" } else { "None" };
            let reasons: Vec<_> = conflicts.into_iter().map(|conflict| json!({"Code": reason(conflict)})).collect();
            return Err(json!({"CancellationReasons": reasons}));
        }
        state.held.extend(keys.iter().cloned());
        Ok(Held { keys: keys.to_vec(), state: self.state.clone() })
    }
}

/// The items of a transaction, until they are dropped: also if the client gives up.
struct Held {
    keys: Vec<ItemKey>,
    state: Arc<Mutex<State>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            state.held.remove(key);
        }
    }
}

/// The keys of the items that a request reads or writes. A Query has its partition, without a sort key.
#[must_use]
pub fn keys(operation: &str, body: &Value) -> Vec<ItemKey> {
    let text = |key: &Value, name: &str| key[name]["S"].as_str().unwrap_or_default().to_owned();
    let key = |key: &Value| (text(key, "PK"), text(key, "SK"));
    let of_tables = |items: &dyn Fn(&Value) -> Vec<ItemKey>| {
        body["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values()).flat_map(items).collect()
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![key(&body["Key"])],
        "PutItem" => vec![key(&body["Item"])],
        "BatchGetItem" => of_tables(&|table| list(&table["Keys"]).iter().map(key).collect()),
        "BatchWriteItem" => of_tables(&|writes| {
            let written = |write: &Value| match write.get("PutRequest") {
                Some(put) => key(&put["Item"]),
                None => key(&write["DeleteRequest"]["Key"]),
            };
            list(writes).iter().map(written).collect()
        }),
        "TransactWriteItems" => {
            let written = |write: &Value| {
                let part = write.as_object().and_then(|write| write.values().next()).cloned().unwrap_or_default();
                key(part.get("Item").unwrap_or(&part["Key"]))
            };
            list(&body["TransactItems"]).iter().map(written).collect()
        }
        "Query" => {
            let expression = body["KeyConditionExpression"].as_str().unwrap_or_default();
            let partition = expression.split([' ', '=']).find(|word| word.starts_with(':')).unwrap_or_default();
            vec![(text(&body["ExpressionAttributeValues"], partition), String::new())]
        }
        _ => Vec::new(),
    }
}

fn refusal(kind: &str, more: &Value) -> HttpResponse {
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": "contention"});
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    answer(400, &body)
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    forward::response(status, body.to_string().into_bytes())
}

impl HttpConnector for Contention {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

impl HttpClient for Contention {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
