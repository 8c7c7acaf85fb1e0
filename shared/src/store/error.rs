//! What the table answers when it does not do what it was asked.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// The code of a condition that did not hold.
pub(in crate::store) const CONDITION_FAILED: &str = "ConditionalCheckFailedException";
/// The code of a transaction of which a condition did not hold, or that met another.
pub(in crate::store) const TRANSACTION_CANCELLED: &str = "TransactionCanceledException";

/// A surprise of the table. Callers only ask whether waiting helps; the chain is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{op} failed")]
pub struct StoreError {
    op: &'static str,
    busy: bool,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// Whether the table only refuses for now: throttling, time-outs, a lost connection.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Names the operation that an SDK error came from.
    pub(in crate::store) fn of<E>(op: &'static str) -> impl Fn(SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        move |error| Self { op, busy: is_busy(&error), source: Box::new(error) }
    }

    /// An item that is not what its key promises.
    pub(in crate::store) fn item(op: &'static str) -> impl Fn(serde_dynamo::Error) -> Self {
        move |error| Self { op, busy: false, source: Box::new(error) }
    }

    /// A key that is not what its place promises.
    pub(in crate::store) fn key(op: &'static str) -> Self {
        Self { op, busy: false, source: "a key cannot be read".into() }
    }

    /// The table kept refusing until our patience was over.
    pub(in crate::store) fn retries_exhausted(op: &'static str) -> Self {
        Self { op, busy: true, source: "the table kept refusing".into() }
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
