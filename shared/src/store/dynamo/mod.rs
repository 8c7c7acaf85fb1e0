//! Requests to DynamoDB: single items, queries, batches, transactions, and waits between attempts.

pub(super) mod batch;
pub(super) mod conflict;
pub(super) mod freshness;
pub(super) mod item;
pub(super) mod query;
pub(super) mod retry;
pub(super) mod transaction;

use aws_sdk_dynamodb::error::BuildError;

/// The value that an SDK builder made. Every builder here sets the fields that DynamoDB requires.
pub(in crate::store) fn built<T>(made: Result<T, BuildError>) -> T {
    made.expect("every required field of the builder is set")
}
