//! Interactions dated after an erasure began: deleted and counted together, while the erasure is not complete. A newer
//! event of the user is refused until then, so every one of them is older than the erasure, whatever its date.

use crate::model::{Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::item::{count, number};
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::erasure::tombstone::Erasure;
use crate::store::error::StoreError;
use crate::store::keys::{self, Key};

/// Interactions of one transaction (DynamoDB takes 4 MB; an interaction has 350 KB at most).
const INTERACTIONS: usize = 10;

impl Store {
    /// Deletes interactions and counts them, all or none of each transaction. Stops when another call has deleted one of
    /// them or completed the erasure.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn erase_future_dated(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        interactions: Vec<Key>,
    ) -> Result<(), StoreError> {
        let op = "erase_future_dated";
        for some in chunks(interactions, INTERACTIONS) {
            let counted = self
                .transact_update(keys::erased(&tenant.id, user), "ADD interactions :count")
                .condition_expression("attribute_not_exists(completed_at) AND erased_at = :at")
                .expression_attribute_values(":count", count(some.len()))
                .expression_attribute_values(":at", number(erasure.erased_at.timestamp_micros()));
            let mut writes = vec![counted.into_write()];
            writes.extend(
                some.into_iter()
                    .map(|key| self.transact_delete(key).condition_expression("attribute_exists(PK)").into_write()),
            );
            match self.transact(op, self.transaction(writes)).await? {
                // A later call deletes what the other one leaves.
                Attempt::ConditionFailed(_) => return Ok(()),
                attempt => attempt.committed(op)?,
            }
        }
        Ok(())
    }
}
