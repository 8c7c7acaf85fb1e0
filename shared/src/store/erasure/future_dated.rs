//! What an erasure finds dated ahead of it: removed and counted together, and only while the erasure is under way, when
//! nothing newer can have been let in.

use crate::model::{Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::number;
use crate::store::erasure::tombstone::Erasure;
use crate::store::error::StoreError;
use crate::store::error::TRANSACTION_CANCELLED;
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};

/// Interactions that one transaction removes (DynamoDB takes 4 MB; an interaction has 350 KB at most).
const INTERACTIONS: usize = 10;

impl Store {
    /// Removes interactions and counts them, all or none of some: none when another call has completed the erasure.
    pub(in crate::store) async fn erase_ahead(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        doomed: &[keys::Key],
    ) -> Result<(), StoreError> {
        for some in doomed.chunks(INTERACTIONS) {
            let under_way = Update::builder()
                .table_name(&*self.table)
                .set_key(Some(keys::erased(&tenant.id, user)))
                .update_expression("ADD interactions :count")
                .condition_expression("attribute_not_exists(completed_at) AND erased_at = :at")
                .expression_attribute_values(":count", number(i64::try_from(some.len()).unwrap_or(i64::MAX)))
                .expression_attribute_values(":at", number(erasure.erased_at.timestamp_micros()));
            let delete = |key: &keys::Key| {
                let delete = Delete::builder()
                    .table_name(&*self.table)
                    .set_key(Some(key.clone()))
                    .condition_expression("attribute_exists(PK)");
                TransactWriteItem::builder().delete(delete.build().expect("table and key are set")).build()
            };
            let count = under_way.build().expect("table, key and update are set");
            let count = TransactWriteItem::builder().update(count).build();
            let changes = some.iter().map(delete).chain([count]).collect();
            match self.client.transact_write_items().set_transact_items(Some(changes)).send().await {
                Ok(_) => {}
                // Another call is at it; what it leaves, the next one finds.
                Err(error) if error.code() == Some(TRANSACTION_CANCELLED) => return Ok(()),
                Err(error) => return Err(StoreError::of("erase_ahead")(error)),
            }
        }
        Ok(())
    }
}
