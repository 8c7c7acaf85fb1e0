//! How many users a period has, and in which order: counted from their keys, and remembered for ten minutes.

use crate::reader::scope::Reach;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::model::{Author, Tenant, TenantId};
use shared::store::{KeyRange, Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};

/// How old a count may be.
pub(crate) const KEPT: TimeDelta = TimeDelta::minutes(10);
/// Counts that a process remembers.
const REMEMBERED: usize = 8;
/// Shards counted at once.
const PARALLEL: usize = 8;

/// What is counted: the period as it was asked for, or everything.
pub(crate) type Asked = Option<(DateTime<Utc>, DateTime<Utc>)>;

/// The counts of this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census(Arc<Mutex<Vec<Counted>>>);

#[derive(Clone, Debug)]
struct Counted {
    tenant: TenantId,
    asked: Asked,
    at: DateTime<Utc>,
    users: Arc<[u128]>,
}

impl Census {
    /// The places of the users who said something in a period, or to whom the chatbot did, in order; and when that was
    /// counted.
    pub(crate) async fn users(
        &self,
        store: &Store,
        tenant: &Tenant,
        reach: &Reach,
        asked: Asked,
        now: DateTime<Utc>,
    ) -> Result<(Arc<[u128]>, DateTime<Utc>), StoreError> {
        let known = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            counts.retain(|counted| now - counted.at < KEPT);
            counts.iter().find(|counted| counted.tenant == tenant.id && counted.asked == asked).cloned()
        };
        if let Some(Counted { users, at, .. }) = known {
            return Ok((users, at));
        }
        let users: Arc<[u128]> = count(store, tenant, reach).await?.into();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.remove(0);
        }
        counts.push(Counted { tenant: tenant.id.clone(), asked, at: now, users: users.clone() });
        Ok((users, now))
    }
}

async fn count(store: &Store, tenant: &Tenant, reach: &Reach) -> Result<Vec<u128>, StoreError> {
    let shards = |day: &NaiveDate| {
        let day = *day;
        tenant.sharding.shards(day).map(move |shard| (day, shard))
    };
    let places: Vec<_> = reach.days.iter().flat_map(shards).collect();
    let counts = places.into_iter().map(|place| of_shard(store, tenant, reach, place));
    let found: Vec<Vec<u128>> = stream::iter(counts).buffer_unordered(PARALLEL).try_collect().await?;
    let mut users = found.concat();
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// The users of a shard: by their headers, or, where only a part of the day is asked for, by what was said in it.
async fn of_shard(
    store: &Store,
    tenant: &Tenant,
    reach: &Reach,
    place: (NaiveDate, u8),
) -> Result<Vec<u128>, StoreError> {
    let sides: &[Option<Author>] =
        if reach.is_cut(place.0) { &[Some(Author::User), Some(Author::Bot)] } else { &[None] };
    let mut users = Vec::new();
    for side in sides {
        let mut rest = Some(KeyRange::all());
        while let Some(range) = rest {
            let (found, more) = store.user_key_list(&tenant.id, place, *side, &range, reach.freshness(place.0)).await?;
            let within = |at: &Option<DateTime<Utc>>| at.is_none_or(|at| reach.period.contains(at));
            users.extend(found.iter().filter(|(_, at)| within(at)).map(|(user, _)| user.place()));
            users.dedup();
            rest = more;
        }
    }
    Ok(users)
}
