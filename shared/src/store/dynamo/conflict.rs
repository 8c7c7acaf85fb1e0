//! Plain writes that meet a transaction on the same item: DynamoDB refuses them, and a later attempt succeeds.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// Whether a plain write met a transaction on the same item: nothing was written.
pub(in crate::store) fn is_conflict<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(CONFLICT)
}

/// The error of a plain write that met a transaction on the same item (DynamoDB). The SDK does not retry it by itself.
const CONFLICT: &str = "TransactionConflictException";

/// Makes the SDK retry a plain write that met a transaction.
#[derive(Debug)]
pub(in crate::store) struct RetryConflicts;

impl ClassifyRetry for RetryConflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let is_refused = context.response().filter(|response| response.status().as_u16() == 400);
        let body = is_refused.and_then(|response| response.body().bytes()).unwrap_or_default();
        let is_conflict = body.windows(CONFLICT.len()).any(|text| text == CONFLICT.as_bytes());
        if is_conflict { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "conflicts with transactions"
    }
}
