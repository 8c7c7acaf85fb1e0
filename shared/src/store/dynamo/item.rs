//! Reading and writing single items.

use crate::store::client::Store;
use crate::store::dynamo::retry;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::keys::{Key, SK};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

pub(in crate::store) type Item = HashMap<String, AttributeValue>;

/// An item of a key and a value.
pub(in crate::store) fn item<T: Serialize>(op: &'static str, key: Key, value: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(StoreError::item(op))?;
    item.extend(key);
    Ok(item)
}

/// The value of an item.
pub(in crate::store) fn value<T: DeserializeOwned>(op: &'static str, item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(StoreError::item(op))
}

pub(in crate::store) fn number(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

pub(in crate::store) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// Under which condition something is stored.
pub(in crate::store) struct Condition {
    /// The expression.
    pub(in crate::store) expression: &'static str,
    /// The names that stand for reserved words in it.
    pub(in crate::store) names: &'static [(&'static str, &'static str)],
    /// The values that stand in it.
    pub(in crate::store) values: Item,
}

impl Condition {
    /// Nothing stands there yet.
    pub(in crate::store) fn absent() -> Self {
        Self { expression: "attribute_not_exists(PK)", names: &[], values: Item::new() }
    }
}

/// What a conditional put found.
pub(in crate::store) enum Put {
    /// The condition held; the item is stored.
    Stored,
    /// The condition did not hold; this is what stands there.
    Refused(Item),
}

impl Store {
    /// One item by key, read consistently.
    pub(in crate::store) async fn get<T: DeserializeOwned>(
        &self,
        op: &'static str,
        key: Key,
    ) -> Result<Option<T>, StoreError> {
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key)).consistent_read(true);
        let found = request.send().await.map_err(StoreError::of(op))?.item;
        found.map(|found| value(op, found)).transpose()
    }

    /// Up to 100 items by key, read consistently, in no order; what does not exist is missing.
    pub(in crate::store) async fn get_all(&self, op: &'static str, keys: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted = keys;
        for attempt in 0..5 {
            if attempt > 0 && !wanted.is_empty() {
                retry::wait(attempt).await;
            }
            if wanted.is_empty() {
                return Ok(found);
            }
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
            let keys = keys.build().expect("keys are set");
            let request = self.client.batch_get_item().request_items(&*self.table, keys);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            wanted = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|rest| rest.keys).collect();
        }
        Err(StoreError::retries_exhausted(op))
    }

    /// Stores an item under a condition.
    pub(in crate::store) async fn put_if(
        &self,
        op: &'static str,
        item: Item,
        condition: Condition,
    ) -> Result<Put, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(condition.expression)
            .set_expression_attribute_values((!condition.values.is_empty()).then_some(condition.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = condition
            .names
            .iter()
            .fold(request, |request, (name, word)| request.expression_attribute_names(*name, *word));
        match request.send().await {
            Ok(_) => Ok(Put::Stored),
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Put::Refused(failed.item.clone().unwrap_or_default()))
                }
                _ => Err(StoreError::of(op)(error)),
            },
        }
    }

    /// Stores an item, whatever stood there.
    pub(in crate::store) async fn put(&self, op: &'static str, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        request.send().await.map(drop).map_err(StoreError::of(op))
    }

    /// Some items of a partition whose sort key begins with a prefix, the last first, before a sort key; and whether
    /// there may be more.
    pub(in crate::store) async fn newest(
        &self,
        op: &'static str,
        pk: String,
        prefix: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .expression_attribute_values(":pk", string(&pk))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(before.map(|sk| keys::key(pk.clone(), sk)));
        let request = if prefix.is_empty() {
            request.key_condition_expression("PK = :pk")
        } else {
            request
                .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                .expression_attribute_values(":prefix", string(prefix))
        };
        let answer = request.send().await.map_err(StoreError::of(op))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.is_some()))
    }

    /// Every item of a partition whose sort key begins with a prefix, read consistently.
    pub(in crate::store) async fn list(
        &self,
        op: &'static str,
        pk: String,
        prefix: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let request = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                .expression_attribute_values(":pk", string(&pk))
                .expression_attribute_values(":prefix", string(prefix))
                .consistent_read(true)
                .set_exclusive_start_key(after);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            found.extend(answer.items.unwrap_or_default());
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}

/// The value of the item with a sort key among several of one partition.
pub(in crate::store) fn find<T: DeserializeOwned>(
    op: &'static str,
    items: &[Item],
    sk: &Key,
) -> Result<Option<T>, StoreError> {
    let sk = keys::text(sk, SK);
    items.iter().find(|item| keys::text(item, SK) == sk).map(|item| value(op, item.clone())).transpose()
}
