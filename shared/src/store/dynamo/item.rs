//! Single items: conversion, `GetItem`, `PutItem` and `UpdateItem`.

use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::keys::{self, Key, SK};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

pub(in crate::store) type Item = HashMap<String, AttributeValue>;

/// An item of a key and a value.
///
/// # Errors
/// Returns [`StoreError`] if the value has no form as an item.
pub(in crate::store) fn item<T: Serialize>(op: &'static str, key: Key, value: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(StoreError::item(op))?;
    item.extend(key);
    Ok(item)
}

/// The value of an item.
///
/// # Errors
/// Returns [`StoreError`] if the item does not have the fields of the value.
pub(in crate::store) fn value<T: DeserializeOwned>(op: &'static str, item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(StoreError::item(op))
}

/// Removes the item with a sort key from several of one partition, and reads its value.
///
/// # Errors
/// Returns [`StoreError`] if the item does not have the fields of the value.
pub(in crate::store) fn take<T: DeserializeOwned>(
    op: &'static str,
    items: &mut Vec<Item>,
    sk: &str,
) -> Result<Option<T>, StoreError> {
    let position = items.iter().position(|item| keys::text(item, SK) == sk);
    position.map(|position| value(op, items.swap_remove(position))).transpose()
}

pub(in crate::store) fn number(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// A number of things, which fit into memory and so into 63 bits.
pub(in crate::store) fn count(count: usize) -> AttributeValue {
    AttributeValue::N(count.to_string())
}

pub(in crate::store) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The condition of a write.
pub(in crate::store) struct Condition {
    /// The expression.
    pub(in crate::store) expression: &'static str,
    /// Its placeholders for attribute names that are reserved words.
    pub(in crate::store) names: &'static [(&'static str, &'static str)],
    /// The values of its placeholders.
    pub(in crate::store) values: Item,
}

impl Condition {
    /// The item does not exist.
    pub(in crate::store) fn absent() -> Self {
        Self { expression: "attribute_not_exists(PK)", names: &[], values: Item::new() }
    }

    /// The values, or `None` if there are none: DynamoDB refuses an empty map.
    pub(in crate::store) fn into_values(self) -> Option<Item> {
        (!self.values.is_empty()).then_some(self.values)
    }
}

/// The result of a conditional put.
pub(in crate::store) enum Put {
    /// The condition held; the item is stored.
    Stored,
    /// The condition did not hold; this is the existing item.
    Refused(Item),
}

impl Store {
    /// One item by key, read consistently.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or the item cannot be read.
    pub(in crate::store) async fn get<T: DeserializeOwned>(
        &self,
        op: &'static str,
        key: Key,
    ) -> Result<Option<T>, StoreError> {
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key)).consistent_read(true);
        let found = request.send().await.map_err(StoreError::of(op))?.item;
        found.map(|found| value(op, found)).transpose()
    }

    /// Stores an item under a condition.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
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
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = condition
            .names
            .iter()
            .fold(request, |request, (name, word)| request.expression_attribute_names(*name, *word));
        match request.set_expression_attribute_values(condition.into_values()).send().await {
            Ok(_) => Ok(Put::Stored),
            Err(SdkError::ServiceError(refused)) if refused.err().is_conditional_check_failed_exception() => {
                let PutItemError::ConditionalCheckFailedException(failed) = refused.into_err() else {
                    unreachable!("the line above has checked the variant");
                };
                Ok(Put::Refused(failed.item.unwrap_or_default()))
            }
            Err(error) => Err(StoreError::of(op)(error)),
        }
    }

    /// Stores an item, replacing an existing one.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn put(&self, op: &'static str, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        request.send().await.map(drop).map_err(StoreError::of(op))
    }

    /// An `UpdateItem` request.
    pub(in crate::store) fn update(&self, key: Key, expression: &str) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&*self.table).set_key(Some(key)).update_expression(expression)
    }
}

/// The result of a conditional update.
pub(in crate::store) enum Update {
    /// The condition held; these are the attributes that the request asked for.
    Done(Item),
    /// The condition did not hold; this is the existing item, if the request asked for it.
    Refused(Item),
}

/// The result of a conditional update that asks for the existing item if the condition does not hold.
///
/// # Errors
/// Returns [`StoreError`] if DynamoDB rejected the request or retries were exhausted.
pub(in crate::store) fn held_or_old(
    op: &'static str,
    updated: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<Update, StoreError> {
    match updated {
        Ok(output) => Ok(Update::Done(output.attributes.unwrap_or_default())),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Update::Refused(failed.item.clone().unwrap_or_default()))
            }
            _ => Err(StoreError::of(op)(error)),
        },
    }
}

/// The output of a conditional update, or `None` if the condition did not hold.
///
/// # Errors
/// Returns [`StoreError`] if DynamoDB rejected the request or retries were exhausted.
pub(in crate::store) fn held<T>(
    op: &'static str,
    updated: Result<T, SdkError<UpdateItemError>>,
) -> Result<Option<T>, StoreError> {
    match updated {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {
            Ok(None)
        }
        Err(error) => Err(StoreError::of(op)(error)),
    }
}
