//! The state of the table for an operator: whether it can be written, its clock and its expiry.

use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::keys::{self, TTL};
use crate::store::table::TableError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::TimeToLiveStatus;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Maximum delay of a start.
const WARM_UP_TIMEOUT: Duration = Duration::from_secs(1);

impl Store {
    /// Checks the table before the first request, for at most one second. The check also opens the connection: TLS,
    /// credentials and the client's first call are most of the time of a first request. A table that does not answer now is
    /// no error here; the first request reports it.
    ///
    /// # Errors
    /// Returns [`TableError`] if the table does not exist or does not belong to this configuration.
    pub async fn table_warm(&self) -> Result<(), TableError> {
        match tokio::time::timeout(WARM_UP_TIMEOUT, self.table_check()).await {
            Ok(Err(TableError::Store(_))) | Err(_) => Ok(()),
            Ok(checked) => checked,
        }
    }

    /// Sends a write whose condition never holds: it proves the right to write and changes nothing. Returns the endpoint's
    /// clock, to the second, if the response has a `Date` header.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn table_try_write(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::meta()))
            .condition_expression("attribute_exists(PK) AND attribute_not_exists(PK)");
        match request.send().await {
            Ok(_) => Ok(None),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                let date = error.raw_response().and_then(|answer| answer.headers().get("date"));
                Ok(date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.to_utc()))
            }
            Err(error) => Err(StoreError::of("table_try_write")(error)),
        }
    }

    /// Whether DynamoDB deletes the table's expired items.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn table_expires(&self) -> Result<bool, StoreError> {
        let op = "table_expires";
        let request = self.client.describe_time_to_live().table_name(&*self.table);
        let expiry = request.send().await.map_err(StoreError::of(op))?.time_to_live_description;
        Ok(expiry.is_some_and(|expiry| {
            expiry.attribute_name.as_deref() == Some(TTL)
                && matches!(expiry.time_to_live_status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        }))
    }
}
