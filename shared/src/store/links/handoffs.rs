//! Handoffs: exchanged once. An exchange writes only items of its own link and user, so exchanges of one campaign never
//! wait for one another (decision 0071).
//!
//! The writes follow one another, and each is safe to repeat: the nonce becomes the handoff's owner, the use is counted,
//! and the attributes are merged. A repeat after an interruption makes up for what is missing, and gets the same answer.

use crate::crypto::{Handoff, LinkHash};
use crate::model::{Link, LinkActivity, time};
use crate::store::client::Store;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Condition, Item, Put, Update, held_or_old, item, number, string, value};
use crate::store::dynamo::retry::Retry;
use crate::store::dynamo::transaction::{Attempt, IntoWrite as _};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::users::contexts::Merge;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Attempts of an exchange of a link with limited uses, which other exchanges of the same link cancel.
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
    /// The link was revoked or used up since it was read, or its user was erased.
    Gone,
}

/// The owner of a handoff, as stored.
#[derive(Serialize, Deserialize)]
struct Owner {
    nonce: String,
    opened_at: i64,
    ttl: i64,
}

/// Who owns a handoff after a nonce asked for it.
enum Ownership {
    /// The nonce, since now.
    New,
    /// The nonce, since an earlier request.
    Since(DateTime<Utc>),
    /// Another nonce.
    Taken,
}

/// The part of an activity that refuses an exchange.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Revocation {
    revoked_at: Option<i64>,
}

impl Store {
    /// Exchanges a handoff: the nonce becomes its owner, the use is counted, and the link's attributes are merged into the
    /// user's context.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. The same nonce may try again: a
    /// limited use is spent once, and no use is counted twice.
    pub async fn handoff_exchange(
        &self,
        handoff: &Handoff,
        nonce: &str,
        link: &Link,
        now: DateTime<Utc>,
    ) -> Result<ExchangeOutcome, StoreError> {
        let (opened, context) = tokio::try_join!(
            self.handoff_open(handoff, nonce, link, now),
            self.context_read(&link.tenant, &link.user_hash),
        )?;
        self.link_changed(&handoff.link);
        let ExchangeOutcome::At(_) = opened else { return Ok(opened) };
        let (tenant, user) = (&link.tenant, &link.user_hash);
        let merge = self.context_merge_unless_erased(tenant, user, context, &link.attributes, link.created_at);
        Ok(match merge.await? {
            Merge::Done => opened,
            Merge::Erased => ExchangeOutcome::Gone,
        })
    }

    /// Makes the nonce the handoff's owner, and counts the use.
    async fn handoff_open(
        &self,
        handoff: &Handoff,
        nonce: &str,
        link: &Link,
        now: DateTime<Utc>,
    ) -> Result<ExchangeOutcome, StoreError> {
        if let (Some(max_uses), false) = (link.max_uses, link.test) {
            return self.handoff_spend(handoff, nonce, link, max_uses, now).await;
        }
        let (since, is_new) = match self.handoff_own(handoff, nonce, now).await? {
            Ownership::Taken => return Ok(ExchangeOutcome::Taken),
            Ownership::New => (time::from_seconds(now.timestamp()), true),
            Ownership::Since(at) => (at, false),
        };
        // Uses of test links are not counted.
        let is_live = link.test || self.use_count(handoff, link, is_new, now).await?;
        Ok(if is_live { ExchangeOutcome::At(since) } else { ExchangeOutcome::Gone })
    }

    async fn handoff_own(&self, handoff: &Handoff, nonce: &str, now: DateTime<Utc>) -> Result<Ownership, StoreError> {
        let op = "handoff_own";
        match self.put_if(op, owner_item(handoff, nonce, now)?, Condition::absent()).await? {
            Put::Stored => Ok(Ownership::New),
            Put::Refused(owner) => Ok(ownership(&value(op, owner)?, nonce)),
        }
    }

    /// Counts a use of a link without a limit. Returns false if the link is revoked.
    ///
    /// A repeated exchange counts only if the link was never opened: whether its first attempt was counted, only the
    /// activity could tell, and that knows the last handoff alone. So a use is never counted twice, and after a crash
    /// between two writes at most one use of a link is missing.
    async fn use_count(
        &self,
        handoff: &Handoff,
        link: &Link,
        is_new: bool,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let op = "use_count";
        // The SDK may send a request again whose answer was lost.
        let condition = if is_new {
            "attribute_not_exists(revoked_at) AND (attribute_not_exists(opened_by) OR opened_by <> :handoff)"
        } else {
            "attribute_not_exists(revoked_at) AND attribute_not_exists(opened_by)"
        };
        let request = self
            .update(keys::activity(&handoff.link), USE)
            .expression_attribute_names("#ttl", keys::TTL)
            .condition_expression(condition)
            .set_expression_attribute_values(Some(self.use_values(handoff, link, now)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match held_or_old(op, request.send().await)? {
            Update::Done(_) => Ok(true),
            Update::Refused(old) => Ok(value::<Revocation>(op, old)?.revoked_at.is_none()),
        }
    }

    /// Spends a limited use: one transaction of the handoff's owner and the link's activity.
    async fn handoff_spend(
        &self,
        handoff: &Handoff,
        nonce: &str,
        link: &Link,
        max_uses: u64,
        now: DateTime<Utc>,
    ) -> Result<ExchangeOutcome, StoreError> {
        let op = "handoff_spend";
        let mut retry = Retry::new(op, ATTEMPTS).with_doublings(DOUBLINGS);
        loop {
            // The failed positions below are those of this list.
            let own = self.transact_put(owner_item(handoff, nonce, now)?);
            let spend = self
                .transact_update(keys::activity(&handoff.link), USE)
                .expression_attribute_names("#ttl", keys::TTL)
                .condition_expression(
                    "attribute_not_exists(revoked_at) AND (attribute_not_exists(uses) OR uses < :max_uses)",
                )
                .set_expression_attribute_values(Some(self.use_values(handoff, link, now)))
                .expression_attribute_values(":max_uses", AttributeValue::N(max_uses.to_string()));
            let writes = vec![own.condition_expression("attribute_not_exists(PK)").into_write(), spend.into_write()];
            match self.transact_once(op, self.transaction(writes)).await? {
                Attempt::Committed => return Ok(ExchangeOutcome::At(time::from_seconds(now.timestamp()))),
                Attempt::ConditionFailed(at) if at.contains(&0) => {
                    return Ok(self.handoff_owner(handoff, nonce).await?.unwrap_or(ExchangeOutcome::Taken));
                }
                Attempt::ConditionFailed(_) => return Ok(ExchangeOutcome::Gone),
                Attempt::Busy => retry.again().await?,
            }
            // Once the last use is spent, further attempts would only cancel one another.
            if self.is_spent(&handoff.link, max_uses).await? {
                return Ok(self.handoff_owner(handoff, nonce).await?.unwrap_or(ExchangeOutcome::Gone));
            }
        }
    }

    /// Whether a link with limited uses has none left.
    async fn is_spent(&self, link: &LinkHash, max_uses: u64) -> Result<bool, StoreError> {
        let op = "is_spent";
        let found = self.get_all(op, vec![keys::activity(link)], Freshness::Consistent).await?;
        let activity = found.into_iter().next().map(|found| value::<LinkActivity>(op, found)).transpose()?;
        Ok(activity.is_some_and(|activity| activity.uses >= max_uses))
    }

    /// The outcome for a nonce of a handoff that has an owner.
    async fn handoff_owner(&self, handoff: &Handoff, nonce: &str) -> Result<Option<ExchangeOutcome>, StoreError> {
        let owner: Option<Owner> = self.get("handoff_owner", keys::handoff(&handoff.jti)).await?;
        Ok(owner.map(|owner| match ownership(&owner, nonce) {
            Ownership::Since(at) => ExchangeOutcome::At(at),
            Ownership::New | Ownership::Taken => ExchangeOutcome::Taken,
        }))
    }

    fn use_values(&self, handoff: &Handoff, link: &Link, now: DateTime<Utc>) -> Item {
        let values = [
            (":now", number(now.timestamp_micros())),
            (":one", number(1)),
            (":handoff", string(&handoff.jti)),
            (":campaign", self.campaign_name(link)),
            (":ttl", number(link.kept_until.timestamp())),
        ];
        values.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

/// Counts a use of a link.
const USE: &str = "SET first_opened_at = if_not_exists(first_opened_at, :now), opened_by = :handoff, \
    campaign = :campaign, #ttl = :ttl ADD uses :one";

fn owner_item(handoff: &Handoff, nonce: &str, now: DateTime<Utc>) -> Result<Item, StoreError> {
    let ttl = (now + TimeDelta::hours(1)).timestamp();
    let owner = Owner { nonce: nonce.to_owned(), opened_at: now.timestamp(), ttl };
    item("handoff_exchange", keys::handoff(&handoff.jti), &owner)
}

/// Whether the owner of a handoff is this nonce.
fn ownership(owner: &Owner, nonce: &str) -> Ownership {
    if owner.nonce == nonce { Ownership::Since(time::from_seconds(owner.opened_at)) } else { Ownership::Taken }
}
