//! Events on their way in: each a conditional put, and before them what makes them findable.

use crate::model::{Event, Tenant, TenantId, UserHash, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Put, item, value};
use crate::store::error::StoreError;
use crate::store::interactions::feed;
use crate::store::interactions::items::InteractionItem;
use crate::store::interactions::user_days::{first_of_each_day, ttl};
use crate::store::keys;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// Puts under way at once.
pub(in crate::store) const PARALLEL: usize = 32;
/// No put begins later: readers of the changes feed wait for `feed::SETTLE_TIME`, and no write may outlive that.
const DEADLINE: Duration = Duration::from_secs(20);

/// The verdict on an event that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is stored now.
    Created,
    /// It was stored before, with the same content.
    Duplicate,
    /// Another content is stored under its user, author, date and id.
    Conflict,
    /// Its user was erased after it happened.
    Erased,
}

/// What becomes of events from before their user's erasure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErasedUserPolicy {
    /// They stay out.
    #[default]
    Refuse,
    /// They come back: the operator says so.
    Restore,
}

/// Where a webchat message was put, so that a retry is the same interaction.
#[derive(Serialize, Deserialize)]
struct Place {
    micros: i64,
    ttl: i64,
}

/// An event with its user as keys name them.
pub(in crate::store) type Named<'a> = (UserHash, &'a Event);

/// One request to store events.
struct Request<'a> {
    tenant: &'a Tenant,
    /// The entry of the changes feed that tells of its events.
    entry: String,
    begun: Instant,
}

impl Store {
    /// Stores events and says of each, in their order, what became of it. The entry of the changes feed, the days'
    /// headers and the markers are written first, once a request or once for each user and day: an event is never stored
    /// where a reader of changes, an export or an erasure would not find it. `now` is read just before the call.
    ///
    /// # Errors
    /// The table's, or 20 s have passed; then some events may be stored, and writing them again makes them duplicates,
    /// not doubles.
    pub async fn events_write(
        &self,
        tenant: &Tenant,
        events: &[Event],
        now: DateTime<Utc>,
        erased_users: ErasedUserPolicy,
    ) -> Result<Vec<WriteOutcome>, StoreError> {
        let request = Request { tenant, entry: feed::new_entry(), begun: Instant::now() };
        let named: Vec<Named> =
            events.iter().map(|event| (self.data_key.user_hash(&tenant.id, &event.user_id), event)).collect();
        let erased = match erased_users {
            ErasedUserPolicy::Refuse => {
                self.erasure_deadlines(&tenant.id, named.iter().map(|(user_hash, _)| user_hash)).await?
            }
            ErasedUserPolicy::Restore => std::collections::HashMap::new(),
        };
        let stays_out =
            |(user_hash, event): &Named| erased.get(user_hash).is_some_and(|until| event.interaction.date <= *until);
        let admitted: Vec<(usize, Named)> =
            named.into_iter().enumerate().filter(|(_, named)| !stays_out(named)).collect();
        self.announce(&request, &admitted, now).await?;

        let mut seen = HashSet::new();
        // What stands twice in a request is looked at after its first has been stored.
        let (first, again): (Vec<_>, Vec<_>) =
            admitted.into_iter().partition(|(_, (user_hash, event))| seen.insert(sort_key(user_hash, event)));
        let mut written = vec![WriteOutcome::Erased; events.len()];
        for (wave, new) in [(first, WriteOutcome::Created), (again, WriteOutcome::Duplicate)] {
            let puts: Vec<_> =
                wave.iter().map(|(_, (user_hash, event))| self.event_write(&request, user_hash, event)).collect();
            for ((place, _), verdict) in wave.iter().zip(run(puts).await?) {
                written[*place] = if verdict == WriteOutcome::Created { new } else { verdict };
            }
        }
        Ok(written)
    }

    /// Writes what makes events findable.
    async fn announce(
        &self,
        request: &Request<'_>,
        events: &[(usize, Named<'_>)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let Request { tenant, entry, .. } = request;
        let named = || events.iter().map(|(_, named)| named);
        let days = first_of_each_day(named());
        self.tenant_reach(tenant, days.keys().map(|(day, _)| *day)).await?;
        // What stands twice in a request is told once.
        let mut told = HashSet::new();
        let sort_keys =
            named().map(|(user_hash, event)| sort_key(user_hash, event)).filter(|key| told.insert(key.clone()));
        let sort_keys = sort_keys.collect();
        self.feed_announce(&tenant.id, entry, sort_keys, now).await?;
        let days: Vec<_> =
            days.iter().map(|((day, user_hash), event)| self.user_day_write(tenant, *day, user_hash, event)).collect();
        run(days).await.map(drop::<Vec<()>>)
    }

    async fn event_write(
        &self,
        request: &Request<'_>,
        user_hash: &UserHash,
        event: &Event,
    ) -> Result<WriteOutcome, StoreError> {
        let op = "event_write";
        if request.begun.elapsed() > DEADLINE {
            return Err(StoreError::retries_exhausted(op));
        }
        let Request { tenant, entry, .. } = request;
        let new = InteractionItem::of(event, entry, ttl(tenant, event.interaction.date.date_naive()));
        match self.put_if(op, item(op, key(tenant, user_hash, event), &new)?, Condition::absent()).await? {
            Put::Stored => Ok(WriteOutcome::Created),
            Put::Refused(old) => {
                let old: InteractionItem = value(op, old)?;
                Ok(match old.same_content(&new) {
                    // The answer to the first try was lost: it had been stored.
                    true if old.feed == *entry => WriteOutcome::Created,
                    true => WriteOutcome::Duplicate,
                    false => WriteOutcome::Conflict,
                })
            }
        }
    }

    /// The instant of a webchat message: now for a new one, the instant of the first time for a repeat within a day.
    ///
    /// # Errors
    /// The table's.
    pub async fn message_timestamp(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        message_id: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let op = "message_timestamp";
        let place = Place { micros: now.timestamp_micros(), ttl: (now + TimeDelta::days(1)).timestamp() };
        let place = item(op, keys::message(tenant, user, message_id), &place)?;
        match self.put_if(op, place, Condition::absent()).await? {
            Put::Stored => Ok(time::whole_micros(now)),
            Put::Refused(first) => Ok(time::from_micros(value::<Place>(op, first)?.micros)),
        }
    }
}

/// Runs writes, several at once, and gives their results in order.
async fn run<T, F: Future<Output = Result<T, StoreError>>>(
    writes: impl IntoIterator<Item = F>,
) -> Result<Vec<T>, StoreError> {
    stream::iter(writes).buffered(PARALLEL).try_collect().await
}

/// The key of an event's interaction.
pub(in crate::store) fn key(tenant: &Tenant, user_hash: &UserHash, event: &Event) -> keys::Key {
    let day = event.interaction.date.date_naive();
    keys::key(keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user_hash)), sort_key(user_hash, event))
}

pub(in crate::store) fn sort_key(user_hash: &UserHash, event: &Event) -> String {
    let interaction = &event.interaction;
    keys::interaction_sk(interaction.author, user_hash, interaction.date.timestamp_micros(), &interaction.id)
}
