//! The links of an erased user: deleted and counted together, all or none of each transaction.

use crate::model::{Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{count, number};
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::erasure::tombstone::Erasure;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::links::activity::REVOKE;
use crate::store::links::link_record::LinkRecord;
use tokio::time::Instant;

/// Links of one transaction (DynamoDB takes 100 items and 4 MB; a link has 17 KB at most, and two items).
const LINKS: usize = 25;

impl Store {
    /// Deletes the links of a user that were made before the erasure. Returns false if the deadline passed first.
    ///
    /// The activity of a link stays: it names no user, and the funnel of the campaign does not change. It is marked revoked,
    /// so that an exchange that has already read the link is refused.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn erase_links(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        deadline: Instant,
    ) -> Result<bool, StoreError> {
        let mut from = None;
        loop {
            let (links, next) = self.links_of_user(&tenant.id, user, from.clone(), LINKS).await?;
            let old = links.into_iter().filter(|record| record.link.created_at <= erasure.refused_until);
            let old: Vec<LinkRecord> = old.collect();
            // If another call has deleted one of them, the same page again.
            if old.is_empty() || self.delete_links(tenant, user, erasure, &old).await? {
                if next.is_none() {
                    return Ok(true);
                }
                from = next;
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
        }
    }

    /// Deletes links and counts them, all or none. Returns false if another call has deleted one of them.
    async fn delete_links(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        links: &[LinkRecord],
    ) -> Result<bool, StoreError> {
        let op = "erase_links";
        let at = number(erasure.erased_at.timestamp_micros());
        let counted = self
            .transact_update(keys::erased(&tenant.id, user), "ADD links :count")
            .expression_attribute_values(":count", count(links.len()));
        let mut writes = vec![counted.into_write()];
        for LinkRecord { hash, link, .. } in links {
            let delete = self.transact_delete(keys::link(hash));
            let revoke = self
                .transact_update(keys::activity(hash), REVOKE)
                .expression_attribute_names("#ttl", keys::TTL)
                .expression_attribute_values(":now", at.clone())
                .expression_attribute_values(":ttl", number(link.kept_until.timestamp()));
            writes.extend([delete.condition_expression("attribute_exists(PK)").into_write(), revoke.into_write()]);
        }
        match self.transact(op, self.transaction(writes)).await? {
            Attempt::ConditionFailed(_) => Ok(false),
            attempt => {
                attempt.committed(op)?;
                for record in links {
                    self.link_changed(&record.hash);
                }
                Ok(true)
            }
        }
    }
}
