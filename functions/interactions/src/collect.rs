//! Gathers what users said: the days of the period, shard by shard, several at once.

use crate::question::Wanted;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::http::ApiError;
use shared::model::{Huser, Interaction, Period, Snapshot, Tenant, UserId};
use shared::store::{Store, StoreError, UserDay, Users};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Shards read at once.
const PARALLEL: usize = 8;
/// An answer is refused beyond this many bytes.
pub(crate) const MAX_BYTES: usize = 3_500_000;
/// An interaction in the answer without type, text and data has at least so many.
const BARE: usize = 65;
/// Reading takes no longer: API Gateway waits 30 s for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A user and what the user said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) user_id: UserId,
    /// What was known of the user on the first day that has any of the interactions.
    pub(crate) snapshot: Snapshot,
    pub(crate) interactions: Vec<Interaction>,
}

/// The users in their order.
pub(crate) type ByUser = BTreeMap<Huser, Said>;

/// What a day's shard holds, by user.
type DayShard = Vec<(UserDay, Vec<Interaction>)>;

/// The answer would be too large.
pub(crate) fn too_large() -> ApiError {
    let sentence = "The answer would be larger than 3.5 MB. Ask for a shorter period, or for one user with user_id.";
    ApiError::Refused(sentence.to_owned(), shared::http::FieldErrors::new())
}

/// Gathering the answer takes too long.
fn too_slow() -> ApiError {
    let sentence = "The answer takes too long to gather. Ask for a shorter period, or for one user with user_id.";
    ApiError::Refused(sentence.to_owned(), shared::http::FieldErrors::new())
}

/// Reads what is wanted. Days are read in parallel and joined in their order, so that a user's first snapshot and the
/// order of time are what they would be one by one.
pub(crate) async fn collect(
    store: &Store,
    tenant: &Tenant,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<ByUser, ApiError> {
    let period = within_reach(wanted.period, tenant, now);
    let reader = Reader { store, tenant, wanted, period, bytes: AtomicUsize::new(0) };
    tokio::time::timeout(PATIENCE, reader.read()).await.map_err(|_| too_slow())?
}

/// The part of a period that is still kept, and not later than what a clock five minutes ahead may have written.
fn within_reach(period: Period, tenant: &Tenant, now: DateTime<Utc>) -> Period {
    let kept = tenant.retention_days.map(|days| now - TimeDelta::days(days.into()));
    Period {
        from: kept.map_or(period.from, |kept| kept.max(period.from)),
        last: period.last.min(now + TimeDelta::minutes(5)),
        ..period
    }
}

struct Reader<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    wanted: &'a Wanted,
    period: Period,
    bytes: AtomicUsize,
}

impl Reader<'_> {
    async fn read(&self) -> Result<ByUser, ApiError> {
        let places = self.places().await?;
        let mut reads = stream::iter(places).map(|(day, shard)| self.read_shard(day, shard)).buffered(PARALLEL);
        let mut users = ByUser::new();
        while let Some(shard) = reads.try_next().await? {
            for (UserDay { huser, user_id, snapshot }, interactions) in shard {
                let said = users.entry(huser).or_insert_with(|| Said { user_id, snapshot, interactions: Vec::new() });
                said.interactions.extend(interactions);
            }
        }
        Ok(users)
    }

    /// The shards to look into: those of every day of the tenant's active months, or of one user's active days. So a
    /// query over a century costs what its months cost.
    async fn places(&self) -> Result<Vec<(NaiveDate, u8)>, StoreError> {
        let sharding = &self.tenant.sharding;
        let (first, last) = (self.period.from.date_naive(), self.period.last.date_naive());
        let Some(user) = self.user() else {
            let days = self.tenant.active_days(first, last);
            return Ok(days.flat_map(|day| sharding.shards(day).map(move |shard| (day, shard))).collect());
        };
        if first > last {
            return Ok(Vec::new());
        }
        let days = self.store.days_of_user(&self.tenant.id, &user, first, last).await?;
        Ok(days.into_iter().map(|day| (day, sharding.shard(day, &user))).collect())
    }

    fn user(&self) -> Option<Huser> {
        self.wanted.user_id.as_ref().map(|id| self.store.data_key().huser(&self.tenant.id, id))
    }

    /// The users of a shard whose snapshot passes the filters, with what they said in the period. What others said is
    /// not read further than it lies between them.
    async fn read_shard(&self, day: NaiveDate, shard: u8) -> Result<DayShard, ApiError> {
        let tenant = &self.tenant.id;
        let active = match self.user() {
            Some(user) => self.store.user_on_day(tenant, day, shard, &user).await?.into_iter().collect(),
            None => self.store.users_of_day(tenant, day, shard).await?,
        };
        let active: Vec<_> = active.into_iter().filter(|user| self.wanted.filters.admit(&user.snapshot)).collect();
        let (Some(first), Some(last)) = (active.first(), active.last()) else { return Ok(Vec::new()) };
        let range = Users { first: first.huser.clone(), last: last.huser.clone() };
        let mut said: BTreeMap<Huser, Vec<Interaction>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.store.interactions_page(tenant, day, shard, &range, after).await?;
            for (huser, interaction) in page.interactions {
                if self.period.contains(interaction.date)
                    && active.binary_search_by(|user| user.huser.cmp(&huser)).is_ok()
                {
                    self.weigh(&interaction)?;
                    said.entry(huser).or_default().push(interaction);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(active
            .into_iter()
            .filter_map(|user| said.remove(&user.huser).map(|interactions| (user, interactions)))
            .collect())
    }

    /// Gives up as soon as what was gathered is surely too large: memory must not grow with what is stored.
    fn weigh(&self, interaction: &Interaction) -> Result<(), ApiError> {
        let data = interaction.data.as_ref().and_then(|data| serde_json::to_vec(data).ok()).unwrap_or_default();
        let bytes = BARE + interaction.kind.len() + interaction.text.len() + data.len();
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > MAX_BYTES { Err(too_large()) } else { Ok(()) }
    }
}
