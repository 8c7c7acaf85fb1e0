//! Reads a batch of users: first which users were active, then their interactions, several days at once.

use crate::reader::key_ranges::key_ranges;
use crate::reader::plan::BatchPlan;
use crate::reader::range_reader::RangeReader;
use crate::reader::scope::QueryScope;
use crate::reader::user_batch::{ActiveUsers, UserBatch, UserInteractions, min_bytes};
use chrono::NaiveDate;
use futures_util::future::try_join_all;
use shared::model::{Author, Filters, Snapshot, Tenant, UserHash};
use shared::store::{KeyRange, Store, StoreError, StoredInteraction, UserDay};

/// Days read at once. More would save little time, and what a batch reads beyond its room is read again.
pub(super) const PARALLEL_DAYS: usize = 8;

/// Reads batches of a tenant's users.
pub(crate) struct BatchReader<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
    pub(crate) scope: &'a QueryScope,
    pub(crate) filters: &'a Filters,
    /// The authors whose interactions are read.
    pub(crate) authors: &'static [Author],
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
                    self.append_day(&mut batch, day, active.headers.as_deref());
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
        batch.keep_users(plan.users);
        self.read_missing_snapshots(&days, plan, &mut batch).await?;
        batch.user_days = self.user_days(&days, &batch);
        Ok(Some(batch))
    }

    pub(super) fn partition(&self, day: NaiveDate, plan: &BatchPlan) -> (NaiveDate, u8) {
        (day, self.tenant.sharding.shard(day, &UserHash::from_u128(plan.first)))
    }

    pub(super) fn admits(&self, user: &UserDay, batch: &UserBatch) -> bool {
        user.user_hash.as_u128() <= batch.last && self.filters.admit(&user.snapshot)
    }

    /// Appends a day to a batch. If reading stopped within a user, the batch ends before that user; if that is its first
    /// user, it ends with what was read of the user.
    fn append_day(&self, batch: &mut UserBatch, day: DayInteractions, headers: Option<&[UserDay]>) {
        for StoredInteraction { user_hash, user_id, interaction } in day.interactions {
            let snapshot = match headers {
                // A day is read up to the batch's last user at that time, and through gaps of excluded users.
                Some(headers) => match headers.binary_search_by(|user| user.user_hash.cmp(&user_hash)) {
                    Ok(index) if self.admits(&headers[index], batch) => headers[index].snapshot.clone(),
                    _ => continue,
                },
                None if user_hash.as_u128() <= batch.last => Snapshot::default(), // until it is read
                None => continue,
            };
            let bytes = min_bytes(&interaction);
            if batch.first.as_ref().is_none_or(|first| user_hash < *first) {
                batch.first = Some(user_hash.clone());
            }
            let user = batch.users.entry(user_hash).or_insert_with(|| UserInteractions {
                user_id,
                snapshot,
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
        ActiveUsers { day, headers }: &ActiveUsers,
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
        let ranges = match headers {
            Some(headers) => key_ranges(headers, batch.last, self.filters, &self.scope.period),
            None => vec![KeyRange::users(&UserHash::from_u128(plan.first), &UserHash::from_u128(batch.last))],
        };
        for range in ranges {
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
