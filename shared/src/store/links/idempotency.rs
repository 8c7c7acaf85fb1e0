//! Requests that may be sent again: a key stands for a body for seven days.

use crate::model::{AccountId, TenantId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, value};
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Days that a key is kept for.
const DAYS: i64 = 7;

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The hash of the body that it came with first.
    pub body_hash: String,
    /// When it came first: what follows from time follows from this.
    pub made_at: DateTime<Utc>,
    /// Whether everything was made.
    pub done: bool,
}

#[derive(Serialize, Deserialize)]
struct Record {
    body_hash: String,
    began_at: i64,
    done: bool,
    ttl: i64,
}

impl Store {
    /// What an account's key stands for; none when it is new or was used more than seven days ago.
    ///
    /// # Errors
    /// The table's.
    pub async fn idempotency_find(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let record: Option<Record> = self.get("idempotency_find", keys::idempotency(tenant, account, key)).await?;
        Ok(record.filter(|record| now.timestamp() < record.ttl).map(IdempotencyRecord::from))
    }

    /// Lets a key stand for a body from now on, unless somebody was faster: then it stands for what they sent.
    ///
    /// # Errors
    /// The table's.
    pub async fn idempotency_begin(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        key: &str,
        body_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<IdempotencyRecord, StoreError> {
        let op = "idempotency_begin";
        let ttl = (now + TimeDelta::days(DAYS)).timestamp();
        let record = Record { body_hash: body_hash.to_owned(), began_at: now.timestamp_micros(), done: false, ttl };
        let new = item(op, keys::idempotency(tenant, account, key), &record)?;
        let condition = Condition {
            expression: "attribute_not_exists(PK) OR #ttl <= :now",
            names: &[("#ttl", keys::TTL)],
            values: Item::from([(":now".to_owned(), number(now.timestamp()))]),
        };
        match self.put_if(op, new, condition).await? {
            Put::Stored => Ok(record.into()),
            Put::Refused(faster) => value::<Record>(op, faster).map(IdempotencyRecord::from),
        }
    }

    /// Notes that everything of a key's request was made: from now on it is answered without a write.
    ///
    /// # Errors
    /// The table's.
    pub async fn idempotency_done(&self, tenant: &TenantId, account: &AccountId, key: &str) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(keys::idempotency(tenant, account, key)))
            .update_expression("SET done = :done")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":done", aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        request.send().await.map(drop).map_err(StoreError::of("idempotency_done"))
    }
}

impl From<Record> for IdempotencyRecord {
    fn from(record: Record) -> Self {
        Self { body_hash: record.body_hash, made_at: time::from_micros(record.began_at), done: record.done }
    }
}
