//! The users of a period, counted from their keys, and kept in memory for ten minutes.

use crate::reader::scope::QueryScope;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::model::{Author, Tenant, TenantId};
use shared::store::{KeyRange, Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum age of a count, as OpenAPI documents it for `pagination`.
pub(crate) const MAX_AGE: TimeDelta = TimeDelta::minutes(10);
/// Counts that a process keeps. A count takes 16 bytes per user, so a tenant of a million users takes 16 MB.
const MAX_COUNTS: usize = 8;
/// Shards that are counted at once.
const PARALLEL_SHARDS: usize = 8;

/// The first and last instant of a query's period, or `None` for everything.
pub(crate) type CountedPeriod = Option<(DateTime<Utc>, DateTime<Utc>)>;

/// The counts of this process, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserCountCache(Arc<Mutex<Vec<UserCount>>>);

#[derive(Clone, Debug)]
struct UserCount {
    tenant: TenantId,
    period: CountedPeriod,
    at: DateTime<Utc>,
    users: Arc<[u128]>,
}

impl UserCountCache {
    /// The hashes of the users who have an interaction of either author in a period, in order, and when they were
    /// counted.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(crate) async fn users(
        &self,
        store: &Store,
        tenant: &Tenant,
        scope: &QueryScope,
        period: CountedPeriod,
        now: DateTime<Utc>,
    ) -> Result<(Arc<[u128]>, DateTime<Utc>), StoreError> {
        let known = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            counts.retain(|count| now - count.at < MAX_AGE);
            counts.iter().find(|count| count.tenant == tenant.id && count.period == period).cloned()
        };
        if let Some(UserCount { users, at, .. }) = known {
            return Ok((users, at));
        }
        let users: Arc<[u128]> = count_users(store, tenant, scope).await?.into();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_COUNTS {
            counts.remove(0);
        }
        counts.push(UserCount { tenant: tenant.id.clone(), period, at: now, users: users.clone() });
        Ok((users, now))
    }
}

async fn count_users(store: &Store, tenant: &Tenant, scope: &QueryScope) -> Result<Vec<u128>, StoreError> {
    let shards = |day: &NaiveDate| {
        let day = *day;
        tenant.sharding.shards(day).map(move |shard| (day, shard))
    };
    let partitions: Vec<_> = scope.days.iter().flat_map(shards).collect();
    let reads = partitions.into_iter().map(|partition| users_of_shard(store, tenant, scope, partition));
    let found: Vec<Vec<u128>> = stream::iter(reads).buffer_unordered(PARALLEL_SHARDS).try_collect().await?;
    let mut users = found.concat();
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// The users of a shard, from their headers, or, if the period covers only a part of the day, from the keys of their
/// interactions.
async fn users_of_shard(
    store: &Store,
    tenant: &Tenant,
    scope: &QueryScope,
    partition: (NaiveDate, u8),
) -> Result<Vec<u128>, StoreError> {
    let (is_cut, freshness) = (scope.is_cut(partition.0), scope.freshness(partition.0));
    let sources: &[Option<Author>] = if is_cut { &[Some(Author::User), Some(Author::Bot)] } else { &[None] };
    let mut users = Vec::new();
    for source in sources {
        let mut rest = Some(KeyRange::all());
        while let Some(range) = rest {
            let (found, more) = store.user_key_list(&tenant.id, partition, *source, &range, freshness).await?;
            let is_within = |at: &Option<DateTime<Utc>>| at.is_none_or(|at| scope.period.contains(at));
            users.extend(found.iter().filter(|(_, at)| is_within(at)).map(|(user, _)| user.as_u128()));
            users.dedup();
            rest = more;
        }
    }
    Ok(users)
}
