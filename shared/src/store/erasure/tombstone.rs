//! Erasures of users: a tombstone that keeps out what was there before, then the sweeps, then the receipt.
//!
//! The tombstone comes first: from then on events that happened before, exchanges of links made before, and sessions stay
//! out. One sweep removes what stands; another, once every request that had begun before is over, what they still wrote.

use crate::model::{TenantId, UserHash, UserId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, string, value};
use crate::store::error::CONDITION_FAILED;
use crate::store::error::StoreError;
use crate::store::interactions::feed::SETTLE_TIME;
use crate::store::keys;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// An erasure as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tombstone {
    /// When it began, in microseconds.
    erased_at: i64,
    /// What happened or was made up to then stays out, in microseconds.
    refused_until: i64,
    /// What was removed so far.
    interactions: u64,
    links: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_at: Option<i64>,
}

/// An erasure under way or completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// When it began.
    pub erased_at: DateTime<Utc>,
    /// What happened or was made up to then stays out: a request that began before may write until then.
    pub refused_until: DateTime<Utc>,
    /// Interactions that were removed so far, the chatbot's turns among them.
    pub interactions: u64,
    /// Links that were removed so far.
    pub links: u64,
    /// When nothing was left.
    pub completed_at: Option<DateTime<Utc>>,
}

impl From<Tombstone> for Erasure {
    fn from(stone: Tombstone) -> Self {
        Self {
            erased_at: time::from_micros(stone.erased_at),
            refused_until: time::from_micros(stone.refused_until),
            interactions: stone.interactions,
            links: stone.links,
            completed_at: stone.completed_at.map(time::from_micros),
        }
    }
}

impl Store {
    /// Begins to erase a user, or says how far it has come. One that is completed stays so, unless something of the user
    /// stands in the table again.
    ///
    /// # Errors
    /// The table's.
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
            Some(stone) if stone.completed_at.is_none() || !self.stands_again(tenant, &user_hash, &stone).await? => {
                return Ok(stone.into());
            }
            Some(stone) => Condition {
                expression: "erased_at = :before",
                names: &[],
                values: Item::from([(":before".to_owned(), number(stone.erased_at))]),
            },
        };
        // Readers of changes may hear of an erasure that then does not begin; never of none that did.
        self.feed_erased(tenant, user, now).await?;
        let stone = Tombstone {
            erased_at: now.timestamp_micros(),
            refused_until: (now + SETTLE_TIME).timestamp_micros(),
            interactions: 0,
            links: 0,
            completed_at: None,
        };
        match self.put_if(op, item(op, keys::erased(tenant, &user_hash), &stone)?, condition).await? {
            Put::Stored => Ok(stone.into()),
            Put::Refused(other) => Ok(value::<Tombstone>(op, other)?.into()),
        }
    }

    /// How far the erasure of a user has come.
    ///
    /// # Errors
    /// The table's.
    pub async fn erasure_get(&self, tenant: &TenantId, user: &UserHash) -> Result<Option<Erasure>, StoreError> {
        let stone: Option<Tombstone> = self.get("erasure_get", keys::erased(tenant, user)).await?;
        Ok(stone.map(Erasure::from))
    }

    /// Notes that nothing is left, if it is still this erasure that is under way.
    ///
    /// # Errors
    /// The table's.
    pub async fn erasure_complete(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        erasure: &Erasure,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::erased(tenant, user)))
            .update_expression("SET completed_at = if_not_exists(completed_at, :now)")
            .condition_expression("erased_at = :at")
            .expression_attribute_values(":at", number(erasure.erased_at.timestamp_micros()))
            .expression_attribute_values(":now", number(now.timestamp_micros()));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(()),
            Err(error) => Err(StoreError::of("erasure_complete")(error)),
        }
    }

    /// Of users, those who were erased, and up to when what is theirs stays out: for ever while it is under way.
    ///
    /// # Errors
    /// The table's.
    pub async fn erasure_deadlines(
        &self,
        tenant: &TenantId,
        users: impl Iterator<Item = &UserHash>,
    ) -> Result<HashMap<UserHash, DateTime<Utc>>, StoreError> {
        let op = "erasure_deadlines";
        let users: BTreeSet<&UserHash> = users.collect();
        let wanted = users.iter().map(|user| keys::erased(tenant, user)).collect();
        let mut found = self.batch_get(op, wanted).await?;
        let until = |user: &UserHash| {
            let stone = found.remove(&(keys::user_pk(tenant, user), keys::ERASED.to_owned()))?;
            Some(value::<Tombstone>(op, stone).map(|stone| match stone.completed_at {
                None => (user.clone(), DateTime::<Utc>::MAX_UTC),
                Some(_) => (user.clone(), time::from_micros(stone.refused_until)),
            }))
        };
        users.into_iter().filter_map(until).collect()
    }

    /// Whether something of an erased user stands in the table again.
    async fn stands_again(&self, tenant: &TenantId, user: &UserHash, stone: &Tombstone) -> Result<bool, StoreError> {
        let op = "erasure_begin";
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", string(keys::user_pk(tenant, user)))
            .consistent_read(true)
            .limit(2);
        let found = request.send().await.map_err(StoreError::of(op))?.items.unwrap_or_default();
        if found.iter().any(|item| keys::text(item, keys::SK) != keys::ERASED) {
            return Ok(true);
        }
        let (newest, _) = self.links_of_user(tenant, user, None, 1).await?;
        let newest: Vec<_> = newest.into_iter().map(|(_, link)| link).collect();
        let newest = self.links_get(&newest).await?;
        Ok(newest.iter().any(|(_, link, _)| link.created_at.timestamp_micros() > stone.refused_until))
    }
}
