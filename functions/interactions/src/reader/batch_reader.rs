//! Reads a batch of users: first which users were active on which day, then their interactions, several days at once.

use crate::reader::key_ranges::key_ranges;
use crate::reader::plan::BatchPlan;
use crate::reader::scope::QueryScope;
use crate::reader::user_batch::{UserBatch, UserInteractions, min_bytes};
use chrono::{DateTime, NaiveDate, Utc};
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

/// The key of the last interaction that was read before a limit.
struct StopKey {
    user_hash: UserHash,
    date: DateTime<Utc>,
    id: String,
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
        let partition = self.partition(*day, plan);
        let start = plan.after.as_ref().map_or_else(KeyRange::all, |(micros, id)| {
            KeyRange::all().after_place(&UserHash::from_u128(plan.first), *micros, id)
        });
        let mut read = DayInteractions { day: *day, interactions: Vec::new(), stopped_at: None };
        let mut room = plan.bytes;
        for range in key_ranges(users, batch.last, self.filters, &self.scope.period) {
            let Some(range) = range.common(&start) else { continue };
            let (interactions, stopped_at) = self.read_range(partition, &range, room, batch.is_of_one_user()).await?;
            room = room.saturating_sub(interactions.iter().map(|read| min_bytes(&read.interaction)).sum());
            read.interactions.extend(interactions);
            if stopped_at.is_some() {
                read.stopped_at = stopped_at;
                break;
            }
        }
        Ok(read)
    }

    /// Reads the interactions of a range in the order of user, time and id, of all authors together. Stops when one
    /// author's interactions take more than `max_bytes`, and returns the user at which it stopped: then both authors'
    /// interactions are complete up to the stop.
    async fn read_range(
        &self,
        partition: (NaiveDate, u8),
        range: &KeyRange,
        max_bytes: usize,
        is_one_user: bool,
    ) -> Result<(Vec<StoredInteraction>, Option<UserHash>), StoreError> {
        let freshness = self.scope.freshness(partition.0);
        let (mut all, mut stop): (Vec<StoredInteraction>, Option<StopKey>) = (Vec::new(), None);
        for author in self.authors {
            let (mut rest, mut bytes, mut read) = (Some(range.clone()), 0, 0);
            while let Some(range) = rest {
                // One user is cut where the page ends, so after the first MB only as much is read as will fit.
                let limit = (is_one_user && bytes > 0)
                    .then(|| interactions_that_fit(max_bytes.saturating_sub(bytes), bytes, read));
                let page =
                    self.store.interaction_page(&self.tenant.id, partition, *author, &range, freshness, limit).await?;
                rest = page.rest;
                read += page.said.len();
                let last = page.said.last().map(StopKey::of);
                let in_period = page.said.into_iter().filter(|read| self.scope.period.contains(read.interaction.date));
                all.extend(in_period.inspect(|read| bytes += min_bytes(&read.interaction)));
                if bytes > max_bytes && rest.is_some() && last.is_some() {
                    stop = stop.into_iter().chain(last).min_by(|a, b| a.as_tuple().cmp(&b.as_tuple()));
                    break;
                }
            }
        }
        if let Some(stop) = &stop {
            all.retain(|read| order_of(read) <= stop.as_tuple());
        }
        if self.authors.len() > 1 {
            all.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
        }
        Ok((all, stop.map(|stop| stop.user_hash)))
    }
}

impl StopKey {
    fn of(read: &StoredInteraction) -> Self {
        let StoredInteraction { user_hash, interaction, .. } = read;
        Self { user_hash: user_hash.clone(), date: interaction.date, id: interaction.id.clone() }
    }

    fn as_tuple(&self) -> (&UserHash, DateTime<Utc>, &str) {
        (&self.user_hash, self.date, &self.id)
    }
}

/// The order of interactions in a response, of all authors together.
fn order_of(read: &StoredInteraction) -> (&UserHash, DateTime<Utc>, &str) {
    (&read.user_hash, read.interaction.date, &read.interaction.id)
}

/// The number of interactions that fill a room, if they are as large as those that were read, and one more: reading stops
/// only after the room is exceeded.
fn interactions_that_fit(room: usize, bytes_read: usize, interactions_read: usize) -> usize {
    let bytes_each = (bytes_read / interactions_read).max(1);
    (room / bytes_each).max(1) + 1
}
