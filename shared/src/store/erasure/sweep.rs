//! The sweep of an erasure: deletes the user's items, and counts each once, however often the sweep is interrupted.

use crate::model::{Author, Event, MAX_CLOCK_SKEW, Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::batch::chunks;
use crate::store::dynamo::item::{count, held, item, string};
use crate::store::dynamo::query;
use crate::store::erasure::tombstone::Erasure;
use crate::store::error::StoreError;
use crate::store::interactions::items::{HeaderItem, StoredInteraction};
use crate::store::interactions::user_days::ttl;
use crate::store::keys::{self, Key};
use aws_sdk_dynamodb::types::Select;
use chrono::NaiveDate;
use tokio::time::Instant;

/// Interactions to delete before the deadline is checked again.
const INTERACTIONS: usize = 400;
const AUTHORS: [Author; 2] = [Author::User, Author::Bot];

impl Store {
    /// Deletes the user's items from before the erasure: links, then days, then the context. `second` is whether this is
    /// the sweep that follows the settle time. Returns false if the deadline passed first; a later call continues.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. A later call continues.
    pub async fn erasure_sweep(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        second: bool,
        deadline: Instant,
    ) -> Result<bool, StoreError> {
        let op = "erasure_sweep";
        if !self.erase_links(tenant, user, erasure, deadline).await? {
            return Ok(false);
        }
        let last_day = (erasure.refused_until + MAX_CLOCK_SKEW).date_naive();
        for marker in self.list(op, keys::user_pk(&tenant.id, user), keys::DAY_PREFIX).await? {
            let day = keys::read_day_sk(keys::text(&marker, keys::SK)).ok_or_else(|| StoreError::key(op))?;
            if day <= last_day && !self.erase_day(tenant, user, erasure, day, second, deadline).await? {
                return Ok(false);
            }
        }
        self.context_erase(&tenant.id, user, erasure.refused_until).await?;
        let messages = self.list(op, keys::user_pk(&tenant.id, user), keys::MESSAGES_PREFIX).await?;
        self.batch_delete(op, messages.iter().map(keys::of).collect()).await?;
        Ok(true)
    }

    /// Deletes the interactions of a day, and then the day's header and marker, unless a newer interaction is left.
    async fn erase_day(
        &self,
        tenant: &Tenant,
        user: &UserHash,
        erasure: &Erasure,
        day: NaiveDate,
        second: bool,
        deadline: Instant,
    ) -> Result<bool, StoreError> {
        let op = "erase_day";
        let pk = keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user));
        let until = erasure.refused_until.timestamp_micros();
        let future_until = (erasure.refused_until + MAX_CLOCK_SKEW).timestamp_micros();
        let (mut old, mut future_dated) = (Vec::new(), Vec::new());
        for author in AUTHORS {
            let prefix = keys::interaction_prefix(author);
            // `$` follows `#`: every id of the last microsecond sorts before it.
            let until = format!("{prefix}{user}#{until:020}$");
            old.extend(self.keys_between(op, &pk, &format!("{prefix}{user}#"), &until).await?);
            let future_until = format!("{prefix}{user}#{future_until:020}$");
            future_dated.extend(self.keys_between(op, &pk, &until, &future_until).await?);
        }
        let step = format!("{}#{day}", if second { 2 } else { 1 });
        self.count_once(tenant, user, &step, old.len()).await?;
        for some in chunks(old, INTERACTIONS) {
            self.batch_delete(op, some).await?;
            if Instant::now() > deadline {
                return Ok(false);
            }
        }
        self.erase_future_dated(tenant, user, erasure, future_dated).await?;
        let header = keys::key(pk.clone(), keys::header_sk(user));
        if let Some(left) = self.first_left(&pk, user).await? {
            let event = Event { user_id: left.user_id, interaction: left.interaction, snapshot: None };
            let rewritten = HeaderItem::of(&event, ttl(tenant, day));
            self.put(op, item(op, header, &rewritten)?).await?;
        } else {
            // The marker last: a sweep that is interrupted in between finds the day again.
            self.batch_delete(op, vec![header]).await?;
            self.batch_delete(op, vec![keys::key(keys::user_pk(&tenant.id, user), keys::day_sk(day))]).await?;
        }
        Ok(true)
    }

    /// The first interaction that is left of a user's day.
    async fn first_left(&self, pk: &str, user: &UserHash) -> Result<Option<StoredInteraction>, StoreError> {
        let op = "first_left";
        for author in AUTHORS {
            let request = self.query_prefix(pk, &format!("{}{user}#", keys::interaction_prefix(author)));
            let (found, _) = query::page(op, request.consistent_read(true).limit(1)).await?;
            if let Some(item) = found.into_iter().next() {
                return StoredInteraction::read(op, item).map(|(interaction, _)| Some(interaction));
            }
        }
        Ok(None)
    }

    /// Adds to the count of interactions, unless this step or a later one was counted before the sweep was interrupted.
    async fn count_once(&self, tenant: &Tenant, user: &UserHash, step: &str, number: usize) -> Result<(), StoreError> {
        if number == 0 {
            return Ok(());
        }
        let request = self
            .update(keys::erased(&tenant.id, user), "SET counted = :step ADD interactions :count")
            .condition_expression("attribute_not_exists(counted) OR counted < :step")
            .expression_attribute_values(":step", string(step))
            .expression_attribute_values(":count", count(number));
        held("count_once", request.send().await).map(drop)
    }

    /// The keys of a partition between two sort keys, both included.
    async fn keys_between(&self, op: &'static str, pk: &str, first: &str, last: &str) -> Result<Vec<Key>, StoreError> {
        let request = self
            .query_between(pk, first, last)
            .select(Select::SpecificAttributes)
            .projection_expression("PK, SK")
            .consistent_read(true);
        query::all(op, request).await
    }
}
