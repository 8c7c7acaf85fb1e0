//! The users who were active on each day of a batch, as far as the batch reads their headers.

use crate::reader::batch_reader::{BatchReader, PARALLEL_DAYS};
use crate::reader::plan::BatchPlan;
use crate::reader::user_batch::{ActiveUsers, UserBatch};
use chrono::NaiveDate;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::model::UserHash;
use shared::store::{Freshness, KeyRange, StoreError, UserDay};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Headers of user-days read for one batch, over all days, so that memory is bounded whatever the filters exclude.
const MAX_HEADERS: usize = 16_000;
/// Headers read of one day, at least: a period of many days still makes progress with each request.
const MIN_HEADERS_PER_DAY: usize = 16;
/// Headers read of one day, at most.
const MAX_HEADERS_PER_DAY: usize = 4_096;
/// A batch stops reading headers after a day on which fewer than a fifth of the users are new to it. A header that is read
/// alone costs as much as twelve that are read together, and the share of new users falls from day to day.
const FEW_NEW_USERS: usize = 5;
/// Days whose headers are read before each look at how many users are new, after the first [`PARALLEL_DAYS`].
const DAYS_BETWEEN_LOOKS: usize = 4;

impl BatchReader<'_> {
    /// The users of each day who were active in the plan's range, and the last hash up to which all headers were read.
    ///
    /// Only the header of a user's first day is needed, unless filters are compared with those of the other days. Most
    /// users are found on the first days; who is not among them is found with the interactions.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(super) async fn active_users(&self, plan: &BatchPlan) -> Result<(Vec<ActiveUsers>, u128), StoreError> {
        let days = &self.scope.days;
        let mut last = plan.last.min(self.tenant.sharding.end_of_shard(days, plan.first));
        let range = KeyRange::users(&UserHash::from_u128(plan.first), &UserHash::from_u128(last));
        let limit = (MAX_HEADERS / days.len().max(1)).clamp(MIN_HEADERS_PER_DAY, MAX_HEADERS_PER_DAY);
        let needs_all = !self.filters.is_empty() || plan.first == last;
        let mut active: Vec<ActiveUsers> = Vec::with_capacity(days.len());
        let (mut known, mut are_few_new) = (HashSet::new(), false);
        while active.len() < days.len() {
            let rest = &days[active.len()..];
            if are_few_new {
                active.extend(rest.iter().map(|day| ActiveUsers { day: *day, headers: None }));
                break;
            }
            let next = if active.is_empty() { PARALLEL_DAYS } else { DAYS_BETWEEN_LOOKS };
            let next = if needs_all { rest } else { &rest[..next.min(rest.len())] };
            let reads: Vec<_> = next.iter().map(|day| self.headers(*day, plan, &range, limit)).collect();
            let read: Vec<_> = stream::iter(reads).buffered(PARALLEL_DAYS).try_collect().await?;
            for (day, (headers, read_to)) in next.iter().zip(read) {
                last = last.min(read_to);
                let new = headers.iter().filter(|user| known.insert(user.user_hash.clone())).count();
                are_few_new = new * FEW_NEW_USERS < headers.len();
                active.push(ActiveUsers { day: *day, headers: Some(headers) });
            }
        }
        Ok((active, last))
    }

    async fn headers(
        &self,
        day: NaiveDate,
        plan: &BatchPlan,
        range: &KeyRange,
        limit: usize,
    ) -> Result<(Vec<UserDay>, u128), StoreError> {
        let (partition, freshness) = (self.partition(day, plan), self.scope.freshness(day));
        let (users, rest) = self.store.user_day_list(&self.tenant.id, partition, range, freshness, Some(limit)).await?;
        Ok((users, rest.map_or(u128::MAX, |rest| rest.first_place())))
    }

    /// An empty batch of the admitted users up to a last one: at most the planned users and user-days, and at least one
    /// user.
    pub(super) fn admit(&self, days: &[ActiveUsers], plan: &BatchPlan, mut last: u128) -> UserBatch {
        let mut active: BTreeMap<&UserHash, usize> = BTreeMap::new();
        let headers: Vec<_> = days.iter().filter_map(|day| day.headers.as_ref()).collect();
        let admitted = headers.iter().copied().flatten().filter(|user| self.filters.admit(&user.snapshot));
        for user in admitted.filter(|user| user.user_hash.as_u128() <= last) {
            *active.entry(&user.user_hash).or_default() += 1;
        }
        let first = active.keys().next().map(|user_hash| (*user_hash).clone());
        // The days without headers have as many user-days as the others.
        let max_user_days = plan.user_days * headers.len() / days.len().max(1);
        let mut user_days = 0;
        for (number, (user_hash, days)) in active.into_iter().enumerate() {
            user_days += days;
            if number > 0 && (number >= plan.users || user_days > max_user_days) {
                last = user_hash.as_u128() - 1;
                break;
            }
        }
        UserBatch { users: BTreeMap::new(), last, is_truncated: false, user_days: 0, first, bytes: 0 }
    }

    /// The user-days of a batch: those of the headers that were read, and those that its interactions show on other days.
    pub(super) fn user_days(&self, days: &[ActiveUsers], batch: &UserBatch) -> usize {
        let headers = days.iter().filter_map(|day| day.headers.as_ref()).flatten();
        let of_headers = headers.filter(|user| self.admits(user, batch)).count();
        let Some(unread) = first_unread(days) else { return of_headers };
        let shown = batch.users.values().map(|user| {
            let dates = user.interactions.iter().map(|interaction| interaction.date.date_naive());
            dates.filter(|date| *date >= unread).collect::<HashSet<_>>().len()
        });
        of_headers + shown.sum::<usize>()
    }

    /// Reads the snapshots of the users whose first day's header was not read. A user who has none was erased meanwhile,
    /// and leaves the batch.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(super) async fn read_missing_snapshots(
        &self,
        days: &[ActiveUsers],
        plan: &BatchPlan,
        batch: &mut UserBatch,
    ) -> Result<(), StoreError> {
        let Some(unread) = first_unread(days) else { return Ok(()) };
        let missing = batch.users.iter().filter(|(_, user)| user.first_day >= unread);
        let missing: Vec<_> = missing.map(|(user_hash, user)| (user.first_day, user_hash.clone())).collect();
        let mut snapshots = HashMap::new();
        for freshness in [Freshness::Eventual, Freshness::Consistent] {
            let some = missing.iter().filter(|(day, _)| self.scope.freshness(*day) == freshness);
            let some = some.map(|(day, user_hash)| (self.partition(*day, plan), user_hash.clone())).collect();
            let read = self.store.user_day_get(&self.tenant.id, some, freshness).await?;
            snapshots.extend(read.into_iter().map(|user| (user.user_hash, user.snapshot)));
        }
        for (_, user_hash) in missing {
            match (batch.users.get_mut(&user_hash), snapshots.remove(&user_hash)) {
                (Some(user), Some(snapshot)) => user.snapshot = snapshot,
                _ => drop(batch.users.remove(&user_hash)),
            }
        }
        Ok(())
    }
}

/// The first day whose headers were not read. Those of later days were not read either.
fn first_unread(days: &[ActiveUsers]) -> Option<NaiveDate> {
    days.iter().find(|day| day.headers.is_none()).map(|day| day.day)
}
