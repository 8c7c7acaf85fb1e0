//! Batches: up to 100 items per BatchGetItem, 25 per BatchWriteItem, and several requests at once.

use crate::store::client::Store;
use crate::store::dynamo::built;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::Item;
use crate::store::dynamo::retry::Retry;
use crate::store::error::StoreError;
use crate::store::keys::{self, Key};
use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashMap;

/// Items that one BatchGetItem takes (DynamoDB limit).
const GETS: usize = 100;
/// Items that one BatchWriteItem takes (DynamoDB limit).
const WRITES: usize = 25;
/// Requests at once.
const PARALLEL: usize = 16;
/// Attempts to read the keys that a response left unprocessed; the four waits add up to 0.75 s at most.
const GET_ATTEMPTS: u32 = 5;
/// Attempts to write the items that a response left unprocessed; the seven waits add up to 6.35 s at most.
const WRITE_ATTEMPTS: u32 = 8;

/// Items by their partition and sort keys.
pub(in crate::store) type Found = HashMap<(String, String), Item>;

impl Store {
    /// Up to 100 items by key, in no order. An item that does not exist is left out.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or leaves keys unprocessed in five responses.
    pub(in crate::store) async fn get_all(
        &self,
        op: &'static str,
        keys: Vec<Key>,
        freshness: Freshness,
    ) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted = keys;
        // DynamoDB refuses a request of no keys.
        if wanted.is_empty() {
            return Ok(found);
        }
        let mut retry = Retry::new(op, GET_ATTEMPTS);
        loop {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted));
            let keys = built(keys.consistent_read(freshness == Freshness::Consistent).build());
            let request = self.client.batch_get_item().request_items(&*self.table, keys);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            wanted = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|rest| rest.keys).collect();
            if wanted.is_empty() {
                return Ok(found);
            }
            retry.again().await?;
        }
    }

    /// Items by key, under their partition and sort key. An item that does not exist is left out.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn batch_get(
        &self,
        op: &'static str,
        wanted: Vec<Key>,
        freshness: Freshness,
    ) -> Result<Found, StoreError> {
        let requests: Vec<_> = chunks(wanted, GETS).map(|some| self.get_all(op, some, freshness)).collect();
        let found: Vec<Vec<Item>> = stream::iter(requests).buffered(PARALLEL).try_collect().await?;
        let keyed =
            |item: Item| ((keys::text(&item, keys::PK).to_owned(), keys::text(&item, keys::SK).to_owned()), item);
        Ok(found.into_iter().flatten().map(keyed).collect())
    }

    /// Stores items, replacing existing ones, and returns when all are stored. The next items are made while DynamoDB stores
    /// the ones before.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted, or an item cannot be made; some items may
    /// be stored then.
    pub(in crate::store) async fn batch_put(
        &self,
        op: &'static str,
        items: impl Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError> {
        let put = |item| {
            let put = built(PutRequest::builder().set_item(Some(item)).build());
            WriteRequest::builder().put_request(put).build()
        };
        self.batch_write(op, items.map(|item| item.map(put))).await
    }

    /// Deletes items, whether they exist or not, and returns when all are deleted.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted; some items may be deleted then.
    pub(in crate::store) async fn batch_delete(&self, op: &'static str, keys: Vec<Key>) -> Result<(), StoreError> {
        let delete = |key| {
            let delete = built(DeleteRequest::builder().set_key(Some(key)).build());
            WriteRequest::builder().delete_request(delete).build()
        };
        self.batch_write(op, keys.into_iter().map(|key| Ok(delete(key)))).await
    }

    async fn batch_write(
        &self,
        op: &'static str,
        writes: impl Iterator<Item = Result<WriteRequest, StoreError>>,
    ) -> Result<(), StoreError> {
        let requests = stream::iter(chunks(writes, WRITES)).map(|some| async move {
            let writes = some.into_iter().collect::<Result<_, _>>()?;
            self.batch_write_some(op, writes).await
        });
        requests.buffer_unordered(PARALLEL).try_collect::<()>().await
    }

    async fn batch_write_some(&self, op: &'static str, mut left: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut retry = Retry::new(op, WRITE_ATTEMPTS);
        loop {
            let request = self.client.batch_write_item().request_items(&*self.table, left);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            left = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if left.is_empty() {
                return Ok(());
            }
            retry.again().await?;
        }
    }
}

/// Moves values into vectors of at most `size`.
pub(in crate::store) fn chunks<T>(values: impl IntoIterator<Item = T>, size: usize) -> impl Iterator<Item = Vec<T>> {
    let mut values = values.into_iter();
    std::iter::from_fn(move || {
        let some: Vec<T> = values.by_ref().take(size).collect();
        (!some.is_empty()).then_some(some)
    })
}
