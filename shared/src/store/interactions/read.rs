//! Interactions, read: the users of a day's shard, and what they said, page by page.

use crate::model::{Author, Snapshot, TenantId, UserHash, UserId, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, string, value};
use crate::store::error::StoreError;
use crate::store::interactions::items::{HeaderItem, StoredInteraction};
use crate::store::interactions::key_range::KeyRange;
use crate::store::keys;
use chrono::{DateTime, NaiveDate, Utc};

/// A user on a day: there may be interactions, though a header alone does not prove it.
#[derive(Clone, Debug)]
pub struct UserDay {
    /// The user as keys name them.
    pub user_hash: UserHash,
    /// The user.
    pub user_id: UserId,
    /// What was known of the user at the day's first event.
    pub snapshot: Snapshot,
}

/// A page of a read, at most 1 MB of items (DynamoDB limit).
#[derive(Debug)]
pub struct InteractionPage {
    /// What was said, by user, time and id.
    pub said: Vec<StoredInteraction>,
    /// What is left of the range, which may turn out to be nothing.
    pub rest: Option<KeyRange>,
}

/// Whether a read has to see what was written a moment ago. One that need not costs half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It sees every write that was acknowledged.
    Consistent,
    /// It may miss the last second or so.
    Eventual,
}

impl Store {
    /// Users of a part of a shard of a day, in their order, and what is left of the part, which may turn out to be
    /// nothing.
    ///
    /// # Errors
    /// The table's.
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
            .between(keys::day_pk(tenant, day, shard), keys::HEADER_PREFIX, range)
            .consistent_read(freshness == Freshness::Consistent)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)));
        let answer = request.send().await.map_err(StoreError::of(op))?;
        let users = answer.items.unwrap_or_default().into_iter().map(|item| user_day(op, item));
        Ok((users.collect::<Result<_, _>>()?, answer.last_evaluated_key.map(|key| range.rest(&key))))
    }

    /// The days in a range on which a user was active, in order.
    ///
    /// # Errors
    /// The table's.
    pub async fn user_active_days(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<NaiveDate>, StoreError> {
        let op = "user_active_days";
        let mut days = Vec::new();
        let mut after = None;
        loop {
            let request = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
                .expression_attribute_values(":pk", string(keys::user_pk(tenant, user)))
                .expression_attribute_values(":first", string(keys::day_sk(first)))
                .expression_attribute_values(":last", string(keys::day_sk(last)))
                .consistent_read(true)
                .set_exclusive_start_key(after);
            let answer = request.send().await.map_err(StoreError::of(op))?;
            days.extend(answer.items().iter().filter_map(|item| keys::read_day_sk(keys::text(item, keys::SK))));
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(days);
            }
        }
    }

    /// A page of what was said in a part of a shard of a day by users, or to them by the chatbot.
    ///
    /// # Errors
    /// The table's.
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
            .between(keys::day_pk(tenant, day, shard), keys::interaction_prefix(author), range)
            .consistent_read(freshness == Freshness::Consistent)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)));
        let answer = request.send().await.map_err(StoreError::of(op))?;
        let said = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| StoredInteraction::read(op, item).map(|(said, _)| said));
        let said = said.collect::<Result<_, _>>()?;
        Ok(InteractionPage { said, rest: answer.last_evaluated_key.map(|key| range.rest(&key)) })
    }

    /// Who has something in a part of a shard of a day, by their keys alone: of a side that said something each instant,
    /// or, of none, who was active at all. And what is left of the part.
    ///
    /// # Errors
    /// The table's.
    pub async fn user_key_list(
        &self,
        tenant: &TenantId,
        (day, shard): (NaiveDate, u8),
        side: Option<Author>,
        range: &KeyRange,
        freshness: Freshness,
    ) -> Result<(Vec<(UserHash, Option<DateTime<Utc>>)>, Option<KeyRange>), StoreError> {
        let prefix = side.map_or(keys::HEADER_PREFIX, keys::interaction_prefix);
        let request = self
            .between(keys::day_pk(tenant, day, shard), prefix, range)
            .consistent_read(freshness == Freshness::Consistent)
            .projection_expression(keys::SK);
        let answer = request.send().await.map_err(StoreError::of("user_key_list"))?;
        let read = |item: &Item| {
            let sk = keys::text(item, keys::SK);
            match side {
                None => Some((sk.strip_prefix(keys::HEADER_PREFIX)?.parse().ok()?, None)),
                Some(_) => keys::read_interaction_sk(sk).map(|(_, user, at, _)| (user, Some(time::from_micros(at)))),
            }
        };
        let active = answer.items.unwrap_or_default().iter().filter_map(read).collect();
        Ok((active, answer.last_evaluated_key.map(|key| range.rest(&key))))
    }

    fn between(
        &self,
        pk: String,
        prefix: &str,
        range: &KeyRange,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk AND SK BETWEEN :first AND :last")
            .expression_attribute_values(":pk", string(pk))
            .expression_attribute_values(":first", string(format!("{prefix}{}", range.first)))
            .expression_attribute_values(":last", string(format!("{prefix}{}", range.last)))
    }
}

fn user_day(op: &'static str, item: Item) -> Result<UserDay, StoreError> {
    let user_hash = keys::text(&item, keys::SK).strip_prefix(keys::HEADER_PREFIX).and_then(|hash| hash.parse().ok());
    let user_hash: UserHash = user_hash.ok_or_else(|| StoreError::key(op))?;
    let header: HeaderItem = value(op, item)?;
    Ok(header.into_user_day(user_hash))
}
