//! The responses of the embedded engine, and its errors that concern the disk.

use axum::response::{IntoResponse as _, Response};
use dynoxide::DynoxideError;
use http::{StatusCode, header};
use std::sync::atomic::{AtomicBool, Ordering};

const MEDIA_TYPE: &str = "application/x-amz-json-1.0";

/// What `SQLite` says when there is no room. The request may succeed later.
const FULL: &str = "database or disk is full";
/// What `SQLite` says of a file that it cannot use. No repetition helps.
const DAMAGED: [&str; 3] = ["database disk image is malformed", "file is not a database", "disk I/O error"];

/// What has been logged, so that a full disk is one line and not one for each request.
#[derive(Debug, Default)]
pub(crate) struct Trouble(AtomicBool);

impl Trouble {
    /// The response to an operation that failed. A damaged file is not DynamoDB's `InternalServerError`, which clients
    /// repeat, but an error that they do not know.
    pub(crate) fn failure(&self, operation: &str, error: &DynoxideError) -> Response {
        let text = error.to_string();
        if DAMAGED.iter().any(|damage| text.contains(damage)) {
            tracing::error!(operation, %error, "the table's file is damaged: stop the server and restore a copy");
            return refusal("com.amazonaws.dynamodb.v20120810#DamagedTable", "The table's file is damaged.");
        }
        if text.contains(FULL) && !self.0.swap(true, Ordering::Relaxed) {
            tracing::error!(operation, "the disk is full: nothing can be stored until there is room");
        }
        let status = StatusCode::from_u16(error.status_code()).expect("the engine has statuses of HTTP");
        response(status, error.to_json())
    }

    /// Notes that a write has succeeded.
    pub(crate) fn stored(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

pub(crate) fn refusal(kind: &str, message: &str) -> Response {
    response(StatusCode::BAD_REQUEST, serde_json::json!({"__type": kind, "message": message}).to_string())
}

pub(crate) fn response(status: StatusCode, json: String) -> Response {
    (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], json).into_response()
}
