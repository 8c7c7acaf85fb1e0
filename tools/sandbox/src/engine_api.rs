//! The HTTP interface of the embedded engine: DynamoDB's operations, for a client that has the engine's key.
//!
//! The server of `dynoxide` is not used: it accepts every signature, and its answers allow every web page to read them.

use crate::engine_key::EngineKey;
use crate::engine_response::{Trouble, refusal, response};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use dynoxide::{Database, DynoxideError};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;

const TARGET_PREFIX: &str = "DynamoDB_20120810.";
/// Names under which clients reach the engine. Docker Desktop forwards the second to this machine.
const NAMES: [&str; 2] = ["localhost", "host.docker.internal"];
/// DynamoDB's limit of a request.
const MAX_BODY: usize = 16 * 1024 * 1024;

#[derive(Clone)]
struct Api {
    database: Database,
    key: &'static EngineKey,
    port: u16,
    trouble: Arc<Trouble>,
}

/// The interface of a database that listens on a port.
pub(crate) fn router(database: Database, key: &'static EngineKey, port: u16) -> Router {
    let api = Api { database, key, port, trouble: Arc::default() };
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(api)
}

async fn answer(State(api): State<Api>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    // A signature covers the method and the path of no other request than this one.
    if method != Method::POST || uri.path() != "/" || uri.query().is_some() {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !api.is_addressed_by(&headers) || !api.key.permits(&headers, &body) {
        let reason = "The request is not signed with the key of this engine.";
        return refusal("com.amazon.coral.service#UnrecognizedClientException", reason);
    }
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let Some(operation) = target.strip_prefix(TARGET_PREFIX) else {
        return refusal("com.amazon.coral.service#UnknownOperationException", "The target is no operation.");
    };
    match execute(&api.database, operation, &body) {
        Ok(json) => {
            if operation.starts_with("Put") || operation.starts_with("Update") || operation.contains("Write") {
                api.trouble.stored();
            }
            response(StatusCode::OK, json)
        }
        Err(error) => api.trouble.failure(operation, &error),
    }
}

impl Api {
    /// Whether `Host` is an address of this machine. A web page whose own name was rebound to one sends that name.
    fn is_addressed_by(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let Some((host, port)) = host.and_then(|host| host.rsplit_once(':')) else { return false };
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        port == self.port.to_string() && (address || NAMES.contains(&host))
    }
}

/// Executes an operation. The engine blocks the thread until the answer is there.
fn execute(db: &Database, operation: &str, body: &[u8]) -> dynoxide::Result<String> {
    match operation {
        "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
        "CreateTable" => run(body, |request| db.create_table(request)),
        "DeleteItem" => run(body, |request| db.delete_item(request)),
        "DescribeTable" => run(body, |request| db.describe_table(request)),
        "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
        "GetItem" => run(body, |request| db.get_item(request)),
        "ListTables" => run(body, |request| db.list_tables(request)),
        "PutItem" => run(body, |request| db.put_item(request)),
        "Query" => run(body, |request| db.query(request)),
        "Scan" => run(body, |request| db.scan(request)),
        "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
        "UpdateItem" => run(body, |request| db.update_item(request)),
        "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
        _ => Err(DynoxideError::ValidationException(format!("the embedded engine does not offer {operation}"))),
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> dynoxide::Result<String> {
    let request = serde_json::from_slice(body);
    let answer = operation(request.map_err(|error| DynoxideError::SerializationException(error.to_string()))?)?;
    serde_json::to_string(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
