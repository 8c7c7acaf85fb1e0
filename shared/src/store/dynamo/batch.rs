//! Many items at once: read 100 a request, written 25 a request, several requests under way.

use crate::store::client::Store;
use crate::store::dynamo::item::Item;
use crate::store::dynamo::retry;
use crate::store::error::StoreError;
use crate::store::keys;
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashMap;

/// Items that one BatchGetItem takes (DynamoDB limit).
const GETS: usize = 100;
/// Items that one BatchWriteItem takes (DynamoDB limit).
const WRITES: usize = 25;
/// Requests under way at once.
const PARALLEL: usize = 16;
/// Tries of what a batch left unprocessed; the waits before them add up to 6 s at most.
const TRIES: u32 = 8;

impl Store {
    /// Items by key, read consistently; what does not exist is missing.
    pub(in crate::store) async fn batch_get(
        &self,
        op: &'static str,
        wanted: Vec<keys::Key>,
    ) -> Result<HashMap<(String, String), Item>, StoreError> {
        let requests: Vec<_> = wanted.chunks(GETS).map(|some| self.get_all(op, some.to_vec())).collect();
        let found: Vec<Vec<Item>> = stream::iter(requests).buffered(PARALLEL).try_collect().await?;
        let keyed =
            |item: Item| ((keys::text(&item, keys::PK).to_owned(), keys::text(&item, keys::SK).to_owned()), item);
        Ok(found.into_iter().flatten().map(keyed).collect())
    }

    /// Stores items, whatever stood there, and returns when all are stored.
    pub(in crate::store) async fn batch_put(&self, op: &'static str, items: &[Item]) -> Result<(), StoreError> {
        let put = |item: &Item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build().expect("item is set");
            WriteRequest::builder().put_request(put).build()
        };
        self.write_many(op, items.iter().map(put).collect()).await
    }

    /// Deletes items, whether they stood there or not, and returns when all are gone.
    pub(in crate::store) async fn batch_delete(
        &self,
        op: &'static str,
        doomed: Vec<keys::Key>,
    ) -> Result<(), StoreError> {
        let delete = |key| {
            let delete = DeleteRequest::builder().set_key(Some(key)).build().expect("key is set");
            WriteRequest::builder().delete_request(delete).build()
        };
        self.write_many(op, doomed.into_iter().map(delete).collect()).await
    }

    async fn write_many(&self, op: &'static str, writes: Vec<WriteRequest>) -> Result<(), StoreError> {
        let batches: Vec<_> = writes.chunks(WRITES).map(|batch| self.write_batch(op, batch.to_vec())).collect();
        stream::iter(batches).buffer_unordered(PARALLEL).try_collect::<()>().await
    }

    async fn write_batch(&self, op: &'static str, mut left: Vec<WriteRequest>) -> Result<(), StoreError> {
        for attempt in 0..TRIES {
            let request = self.client.batch_write_item().request_items(&*self.table, left);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            left = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if left.is_empty() {
                return Ok(());
            }
            retry::wait(attempt).await;
        }
        Err(StoreError::retries_exhausted(op))
    }
}
