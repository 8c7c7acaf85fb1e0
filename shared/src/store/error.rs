//! [`StoreError`]: a request that DynamoDB did not carry out, or an item that cannot be read.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::waiters::table_exists::WaitUntilTableExistsError;
use std::error::Error;

/// A request failed. A caller only needs to know whether waiting helps; the cause is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{op} failed")]
pub struct StoreError {
    op: &'static str,
    busy: bool,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// Whether a later attempt may succeed: DynamoDB throttled, timed out, failed with a 5xx status, or the connection broke.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// An error of the SDK during an operation.
    pub(in crate::store) fn of<E>(op: &'static str) -> impl Fn(SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        move |error| Self { op, busy: is_busy(&error), source: Box::new(error) }
    }

    /// An error of the wait for a table.
    pub(in crate::store) fn waiting(op: &'static str) -> impl Fn(WaitUntilTableExistsError) -> Self {
        move |error| {
            let busy = match &error {
                WaitUntilTableExistsError::ExceededMaxWait(_) => true,
                WaitUntilTableExistsError::OperationFailed(failed) => is_busy(failed.error()),
                _ => false,
            };
            Self { op, busy, source: Box::new(error) }
        }
    }

    /// An item without the fields that its key promises.
    pub(in crate::store) fn item(op: &'static str) -> impl Fn(serde_dynamo::Error) -> Self {
        move |error| Self { op, busy: false, source: Box::new(error) }
    }

    /// A stored attribute of JSON that cannot be read.
    pub(in crate::store) fn json(op: &'static str) -> impl Fn(serde_json::Error) -> Self {
        move |error| Self { op, busy: false, source: Box::new(error) }
    }

    /// A stored key that cannot be read.
    pub(in crate::store) fn key(op: &'static str) -> Self {
        Self::invalid(op, "a key cannot be read")
    }

    /// A state of the table that this program does not produce.
    pub(in crate::store) fn invalid(op: &'static str, why: &'static str) -> Self {
        Self { op, busy: false, source: why.into() }
    }

    /// DynamoDB refused every attempt, or the time for attempts is over.
    pub(in crate::store) fn retries_exhausted(op: &'static str) -> Self {
        Self { op, busy: true, source: "every attempt was refused".into() }
    }
}

fn is_busy<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || matches!(
                    service.err().code(),
                    Some(
                        "ThrottlingException"
                            | "ProvisionedThroughputExceededException"
                            | "RequestLimitExceeded"
                            | "TransactionConflictException"
                            | "TransactionInProgressException"
                    )
                )
        }
        _ => false,
    }
}
