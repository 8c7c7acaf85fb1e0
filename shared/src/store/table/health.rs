//! What an operator is told of the table: whether it can be written, what its clock shows, what it was given.

use crate::store::client::Store;
use crate::store::error::CONDITION_FAILED;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::keys::{LINKS_BY_USER, TTL};
use crate::store::table::TableError;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{GlobalSecondaryIndexDescription, IndexStatus, TimeToLiveStatus};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Asking the table delays the start by no more.
const WARMING: Duration = Duration::from_secs(1);

/// What a table has besides its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFeatures {
    /// The index that lists the links of a user can be asked.
    pub index: bool,
    /// What has expired is deleted.
    pub expiry: bool,
}

impl Store {
    /// Checks the table before the first request comes, which also opens the connection: TLS, credentials and the
    /// client's own first call are most of what a first request would wait for. A table that cannot be asked now is left
    /// for the first request to find.
    ///
    /// # Errors
    /// The table is not ours: what is wrong and what to do.
    pub async fn table_warm(&self) -> Result<(), TableError> {
        match tokio::time::timeout(WARMING, self.table_check()).await {
            Ok(Err(TableError::Store(_))) | Err(_) => Ok(()),
            Ok(checked) => checked,
        }
    }

    /// Tries a write whose condition can never hold: proves the right to write and changes nothing. Says what the
    /// endpoint's clock shows, to the second, if its answer does.
    ///
    /// # Errors
    /// The table's.
    pub async fn table_try_write(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::meta()))
            .condition_expression("attribute_exists(PK) AND attribute_not_exists(PK)");
        match request.send().await {
            Ok(_) => Ok(None),
            Err(error) if error.code() == Some(CONDITION_FAILED) => {
                let date = error.raw_response().and_then(|answer| answer.headers().get("date"));
                Ok(date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.to_utc()))
            }
            Err(error) => Err(StoreError::of("table_try_write")(error)),
        }
    }

    /// Whether the table has its index and its expiry.
    ///
    /// # Errors
    /// The table's.
    pub async fn table_features(&self) -> Result<TableFeatures, StoreError> {
        let op = "table_features";
        let described = self.client.describe_table().table_name(&*self.table).send();
        let expiry = self.client.describe_time_to_live().table_name(&*self.table).send();
        let (described, expiry) = tokio::join!(described, expiry);
        let described = described.map_err(StoreError::of(op))?.table;
        let indexes = described.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
        let expiry = expiry.map_err(StoreError::of(op))?.time_to_live_description;
        Ok(TableFeatures {
            index: indexes.iter().any(is_ours),
            expiry: expiry.is_some_and(|expiry| {
                expiry.attribute_name.as_deref() == Some(TTL)
                    && matches!(
                        expiry.time_to_live_status,
                        Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
                    )
            }),
        })
    }
}

fn is_ours(index: &GlobalSecondaryIndexDescription) -> bool {
    let usable = matches!(index.index_status, Some(IndexStatus::Active | IndexStatus::Updating));
    index.index_name.as_deref() == Some(LINKS_BY_USER) && usable
}
