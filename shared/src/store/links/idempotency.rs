//! Idempotency keys of requests for links: a key names the body of its first request for seven days.

use crate::model::{AccountId, TenantId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Item, Put, item, number, value};
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// Days that a key is kept.
const DAYS: i64 = 7;

/// The first request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The hash of its body.
    pub body_hash: String,
    /// The base of its links: what a later request was sent to does not change the URLs.
    pub base: Url,
    /// When it came. A repeated request makes its links as of this time.
    pub made_at: DateTime<Utc>,
    /// Whether all its links were made.
    pub done: bool,
}

#[derive(Serialize, Deserialize)]
struct Record {
    body_hash: String,
    base: Url,
    began_at: i64,
    done: bool,
    ttl: i64,
}

impl Store {
    /// The first request with an account's key. `None` if there was none in the last seven days.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
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

    /// Records the first request with a key, unless another request came first; returns the record of the first.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn idempotency_begin(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        key: &str,
        (body_hash, base): (&str, &Url),
        now: DateTime<Utc>,
    ) -> Result<IdempotencyRecord, StoreError> {
        let op = "idempotency_begin";
        let ttl = (now + TimeDelta::days(DAYS)).timestamp();
        let began_at = now.timestamp_micros();
        let record = Record { body_hash: body_hash.to_owned(), base: base.clone(), began_at, done: false, ttl };
        let new = item(op, keys::idempotency(tenant, account, key), &record)?;
        let condition = Condition {
            expression: "attribute_not_exists(PK) OR #ttl <= :now",
            names: &[("#ttl", keys::TTL)],
            values: Item::from([(":now".to_owned(), number(now.timestamp()))]),
        };
        match self.put_if(op, new, condition).await? {
            Put::Stored => Ok(record.into()),
            Put::Refused(first) => value::<Record>(op, first).map(IdempotencyRecord::from),
        }
    }

    /// Records that all links of a key's request were made: a repeated request writes nothing from now on.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the key does not exist, DynamoDB rejects the request or retries are exhausted.
    pub async fn idempotency_done(&self, tenant: &TenantId, account: &AccountId, key: &str) -> Result<(), StoreError> {
        let request = self
            .update(keys::idempotency(tenant, account, key), "SET done = :done")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":done", aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        request.send().await.map(drop).map_err(StoreError::of("idempotency_done"))
    }
}

impl From<Record> for IdempotencyRecord {
    fn from(record: Record) -> Self {
        let Record { body_hash, base, began_at, done, .. } = record;
        Self { body_hash, base, made_at: time::from_micros(began_at), done }
    }
}
