//! Reading interactions: the users of a day's shard, and their interactions page by page.

use crate::model::{Author, TenantId, UserHash, time};
use crate::store::client::Store;
use crate::store::dynamo::freshness::Freshness;
use crate::store::dynamo::item::Item;
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::interactions::items::{StoredInteraction, UserDay};
use crate::store::interactions::key_range::KeyRange;
use crate::store::keys;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use chrono::{DateTime, NaiveDate, Utc};

/// A page of interactions, at most 1 MB of items (DynamoDB limit).
#[derive(Debug)]
pub struct InteractionPage {
    /// The interactions, by user, time and id.
    pub said: Vec<StoredInteraction>,
    /// The rest of the range, which may hold nothing. `None` if the range was read to its end.
    pub rest: Option<KeyRange>,
}

impl Store {
    /// Users of a range of a day's shard, in the order of their hashes, and the rest of the range, which may hold nothing.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or a header cannot be read.
    pub async fn user_day_list(
        &self,
        tenant: &TenantId,
        (day, shard): (NaiveDate, u8),
        range: &KeyRange,
        freshness: Freshness,
        limit: Option<usize>,
    ) -> Result<(Vec<UserDay>, Option<KeyRange>), StoreError> {
        let op = "user_day_list";
        let request = self
            .query_range(keys::day_pk(tenant, day, shard), keys::HEADER_PREFIX, range, freshness)
            .set_limit(limit.map(query::page_size));
        let (items, last_read) = query::page(op, request).await?;
        let users = items.into_iter().map(|item| UserDay::read(op, item)).collect::<Result<_, _>>()?;
        Ok((users, last_read.map(|key| range.rest(&key))))
    }

    /// The user-days of users, in no order. A user who was not active on the day is left out.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or a header cannot be read.
    pub async fn user_day_get(
        &self,
        tenant: &TenantId,
        users: Vec<((NaiveDate, u8), UserHash)>,
        freshness: Freshness,
    ) -> Result<Vec<UserDay>, StoreError> {
        let op = "user_day_get";
        let header = |((day, shard), user): ((NaiveDate, u8), UserHash)| {
            keys::key(keys::day_pk(tenant, day, shard), keys::header_sk(&user))
        };
        let found = self.batch_get(op, users.into_iter().map(header).collect(), freshness).await?;
        found.into_values().map(|header| UserDay::read(op, header)).collect()
    }

    /// The days from `first` to `last` on which a user was active, in order.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or a key cannot be read.
    pub async fn user_active_days(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<NaiveDate>, StoreError> {
        let op = "user_active_days";
        let request = self.query_between(keys::user_pk(tenant, user), keys::day_sk(first), keys::day_sk(last));
        let markers = query::all(op, request.consistent_read(true)).await?;
        let day = |marker: &Item| keys::read_day_sk(keys::text(marker, keys::SK)).ok_or_else(|| StoreError::key(op));
        markers.iter().map(day).collect()
    }

    /// A page of the interactions of one author in a range of a day's shard.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or an interaction cannot be read.
    pub async fn interaction_page(
        &self,
        tenant: &TenantId,
        (day, shard): (NaiveDate, u8),
        author: Author,
        range: &KeyRange,
        freshness: Freshness,
        limit: Option<usize>,
    ) -> Result<InteractionPage, StoreError> {
        let op = "interaction_page";
        let request = self
            .query_range(keys::day_pk(tenant, day, shard), keys::interaction_prefix(author), range, freshness)
            .set_limit(limit.map(query::page_size));
        let (items, last_read) = query::page(op, request).await?;
        let read = |item| StoredInteraction::read(op, item).map(|(interaction, _)| interaction);
        let said = items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(InteractionPage { said, rest: last_read.map(|key| range.rest(&key)) })
    }

    /// Users of a range of a day's shard, read from keys alone, and the rest of the range, which may hold nothing.
    ///
    /// With an author, each entry is one interaction of this author: its user and time. Without an author, each entry is a
    /// user who was active on the day, without a time.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request, retries are exhausted or a key cannot be read.
    pub async fn user_key_list(
        &self,
        tenant: &TenantId,
        (day, shard): (NaiveDate, u8),
        author: Option<Author>,
        range: &KeyRange,
        freshness: Freshness,
    ) -> Result<(Vec<(UserHash, Option<DateTime<Utc>>)>, Option<KeyRange>), StoreError> {
        let op = "user_key_list";
        let prefix = author.map_or(keys::HEADER_PREFIX, keys::interaction_prefix);
        let request = self
            .query_range(keys::day_pk(tenant, day, shard), prefix, range, freshness)
            .projection_expression(keys::SK);
        let (items, last_read) = query::page(op, request).await?;
        let read = |item: &Item| {
            let sk = keys::text(item, keys::SK);
            match author {
                None => Some((sk.strip_prefix(keys::HEADER_PREFIX)?.parse().ok()?, None)),
                Some(_) => keys::read_interaction_sk(sk).map(|(_, user, at, _)| (user, Some(time::from_micros(at)))),
            }
        };
        let active = items.iter().map(|item| read(item).ok_or_else(|| StoreError::key(op)));
        Ok((active.collect::<Result<_, _>>()?, last_read.map(|key| range.rest(&key))))
    }

    fn query_range(&self, pk: String, prefix: &str, range: &KeyRange, freshness: Freshness) -> QueryFluentBuilder {
        self.query_between(pk, format!("{prefix}{}", range.first), format!("{prefix}{}", range.last))
            .consistent_read(freshness == Freshness::Consistent)
    }
}
