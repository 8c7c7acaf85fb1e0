//! Handoffs: exchanged once, in one transaction with the link's use and the user's context.

use crate::crypto::Handoff;
use crate::model::{Link, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{item, number};
use crate::store::dynamo::retry;
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{CancellationReason, ConditionCheck, Put, TransactWriteItem, Update};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// What became of an attempt to open a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeOutcome {
    /// It is open since this instant, for this nonce; a repeat says the same instant.
    At(DateTime<Utc>),
    /// Another nonce owns the handoff.
    Taken,
    /// The link was revoked, or used up, or its user erased, meanwhile.
    Gone,
}

/// Who owns a handoff.
#[derive(Serialize, Deserialize)]
struct Owner {
    nonce: String,
    opened_at: i64,
    ttl: i64,
}

impl Store {
    /// Opens a link: the nonce takes the handoff, the use is counted, the attributes join the user's context; all of
    /// it or nothing.
    ///
    /// # Errors
    /// The table's; nothing is spent then, or all of it, and the same nonce may try again.
    pub async fn handoff_exchange(
        &self,
        handoff: &Handoff,
        nonce: &str,
        link: &Link,
        now: DateTime<Utc>,
    ) -> Result<ExchangeOutcome, StoreError> {
        let op = "handoff_exchange";
        for attempt in 0..16 {
            let mut request = self
                .client
                .transact_write_items()
                .transact_items(self.owner_put(handoff, nonce, now)?)
                .transact_items(self.spend(handoff, link, now))
                .transact_items(self.campaign_check(link))
                .transact_items(self.erased_check(link));
            if !link.attributes.is_empty() {
                let change =
                    self.context_change(&link.tenant, &link.user_hash, &link.attributes, link.created_at).await?;
                let put = Put::builder()
                    .set_item(Some(change.item))
                    .condition_expression(change.condition.expression)
                    .set_expression_attribute_values(
                        (!change.condition.values.is_empty()).then_some(change.condition.values),
                    );
                request = request.transact_items(self.transact_put(put));
            }
            let Err(error) = request.send().await else {
                self.link_changed(&handoff.link);
                return Ok(ExchangeOutcome::At(time::from_seconds(now.timestamp())));
            };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
            else {
                return Err(StoreError::of(op)(error));
            };
            let refused = |place: usize| cancelled.cancellation_reasons().get(place).is_some_and(condition_failed);
            if refused(0) {
                return self.handoff_owner(handoff, nonce).await;
            }
            if (1..=3).any(refused) {
                return Ok(ExchangeOutcome::Gone);
            }
            // The context changed between reading and writing, or another transaction was faster: again.
            retry::wait(attempt.min(3)).await;
        }
        Err(StoreError::retries_exhausted(op))
    }

    async fn handoff_owner(&self, handoff: &Handoff, nonce: &str) -> Result<ExchangeOutcome, StoreError> {
        let owner: Option<Owner> = self.get("handoff_owner", keys::handoff(&handoff.jti)).await?;
        let ours = owner.filter(|owner| owner.nonce == nonce);
        Ok(ours.map_or(ExchangeOutcome::Taken, |owner| ExchangeOutcome::At(time::from_seconds(owner.opened_at))))
    }

    fn owner_put(&self, handoff: &Handoff, nonce: &str, now: DateTime<Utc>) -> Result<TransactWriteItem, StoreError> {
        let ttl = (now + TimeDelta::hours(1)).timestamp();
        let owner = Owner { nonce: nonce.to_owned(), opened_at: now.timestamp(), ttl };
        let owner = item("handoff_exchange", keys::handoff(&handoff.jti), &owner)?;
        Ok(self.transact_put(Put::builder().set_item(Some(owner)).condition_expression("attribute_not_exists(PK)")))
    }

    /// One use of the link, if it has one left and is not revoked. A test link is looked at and left as it is.
    fn spend(&self, handoff: &Handoff, link: &Link, now: DateTime<Utc>) -> TransactWriteItem {
        let key = keys::link_state(&handoff.link);
        if link.test {
            return self.transact_check(key, "attribute_not_exists(revoked_at)");
        }
        let mut update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key))
            .update_expression("SET first_opened_at = if_not_exists(first_opened_at, :now) ADD uses :one")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":one", number(1))
            .condition_expression("attribute_not_exists(revoked_at)");
        if let Some(most) = link.max_uses {
            update = update
                .condition_expression(
                    "attribute_not_exists(revoked_at) AND (attribute_not_exists(uses) OR uses < :most)",
                )
                .expression_attribute_values(":most", number(i64::try_from(most).unwrap_or(i64::MAX)));
        }
        TransactWriteItem::builder().update(update.build().expect("table, key and update are set")).build()
    }

    fn campaign_check(&self, link: &Link) -> TransactWriteItem {
        self.transact_check(keys::campaign(&link.tenant, &link.campaign), "attribute_not_exists(revoked_at)")
    }

    /// The user was not erased after the link was made.
    fn erased_check(&self, link: &Link) -> TransactWriteItem {
        let check = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(keys::erased(&link.tenant, &link.user_hash)))
            .condition_expression(
                "attribute_not_exists(PK) OR (attribute_exists(completed_at) AND refused_until < :made)",
            )
            .expression_attribute_values(":made", number(link.created_at.timestamp_micros()));
        TransactWriteItem::builder().condition_check(check.build().expect("table, key and condition are set")).build()
    }

    fn transact_check(&self, key: keys::Key, condition: &str) -> TransactWriteItem {
        let check =
            ConditionCheck::builder().table_name(&*self.table).set_key(Some(key)).condition_expression(condition);
        TransactWriteItem::builder().condition_check(check.build().expect("table, key and condition are set")).build()
    }

    fn transact_put(&self, put: PutBuilder) -> TransactWriteItem {
        TransactWriteItem::builder().put(put.table_name(&*self.table).build().expect("table and item are set")).build()
    }
}

pub(in crate::store) fn condition_failed(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}
