//! Reads a batch of users: first which users were active on which day, then their interactions, several days at once.

use crate::reader::key_ranges::key_ranges;
use crate::reader::plan::BatchPlan;
use crate::reader::range_reader::RangeReader;
use crate::reader::scope::QueryScope;
use crate::reader::user_batch::{UserBatch, UserInteractions, min_bytes};
use chrono::NaiveDate;
use futures_util::future::try_join_all;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::model::{Author, Filters, Tenant, UserHash};
use shared::store::{KeyRange, Store, StoreError, StoredInteraction, UserDay};
use std::collections::BTreeMap;

/// Days read at once. More would save little time, and what a batch reads beyond its room is read again.
const PARALLEL_DAYS: usize = 8;
/// Headers of user-days read for one batch, over all days, so that memory is bounded whatever the filters exclude.
const MAX_HEADERS: usize = 16_000;
/// Headers read of one day, at least: a period of many days still makes progress with each request.
const MIN_HEADERS_PER_DAY: usize = 16;
/// Headers read of one day, at most.
const MAX_HEADERS_PER_DAY: usize = 4_096;

/// Reads batches of a tenant's users.
pub(crate) struct BatchReader<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
    pub(crate) scope: &'a QueryScope,
    pub(crate) filters: &'a Filters,
    /// The authors whose interactions are read.
    pub(crate) authors: &'static [Author],
}

/// The users who were active on a day.
struct ActiveUsers {
    day: NaiveDate,
    users: Vec<UserDay>,
}

/// The interactions of a day in a range of users.
struct DayInteractions {
    day: NaiveDate,
    interactions: Vec<StoredInteraction>,
    /// The user at which reading stopped, if it stopped before the end of the range.
    stopped_at: Option<UserHash>,
}

impl BatchReader<'_> {
    /// Reads a batch. Days are read in parallel and appended in order, so that the order of interactions and a user's
    /// first snapshot are as if days were read one by one. Returns `None` if the response has no pages and the batch alone
    /// is larger than the response may be.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(crate) async fn read(&self, plan: &BatchPlan) -> Result<Option<UserBatch>, StoreError> {
        let (days, last) = self.active_users(plan).await?;
        let mut batch = self.admit(&days, plan, last);
        // On a page, the first day is read alone: it shows whether the batch is far too large before eight days are read.
        let (mut days_read, mut parallel) = (0, if plan.is_paged { 1 } else { PARALLEL_DAYS });
        while days_read < days.len() && !batch.is_truncated {
            let next = &days[days_read..days.len().min(days_read + parallel)];
            let reads = next.iter().map(|active| self.read_day(active, &batch, plan));
            for (day, active) in try_join_all(reads).await?.into_iter().zip(next) {
                if !batch.is_truncated {
                    self.append_day(&mut batch, day, &active.users);
                }
            }
            days_read += next.len();
            if plan.is_paged {
                batch.narrow(plan, days_read, days.len());
            } else if batch.bytes > plan.bytes {
                return Ok(None);
            }
            parallel = PARALLEL_DAYS;
            if batch.is_of_one_user() {
                parallel = parallel.min(batch.days_that_fit(plan, days_read));
            }
        }
        batch.user_days = days.iter().flat_map(|active| &active.users).filter(|user| self.admits(user, &batch)).count();
        Ok(Some(batch))
    }

    /// The users of each day who were active in the plan's range, and the last hash up to which all days were read.
    async fn active_users(&self, plan: &BatchPlan) -> Result<(Vec<ActiveUsers>, u128), StoreError> {
        let days = &self.scope.days;
        let last = plan.last.min(self.tenant.sharding.end_of_shard(days, plan.first));
        let range = KeyRange::users(&UserHash::from_u128(plan.first), &UserHash::from_u128(last));
        let limit = (MAX_HEADERS / days.len().max(1)).clamp(MIN_HEADERS_PER_DAY, MAX_HEADERS_PER_DAY);
        let reads: Vec<_> = days.iter().map(|day| self.active_users_of_day(*day, plan, &range, limit)).collect();
        let read: Vec<_> = stream::iter(reads).buffered(PARALLEL_DAYS).try_collect().await?;
        let last = read.iter().map(|(_, read_to)| *read_to).fold(last, u128::min);
        Ok((read.into_iter().map(|(active, _)| active).collect(), last))
    }

    async fn active_users_of_day(
        &self,
        day: NaiveDate,
        plan: &BatchPlan,
        range: &KeyRange,
        limit: usize,
    ) -> Result<(ActiveUsers, u128), StoreError> {
        let partition = self.partition(day, plan);
        let freshness = self.scope.freshness(day);
        let (users, rest) = self.store.user_day_list(&self.tenant.id, partition, range, freshness, Some(limit)).await?;
        Ok((ActiveUsers { day, users }, rest.map_or(u128::MAX, |rest| rest.first_place())))
    }

    fn partition(&self, day: NaiveDate, plan: &BatchPlan) -> (NaiveDate, u8) {
        (day, self.tenant.sharding.shard(day, &UserHash::from_u128(plan.first)))
    }

    fn admits(&self, user: &UserDay, batch: &UserBatch) -> bool {
        user.user_hash.as_u128() <= batch.last && self.filters.admit(&user.snapshot)
    }

    /// An empty batch of the admitted users up to a last one: at most the planned users and user-days, and at least one
    /// user.
    fn admit(&self, days: &[ActiveUsers], plan: &BatchPlan, mut last: u128) -> UserBatch {
        let mut active: BTreeMap<&UserHash, usize> = BTreeMap::new();
        let admitted = days.iter().flat_map(|day| &day.users).filter(|user| self.filters.admit(&user.snapshot));
        for user in admitted.filter(|user| user.user_hash.as_u128() <= last) {
            *active.entry(&user.user_hash).or_default() += 1;
        }
        let first = active.keys().next().map(|user_hash| (*user_hash).clone());
        let mut user_days = 0;
        for (number, (user_hash, days)) in active.into_iter().enumerate() {
            user_days += days;
            if number > 0 && (number >= plan.users || user_days > plan.user_days) {
                last = user_hash.as_u128() - 1;
                break;
            }
        }
        UserBatch { users: BTreeMap::new(), last, is_truncated: false, user_days: 0, first, bytes: 0 }
    }

    /// Appends a day to a batch. If reading stopped within a user, the batch ends before that user; if that is its first
    /// user, it ends with what was read of the user.
    fn append_day(&self, batch: &mut UserBatch, day: DayInteractions, active: &[UserDay]) {
        for StoredInteraction { user_hash, user_id, interaction } in day.interactions {
            // A day is read up to the batch's last user at that time, and through gaps of excluded users.
            let Ok(index) = active.binary_search_by(|user| user.user_hash.cmp(&user_hash)) else { continue };
            let header = &active[index];
            if !self.admits(header, batch) {
                continue;
            }
            let bytes = min_bytes(&interaction);
            let user = batch.users.entry(user_hash).or_insert_with(|| UserInteractions {
                user_id,
                snapshot: header.snapshot.clone(),
                first_day: day.day,
                interactions: Vec::new(),
                bytes: 0,
            });
            user.interactions.push(interaction);
            user.bytes += bytes;
            batch.bytes += bytes;
        }
        if let Some(stopped_at) = day.stopped_at.filter(|user| user.as_u128() <= batch.last) {
            batch.end_with(&stopped_at, true);
        }
    }

    /// Reads the interactions of a day, up to the plan's bytes.
    async fn read_day(
        &self,
        ActiveUsers { day, users }: &ActiveUsers,
        batch: &UserBatch,
        plan: &BatchPlan,
    ) -> Result<DayInteractions, StoreError> {
        let reader = RangeReader {
            store: self.store,
            tenant: self.tenant,
            scope: self.scope,
            authors: self.authors,
            partition: self.partition(*day, plan),
            is_one_user: batch.is_of_one_user(),
        };
        let start = plan.after.as_ref().map_or_else(KeyRange::all, |(micros, id)| {
            KeyRange::all().after_place(&UserHash::from_u128(plan.first), *micros, id)
        });
        let mut read = DayInteractions { day: *day, interactions: Vec::new(), stopped_at: None };
        let mut room = plan.bytes;
        for range in key_ranges(users, batch.last, self.filters, &self.scope.period) {
            let Some(range) = range.common(&start) else { continue };
            let (interactions, stopped_at) = reader.read(&range, room).await?;
            room = room.saturating_sub(interactions.iter().map(|read| min_bytes(&read.interaction)).sum());
            read.interactions.extend(interactions);
            if stopped_at.is_some() {
                read.stopped_at = stopped_at;
                break;
            }
        }
        Ok(read)
    }
}
