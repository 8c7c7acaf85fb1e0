//! Handoffs: exchanged once, in one transaction with the link's use counter and the user's context.

use crate::crypto::Handoff;
use crate::model::{Link, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{item, number};
use crate::store::dynamo::retry::Retry;
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Attempts of an exchange that other transactions cancel, or during which the user's context changes.
const ATTEMPTS: u32 = 16;
/// Doublings of the waits between them, to 0.4 s: all 15 waits add up to 5.15 s at most, well below the request's 25 s.
const DOUBLINGS: u32 = 3;

/// The result of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeOutcome {
    /// The nonce owns the handoff since this time. A repeated exchange returns the same time.
    At(DateTime<Utc>),
    /// Another nonce owns the handoff.
    Taken,
    /// The link was revoked or used up, or its user was erased, since the link was read.
    Gone,
}

/// The owner of a handoff, as stored.
#[derive(Serialize, Deserialize)]
struct Owner {
    nonce: String,
    opened_at: i64,
    ttl: i64,
}

impl Store {
    /// Exchanges a handoff: the nonce becomes its owner, the use is counted, and the link's attributes are merged into the
    /// user's context; all of it or nothing.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. The same nonce may try again: the use
    /// is counted once.
    pub async fn handoff_exchange(
        &self,
        handoff: &Handoff,
        nonce: &str,
        link: &Link,
        now: DateTime<Utc>,
    ) -> Result<ExchangeOutcome, StoreError> {
        let op = "handoff_exchange";
        let mut retry = Retry::new(op, ATTEMPTS).with_doublings(DOUBLINGS);
        loop {
            // The failed positions below are those of this list.
            let mut writes = vec![
                self.owner_put(handoff, nonce, now)?,
                self.use_count(handoff, link, now),
                self.campaign_check(link),
                self.erased_check(link),
            ];
            if !link.attributes.is_empty() {
                let change =
                    self.context_change(&link.tenant, &link.user_hash, &link.attributes, link.created_at).await?;
                let put = self.transact_put(change.item).condition_expression(change.condition.expression);
                writes.push(put.set_expression_attribute_values(change.condition.into_values()).into_write());
            }
            match self.transact_once(op, self.transaction(writes)).await? {
                Attempt::Committed => {
                    self.link_changed(&handoff.link);
                    return Ok(ExchangeOutcome::At(time::from_seconds(now.timestamp())));
                }
                Attempt::ConditionFailed(at) if at.contains(&0) => return self.handoff_owner(handoff, nonce).await,
                Attempt::ConditionFailed(at) if at.iter().any(|position| (1..=3).contains(position)) => {
                    return Ok(ExchangeOutcome::Gone);
                }
                // The context changed between reading and writing.
                Attempt::ConditionFailed(_) | Attempt::Busy => {}
            }
            retry.again().await?;
        }
    }

    async fn handoff_owner(&self, handoff: &Handoff, nonce: &str) -> Result<ExchangeOutcome, StoreError> {
        let owner: Option<Owner> = self.get("handoff_owner", keys::handoff(&handoff.jti)).await?;
        let same = owner.filter(|owner| owner.nonce == nonce);
        Ok(same.map_or(ExchangeOutcome::Taken, |owner| ExchangeOutcome::At(time::from_seconds(owner.opened_at))))
    }

    fn owner_put(&self, handoff: &Handoff, nonce: &str, now: DateTime<Utc>) -> Result<TransactWriteItem, StoreError> {
        let ttl = (now + TimeDelta::hours(1)).timestamp();
        let owner = Owner { nonce: nonce.to_owned(), opened_at: now.timestamp(), ttl };
        let owner = item("handoff_exchange", keys::handoff(&handoff.jti), &owner)?;
        Ok(self.transact_put(owner).condition_expression("attribute_not_exists(PK)").into_write())
    }

    /// Counts a use of the link, if it has one left and is not revoked. A use of a test link is checked, not counted.
    fn use_count(&self, handoff: &Handoff, link: &Link, now: DateTime<Utc>) -> TransactWriteItem {
        let key = keys::link_state(&handoff.link);
        if link.test {
            return self.transact_check(key, "attribute_not_exists(revoked_at)").into_write();
        }
        let update = self
            .transact_update(key, "SET first_opened_at = if_not_exists(first_opened_at, :now) ADD uses :one")
            .expression_attribute_values(":now", number(now.timestamp_micros()))
            .expression_attribute_values(":one", number(1));
        let update = match link.max_uses {
            None => update.condition_expression("attribute_not_exists(revoked_at)"),
            Some(max_uses) => update
                .condition_expression(
                    "attribute_not_exists(revoked_at) AND (attribute_not_exists(uses) OR uses < :max_uses)",
                )
                .expression_attribute_values(":max_uses", AttributeValue::N(max_uses.to_string())),
        };
        update.into_write()
    }

    /// The link's campaign is not revoked.
    fn campaign_check(&self, link: &Link) -> TransactWriteItem {
        let key = keys::campaign(&link.tenant, &link.campaign);
        self.transact_check(key, "attribute_not_exists(revoked_at)").into_write()
    }

    /// The link's user was not erased after the link was made.
    fn erased_check(&self, link: &Link) -> TransactWriteItem {
        self.transact_check(
            keys::erased(&link.tenant, &link.user_hash),
            "attribute_not_exists(PK) OR (attribute_exists(completed_at) AND refused_until < :made)",
        )
        .expression_attribute_values(":made", number(link.created_at.timestamp_micros()))
        .into_write()
    }
}
