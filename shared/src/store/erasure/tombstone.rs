//! The tombstone of an erased user: what it refuses, how much was deleted, and when the erasure was complete.
//!
//! The tombstone is written first: from then on it refuses events dated before the erasure, exchanges of links made before
//! it, and sessions. One sweep deletes the existing items. A second sweep follows [`SETTLE_TIME`] later, when every request
//! that had begun before is over, and deletes what those still wrote.

use crate::model::{TenantId, UserHash, UserId, time};
use crate::store::client::Store;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::{Condition, Item, Put, held, item, number, value};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::interactions::feed::SETTLE_TIME;
use crate::store::keys;
use crate::store::users::contexts;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Links of one page in the search for a link that was made after an erasure.
const NEWEST_LINKS: usize = 25;

/// An erasure as stored; times in microseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tombstone {
    erased_at: i64,
    refused_until: i64,
    interactions: u64,
    links: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_at: Option<i64>,
}

/// An erasure under way or complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// When it began.
    pub erased_at: DateTime<Utc>,
    /// Events dated and links made up to this time are refused. It is later than `erased_at`, because a request that began
    /// before may write until then.
    pub refused_until: DateTime<Utc>,
    /// Interactions deleted so far, the chatbot's included.
    pub interactions: u64,
    /// Links deleted so far.
    pub links: u64,
    /// When nothing was left.
    pub completed_at: Option<DateTime<Utc>>,
}

impl From<Tombstone> for Erasure {
    fn from(tombstone: Tombstone) -> Self {
        Self {
            erased_at: time::from_micros(tombstone.erased_at),
            refused_until: time::from_micros(tombstone.refused_until),
            interactions: tombstone.interactions,
            links: tombstone.links,
            completed_at: tombstone.completed_at.map(time::from_micros),
        }
    }
}

impl Store {
    /// Begins to erase a user, or returns the erasure that has begun. A complete erasure begins again only if the table holds
    /// items of the user again.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn erasure_begin(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<Erasure, StoreError> {
        let op = "erasure_begin";
        let user_hash = self.data_key.user_hash(tenant, user);
        let before: Option<Tombstone> = self.get(op, keys::erased(tenant, &user_hash)).await?;
        let condition = match before {
            None => Condition::absent(),
            Some(before)
                if before.completed_at.is_none() || !self.has_items_again(tenant, &user_hash, &before).await? =>
            {
                return Ok(before.into());
            }
            Some(before) => Condition {
                expression: "erased_at = :before",
                names: &[],
                values: Item::from([(":before".to_owned(), number(before.erased_at))]),
            },
        };
        // The feed first: a reader may see an erasure that then does not begin, but never misses one that does.
        self.feed_erased(tenant, user, now).await?;
        let tombstone = Tombstone {
            erased_at: now.timestamp_micros(),
            refused_until: (now + SETTLE_TIME).timestamp_micros(),
            interactions: 0,
            links: 0,
            completed_at: None,
        };
        match self.put_if(op, item(op, keys::erased(tenant, &user_hash), &tombstone)?, condition).await? {
            Put::Stored => {
                let erasure = Erasure::from(tombstone);
                self.context_erase(tenant, &user_hash, erasure.refused_until).await?;
                Ok(erasure)
            }
            Put::Refused(other) => Ok(value::<Tombstone>(op, other)?.into()),
        }
    }

    /// The erasure of a user, if one has begun.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn erasure_get(&self, tenant: &TenantId, user: &UserHash) -> Result<Option<Erasure>, StoreError> {
        let tombstone: Option<Tombstone> = self.get("erasure_get", keys::erased(tenant, user)).await?;
        Ok(tombstone.map(Erasure::from))
    }

    /// Records that an erasure is complete. Does nothing if another erasure of the user has begun.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn erasure_complete(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        erasure: &Erasure,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let request = self
            .update(keys::erased(tenant, user), "SET completed_at = if_not_exists(completed_at, :now)")
            .condition_expression("erased_at = :at")
            .expression_attribute_values(":at", number(erasure.erased_at.timestamp_micros()))
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        held("erasure_complete", request.send().await).map(drop)
    }

    /// The erased ones among users, each with the time up to which its events are refused: the end of time while the erasure
    /// is under way.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn erasure_deadlines(
        &self,
        tenant: &TenantId,
        users: impl Iterator<Item = &UserHash>,
    ) -> Result<HashMap<UserHash, DateTime<Utc>>, StoreError> {
        let op = "erasure_deadlines";
        let users: BTreeSet<&UserHash> = users.collect();
        let wanted = users.iter().map(|user| keys::erased(tenant, user)).collect();
        let mut found = self.batch_get(op, wanted, Freshness::Consistent).await?;
        let until = |user: &UserHash| {
            let tombstone = found.remove(&(keys::user_pk(tenant, user), keys::ERASED.to_owned()))?;
            Some(value::<Tombstone>(op, tombstone).map(|tombstone| match tombstone.completed_at {
                None => (user.clone(), DateTime::<Utc>::MAX_UTC),
                Some(_) => (user.clone(), time::from_micros(tombstone.refused_until)),
            }))
        };
        users.into_iter().filter_map(until).collect()
    }

    /// Whether the table holds items of an erased user again, other than the tombstone.
    async fn has_items_again(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        tombstone: &Tombstone,
    ) -> Result<bool, StoreError> {
        let op = "erasure_begin";
        // The context, which stays with the mark of the erasure, the tombstone, and one more.
        let request = self.query_prefix(keys::user_pk(tenant, user), "").consistent_read(true).limit(3);
        for item in query::page(op, request).await?.0 {
            let is_left = match keys::text(&item, keys::SK) {
                keys::ERASED => false,
                keys::CONTEXT => contexts::has_attributes(op, item)?,
                _ => true,
            };
            if is_left {
                return Ok(true);
            }
        }
        let mut from = None;
        loop {
            let (links, next) = self.links_of_user(tenant, user, from, NEWEST_LINKS).await?;
            if links.iter().any(|record| record.link.created_at.timestamp_micros() > tombstone.refused_until) {
                return Ok(true);
            }
            from = next.filter(|next| !next.is_before(time::from_micros(tombstone.refused_until)));
            if from.is_none() {
                return Ok(false);
            }
        }
    }
}
