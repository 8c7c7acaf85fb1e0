//! `TransactWriteItems`: the writes of a transaction, and why DynamoDB cancelled one.

use crate::store::client::Store;
use crate::store::dynamo::built;
use crate::store::dynamo::item::Item;
use crate::store::dynamo::retry::Retry;
use crate::store::error::StoreError;
use crate::store::keys::Key;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};

/// Attempts of a transaction that other transactions or throttling cancel.
pub(in crate::store) const ATTEMPTS: u32 = 4;

/// The result of one attempt of a transaction.
#[derive(Debug)]
pub(in crate::store) enum Attempt {
    /// Every write was made.
    Committed,
    /// Nothing was written: the conditions of the writes at these positions did not hold.
    ConditionFailed(Vec<usize>),
    /// Nothing was written: another transaction had one of the items, or DynamoDB throttled. A later attempt may commit.
    Busy,
}

impl Attempt {
    /// # Errors
    /// Returns [`StoreError`] if the transaction did not commit; busy, unless a condition failed.
    pub(in crate::store) fn committed(self, op: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Committed => Ok(()),
            Self::ConditionFailed(_) => Err(StoreError::invalid(op, "a condition did not hold")),
            Self::Busy => Err(StoreError::retries_exhausted(op)),
        }
    }
}

impl Store {
    /// A transaction of at most 100 writes (DynamoDB limit).
    pub(in crate::store) fn transaction(&self, writes: Vec<TransactWriteItem>) -> TransactWriteItemsFluentBuilder {
        self.client.transact_write_items().set_transact_items(Some(writes))
    }

    /// Sends a transaction once.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request for a reason that is neither a condition nor a conflict.
    pub(in crate::store) async fn transact_once(
        &self,
        op: &'static str,
        transaction: TransactWriteItemsFluentBuilder,
    ) -> Result<Attempt, StoreError> {
        match transaction.send().await {
            Ok(_) => Ok(Attempt::Committed),
            Err(error) => classified(&error).ok_or_else(|| StoreError::of(op)(error)),
        }
    }

    /// Sends a transaction, up to four times while other transactions or throttling cancel it.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn transact(
        &self,
        op: &'static str,
        transaction: TransactWriteItemsFluentBuilder,
    ) -> Result<Attempt, StoreError> {
        let mut retry = Retry::new(op, ATTEMPTS);
        loop {
            match self.transact_once(op, transaction.clone()).await? {
                Attempt::Busy => retry.again().await?,
                settled => return Ok(settled),
            }
        }
    }

    /// Puts an item.
    pub(in crate::store) fn transact_put(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&*self.table).set_item(Some(item))
    }

    /// Updates an item.
    pub(in crate::store) fn transact_update(&self, key: Key, expression: &str) -> UpdateBuilder {
        Update::builder().table_name(&*self.table).set_key(Some(key)).update_expression(expression)
    }

    /// Checks that an item exists.
    pub(in crate::store) fn transact_exists(&self, key: Key) -> ConditionCheckBuilder {
        let check = ConditionCheck::builder().table_name(&*self.table).set_key(Some(key));
        check.condition_expression("attribute_exists(PK)")
    }

    /// Deletes an item.
    pub(in crate::store) fn transact_delete(&self, key: Key) -> DeleteBuilder {
        Delete::builder().table_name(&*self.table).set_key(Some(key))
    }
}

/// A builder of one write of a transaction.
pub(in crate::store) trait IntoWrite {
    /// The write.
    fn into_write(self) -> TransactWriteItem;
}

impl IntoWrite for PutBuilder {
    fn into_write(self) -> TransactWriteItem {
        TransactWriteItem::builder().put(built(self.build())).build()
    }
}

impl IntoWrite for UpdateBuilder {
    fn into_write(self) -> TransactWriteItem {
        TransactWriteItem::builder().update(built(self.build())).build()
    }
}

impl IntoWrite for ConditionCheckBuilder {
    fn into_write(self) -> TransactWriteItem {
        TransactWriteItem::builder().condition_check(built(self.build())).build()
    }
}

impl IntoWrite for DeleteBuilder {
    fn into_write(self) -> TransactWriteItem {
        TransactWriteItem::builder().delete(built(self.build())).build()
    }
}

/// The attempt that an error ended, or `None` if it was not cancelled for a reason that a caller can act on.
///
/// A failed condition is final, also next to a conflict: DynamoDB checked it against the stored item.
fn classified(error: &SdkError<TransactWriteItemsError>) -> Option<Attempt> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return None;
    };
    let codes = || cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
    let failed = codes().enumerate().filter(|(_, code)| *code == "ConditionalCheckFailed");
    let failed: Vec<_> = failed.map(|(position, _)| position).collect();
    let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    if !failed.is_empty() {
        Some(Attempt::ConditionFailed(failed))
    } else if codes().any(|code| passing.contains(&code)) {
        Some(Attempt::Busy)
    } else {
        None
    }
}
