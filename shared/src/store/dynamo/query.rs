//! Queries of one partition.

use crate::store::client::Store;
use crate::store::dynamo::item::{Item, string};
use crate::store::error::StoreError;
use crate::store::keys::{self, Key};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

/// The largest page that a Query may ask for.
pub(in crate::store) fn page_size(limit: usize) -> i32 {
    i32::try_from(limit.min(i32::MAX as usize)).expect("at most i32::MAX")
}

impl Store {
    /// A Query of the items of a partition whose sort key begins with a prefix.
    pub(in crate::store) fn query_prefix(&self, pk: impl Into<String>, prefix: &str) -> QueryFluentBuilder {
        let request = self.client.query().table_name(&*self.table).expression_attribute_values(":pk", string(pk));
        if prefix.is_empty() {
            // DynamoDB refuses an empty prefix.
            return request.key_condition_expression("PK = :pk");
        }
        request
            .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
            .expression_attribute_values(":prefix", string(prefix))
    }

    /// A Query of the items of a partition between two sort keys, both included.
    pub(in crate::store) fn query_between(
        &self,
        pk: impl Into<String>,
        first: impl Into<String>,
        last: impl Into<String>,
    ) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
            .expression_attribute_values(":pk", string(pk))
            .expression_attribute_values(":first", string(first))
            .expression_attribute_values(":last", string(last))
    }

    /// Every item of a partition whose sort key begins with a prefix, read consistently.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn list(
        &self,
        op: &'static str,
        pk: String,
        prefix: &str,
    ) -> Result<Vec<Item>, StoreError> {
        all(op, self.query_prefix(pk, prefix).consistent_read(true)).await
    }

    /// Some items of a partition whose sort key begins with a prefix, in descending order, before a sort key; and whether
    /// there may be more.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn newest(
        &self,
        op: &'static str,
        pk: String,
        prefix: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let request = self
            .query_prefix(pk.clone(), prefix)
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(page_size(limit))
            .set_exclusive_start_key(before.map(|sk| keys::key(pk, sk)));
        let (items, last_read) = page(op, request).await?;
        Ok((items, last_read.is_some()))
    }
}

/// The items of every page of a Query.
///
/// # Errors
/// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
pub(in crate::store) async fn all(op: &'static str, request: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    request.into_paginator().items().send().collect::<Result<_, _>>().await.map_err(StoreError::of(op))
}

/// One page of a Query, at most 1 MB (DynamoDB limit), and the last key read, unless the partition ends there.
///
/// # Errors
/// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
pub(in crate::store) async fn page(
    op: &'static str,
    request: QueryFluentBuilder,
) -> Result<(Vec<Item>, Option<Key>), StoreError> {
    let answer = request.send().await.map_err(StoreError::of(op))?;
    Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
}
