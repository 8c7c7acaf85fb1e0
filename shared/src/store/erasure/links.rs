//! The links of an erasure: removed and counted together, all of a transaction or none.

use crate::crypto::LinkHash;
use crate::model::{Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::number;
use crate::store::erasure::tombstone::Erasure;
use crate::store::error::StoreError;
use crate::store::error::TRANSACTION_CANCELLED;
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};
use tokio::time::Instant;

/// Links that one transaction removes (DynamoDB takes 100 items and 4 MB; a link has 17 KB at most, and two items).
const LINKS: usize = 25;

impl Store {
    /// Removes links. What became of them stays, as nothing of it tells whose they were: the funnel of their campaign does
    /// not change, and whoever is about to exchange one finds it revoked.
    pub(in crate::store) async fn erase_links(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        deadline: Instant,
    ) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let (listed, more) = self.links_of_user(&tenant.id, user, after.as_ref(), LINKS).await?;
            let hashes: Vec<_> = listed.iter().map(|(_, link)| link.clone()).collect();
            let standing = self.links_get(&hashes).await?.into_iter();
            let old = standing.filter(|(_, link, _)| link.created_at <= erasure.refused_until);
            let old: Vec<LinkHash> = old.map(|(hash, ..)| hash).collect();
            if !old.is_empty() && !self.delete_links(tenant, user, erasure, &old).await? {
                continue;
            }
            after = listed.into_iter().next_back().map(|(page, _)| page);
            if !more || after.is_none() {
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
        }
    }

    /// Removes links and counts them, all or none: false when another call was faster with one of them.
    async fn delete_links(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        links: &[LinkHash],
    ) -> Result<bool, StoreError> {
        let delete = |link: &LinkHash| {
            let delete = Delete::builder()
                .table_name(&*self.table)
                .set_key(Some(keys::key(keys::link_pk(link), keys::LINK)))
                .condition_expression("attribute_exists(PK)");
            TransactWriteItem::builder().delete(delete.build().expect("table and key are set")).build()
        };
        let at = number(erasure.erased_at.timestamp_micros());
        let update = |key, expression: &str, name: &str, value| {
            let update = Update::builder()
                .table_name(&*self.table)
                .set_key(Some(key))
                .update_expression(expression)
                .expression_attribute_values(name, value);
            TransactWriteItem::builder().update(update.build().expect("table, key and update are set")).build()
        };
        let revoke = |link| {
            let expression = "SET revoked_at = if_not_exists(revoked_at, :at)";
            update(keys::link_state(link), expression, ":at", at.clone())
        };
        let count = number(i64::try_from(links.len()).unwrap_or(i64::MAX));
        let count = update(keys::erased(&tenant.id, user), "ADD links :count", ":count", count);
        let changes = links.iter().map(delete).chain(links.iter().map(revoke)).chain([count]).collect();
        let request = self.client.transact_write_items().set_transact_items(Some(changes));
        match request.send().await {
            Ok(_) => {
                for link in links {
                    self.link_changed(link);
                }
                Ok(true)
            }
            Err(error) if error.code() == Some(TRANSACTION_CANCELLED) => Ok(false),
            Err(error) => Err(StoreError::of("erase_links")(error)),
        }
    }
}
