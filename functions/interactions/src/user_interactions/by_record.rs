//! The response by record: the days of the period, shard by shard, each read once from end to end. A page ends where a
//! page of DynamoDB ends, so that nothing is read twice.

use crate::reader::key_ranges::key_ranges;
use crate::reader::plan::READ_TIMEOUT;
use crate::reader::scope::QueryScope;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::http::{ApiError, ResponseBody};
use shared::model::{Author, Filters, Snapshot, Tenant, UserHash};
use shared::store::{InteractionPage, KeyRange, Store, StoreError, StoredInteraction, UserDay};
use std::collections::HashMap;
use tokio::time::Instant;

/// The position at which a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordCursor {
    #[serde(rename = "d")]
    day: NaiveDate,
    #[serde(rename = "s")]
    shard: u8,
    /// The rest of the shard.
    #[serde(rename = "r")]
    rest: KeyRange,
}

/// Reads records of a query.
pub(crate) struct RecordReader<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
    pub(crate) scope: &'a QueryScope,
    pub(crate) filters: &'a Filters,
    /// Whether records are written with the snapshots of their users. The headers of the days are read for them.
    pub(crate) with_users: bool,
    /// Maximum records of a page.
    pub(crate) limit: Option<usize>,
}

/// A page of records.
pub(crate) struct RecordPage {
    pub(crate) body: ResponseBody,
    pub(crate) count: usize,
    /// The cursor of the next page, unless this is the last.
    pub(crate) next: Option<RecordCursor>,
}

impl RecordReader<'_> {
    /// Reads a page from a cursor, and appends each record to a body as `write` writes it.
    ///
    /// # Errors
    /// Returns [`ApiError`] if DynamoDB rejects a request, retries are exhausted, or a record cannot be written.
    pub(crate) async fn read(
        &self,
        from: Option<&RecordCursor>,
        body: ResponseBody,
        write: impl Fn(&StoredInteraction, Option<&Snapshot>) -> Result<Vec<u8>, ApiError>,
    ) -> Result<RecordPage, ApiError> {
        let deadline = Instant::now() + READ_TIMEOUT;
        let mut page = RecordPage { body, count: 0, next: None };
        for (number, (day, shard, range)) in self.partitions(from).enumerate() {
            // A shard without a record of the query costs time as well. Each page reads at least one.
            if number > 0 && Instant::now() > deadline {
                page.next = Some(RecordCursor { day, shard, rest: range });
                return Ok(page);
            }
            let (ranges, admitted) = self.key_ranges(day, shard, &range).await?;
            for wanted in ranges {
                let mut rest = wanted.common(&range);
                while let Some(range) = rest {
                    if self.is_full(&page, deadline) {
                        page.next = Some(RecordCursor { day, shard, rest: range });
                        return Ok(page);
                    }
                    let left = self.limit.map(|limit| limit - page.count);
                    let read = self.interaction_page(day, shard, &range, left).await?;
                    rest = read.rest;
                    let is_wanted = |stored: &&StoredInteraction| {
                        self.scope.period.contains(stored.interaction.date)
                            && admitted.as_ref().is_none_or(|admitted| admitted.contains_key(&stored.user_hash))
                    };
                    for stored in read.said.iter().filter(is_wanted) {
                        let user = admitted.as_ref().and_then(|admitted| admitted.get(&stored.user_hash));
                        if !page.body.push(&[&write(stored, user)?]) {
                            page.next = Some(RecordCursor { day, shard, rest: range.from(stored) });
                            return Ok(page);
                        }
                        page.count += 1;
                    }
                }
            }
        }
        Ok(page)
    }

    fn is_full(&self, page: &RecordPage, deadline: Instant) -> bool {
        self.limit.is_some_and(|limit| page.count >= limit)
            || (page.count > 0 && !page.body.has_room_for_dynamodb_page())
            || Instant::now() > deadline
    }

    /// The shards to read from a cursor on, in order, each with the range that is left of it.
    fn partitions(&self, from: Option<&RecordCursor>) -> impl Iterator<Item = (NaiveDate, u8, KeyRange)> {
        let start = from.map_or((NaiveDate::MIN, 0), |from| (from.day, from.shard));
        let (sharding, user) = (&self.tenant.sharding, self.scope.user.as_ref());
        let shards = move |day: &NaiveDate| {
            let day = *day;
            let shards = user.map_or(sharding.shards(day), |user| {
                let shard = sharding.shard(day, user);
                shard..shard + 1
            });
            shards.map(move |shard| (day, shard))
        };
        let partitions = self.scope.days.iter().flat_map(shards).skip_while(move |partition| *partition < start);
        partitions.filter_map(move |(day, shard)| {
            let whole = user.map_or_else(KeyRange::all, |user| KeyRange::during(user, &self.scope.period));
            let rest = from.filter(|_| (day, shard) == start).map_or_else(KeyRange::all, |from| from.rest.clone());
            Some((day, shard, whole.common(&rest)?))
        })
    }

    /// The key ranges of a shard to read, and the users to keep with their snapshots; one range and no users if neither
    /// filters nor users are needed.
    async fn key_ranges(
        &self,
        day: NaiveDate,
        shard: u8,
        range: &KeyRange,
    ) -> Result<(Vec<KeyRange>, Option<HashMap<UserHash, Snapshot>>), StoreError> {
        if self.filters.is_empty() && !self.with_users {
            return Ok((vec![KeyRange::all()], None));
        }
        let last = self.scope.user.clone().unwrap_or_else(|| UserHash::from_u128(u128::MAX));
        let mut users: Vec<UserDay> = Vec::new();
        let mut rest = Some(KeyRange::users(&UserHash::from_u128(range.first_place()), &last));
        while let Some(range) = rest {
            let freshness = self.scope.freshness(day);
            let (some, more) = self.store.user_day_list(&self.tenant.id, (day, shard), &range, freshness, None).await?;
            users.extend(some);
            rest = more;
        }
        let ranges = key_ranges(&users, u128::MAX, self.filters, &self.scope.period);
        let admitted = users.into_iter().filter(|user| self.filters.admit(&user.snapshot));
        Ok((ranges, Some(admitted.map(|user| (user.user_hash, user.snapshot)).collect())))
    }

    async fn interaction_page(
        &self,
        day: NaiveDate,
        shard: u8,
        range: &KeyRange,
        limit: Option<usize>,
    ) -> Result<InteractionPage, StoreError> {
        let freshness = self.scope.freshness(day);
        self.store.interaction_page(&self.tenant.id, (day, shard), Author::User, range, freshness, limit).await
    }
}
