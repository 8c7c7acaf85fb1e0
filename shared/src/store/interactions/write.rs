//! Writing events: each is a conditional put, after the items by which readers find it.

use crate::model::{Event, Tenant, UserHash};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Put, item, value};
use crate::store::error::StoreError;
use crate::store::interactions::feed;
use crate::store::interactions::items::{InteractionItem, NamedEvent};
use crate::store::interactions::user_days::{first_of_each_day, ttl};
use crate::store::keys::{self, Key};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// Puts at once.
const PARALLEL: usize = 32;
/// No put begins later than this after its request: readers of the changes feed wait for [`feed::SETTLE_TIME`], and no
/// write may end after that.
const DEADLINE: Duration = Duration::from_secs(20);

/// The result of writing one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is stored now.
    Created,
    /// It was stored before, with the same content.
    Duplicate,
    /// An event with the same user, author, date and id is stored with other content.
    Conflict,
    /// Its user was erased after the event's date.
    Erased,
}

/// How events dated before their user's erasure are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErasedUserPolicy {
    /// They are refused with [`WriteOutcome::Erased`].
    #[default]
    Refuse,
    /// They are stored, because the operator asked for it.
    Restore,
}

/// One request to store events.
pub(in crate::store) struct Request<'a> {
    tenant: &'a Tenant,
    /// The name of the feed entry that announces its events.
    entry: String,
    began_at: Instant,
    /// The wall clock at the beginning.
    began: DateTime<Utc>,
    clock: &'a (dyn Fn() -> DateTime<Utc> + Sync),
}

impl<'a> Request<'a> {
    /// A request that begins now, by a clock.
    pub(in crate::store) fn new(tenant: &'a Tenant, clock: &'a (dyn Fn() -> DateTime<Utc> + Sync)) -> Self {
        Self { tenant, entry: feed::new_entry(), began_at: Instant::now(), began: clock(), clock }
    }

    /// Whether it is too late for another put. A monotonic clock stands still while a machine sleeps (on Linux and macOS), a
    /// wall clock may be set back: the later of the two counts.
    fn is_over(&self) -> bool {
        let by_wall_clock = (self.clock)() - self.began;
        self.began_at.elapsed() > DEADLINE || by_wall_clock.to_std().is_ok_and(|passed| passed > DEADLINE)
    }
}

impl Store {
    /// Stores events and returns the outcome of each, in their order, by a clock.
    ///
    /// The feed entry, the active days, the markers and the headers are written first, once per request or once per user
    /// and day: a stored event is always found by a reader of changes, an export or an erasure.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or 20 s have passed. Some events may be
    /// stored then; writing them again returns [`WriteOutcome::Duplicate`] for those.
    pub async fn events_write(
        &self,
        tenant: &Tenant,
        events: &[Event],
        clock: &(dyn Fn() -> DateTime<Utc> + Sync),
        erased_users: ErasedUserPolicy,
    ) -> Result<Vec<WriteOutcome>, StoreError> {
        let request = Request::new(tenant, clock);
        let named: Vec<NamedEvent> =
            events.iter().map(|event| (self.data_key.user_hash(&tenant.id, &event.user_id), event)).collect();
        let erased = match erased_users {
            ErasedUserPolicy::Refuse => {
                self.erasure_deadlines(&tenant.id, named.iter().map(|(user_hash, _)| user_hash)).await?
            }
            ErasedUserPolicy::Restore => HashMap::new(),
        };
        let refused = |(user_hash, event): &NamedEvent| {
            erased.get(user_hash).is_some_and(|until| event.interaction.date <= *until)
        };
        let admitted: Vec<(usize, NamedEvent)> =
            named.into_iter().enumerate().filter(|(_, named)| !refused(named)).collect();
        let days = first_of_each_day(admitted.iter().map(|(_, named)| named));
        self.announce(&request, admitted.iter().map(|(_, named)| named)).await?;
        let days: Vec<_> =
            days.iter().map(|((day, user_hash), event)| self.user_day_write(tenant, *day, user_hash, event)).collect();
        run(days).await?;

        let mut seen = HashSet::new();
        // An event that is repeated within the request is written after its first is stored.
        let (first, again): (Vec<_>, Vec<_>) =
            admitted.into_iter().partition(|(_, (user_hash, event))| seen.insert(sort_key(user_hash, event)));
        let mut written = vec![WriteOutcome::Erased; events.len()];
        for (wave, new) in [(first, WriteOutcome::Created), (again, WriteOutcome::Duplicate)] {
            let puts: Vec<_> =
                wave.iter().map(|(_, (user_hash, event))| self.event_write(&request, user_hash, event)).collect();
            for ((position, _), outcome) in wave.iter().zip(run(puts).await?) {
                written[*position] = if outcome == WriteOutcome::Created { new } else { outcome };
            }
        }
        Ok(written)
    }

    /// Announces events to readers of changes, and adds their days to the tenant's active days.
    pub(in crate::store) async fn announce<'n, 'a: 'n>(
        &self,
        request: &Request<'_>,
        events: impl Iterator<Item = &'n NamedEvent<'a>> + Clone,
    ) -> Result<(), StoreError> {
        let Request { tenant, entry, began, .. } = request;
        let days = events.clone().map(|(_, event)| event.interaction.date.date_naive());
        self.active_days_add(&tenant.id, days).await?;
        // An event that is repeated within the request is announced once.
        let mut announced = HashSet::new();
        let sort_keys =
            events.map(|(user_hash, event)| sort_key(user_hash, event)).filter(|key| announced.insert(key.clone()));
        let sort_keys: Vec<_> = sort_keys.collect();
        if sort_keys.is_empty() {
            return Ok(());
        }
        self.feed_announce(&tenant.id, entry, &sort_keys, *began).await
    }

    pub(in crate::store) async fn event_write(
        &self,
        request: &Request<'_>,
        user_hash: &UserHash,
        event: &Event,
    ) -> Result<WriteOutcome, StoreError> {
        let op = "event_write";
        if request.is_over() {
            return Err(StoreError::retries_exhausted(op));
        }
        let Request { tenant, entry, .. } = request;
        let new = InteractionItem::of(event, entry, ttl(tenant, event.interaction.date.date_naive()));
        match self.put_if(op, item(op, key(tenant, user_hash, event), &new)?, Condition::absent()).await? {
            Put::Stored => Ok(WriteOutcome::Created),
            Put::Refused(old) => {
                let old: InteractionItem = value(op, old)?;
                Ok(match old.same_content(&new) {
                    // The client retried this put: the response to its first attempt was lost.
                    true if old.feed == *entry => WriteOutcome::Created,
                    true => WriteOutcome::Duplicate,
                    false => WriteOutcome::Conflict,
                })
            }
        }
    }
}

/// Runs writes, 32 at once, and returns their results in order.
async fn run<T, F: Future<Output = Result<T, StoreError>>>(
    writes: impl IntoIterator<Item = F>,
) -> Result<Vec<T>, StoreError> {
    stream::iter(writes).buffered(PARALLEL).try_collect().await
}

/// The key of an event's interaction.
pub(in crate::store) fn key(tenant: &Tenant, user_hash: &UserHash, event: &Event) -> Key {
    let day = event.interaction.date.date_naive();
    keys::key(keys::day_pk(&tenant.id, day, tenant.sharding.shard(day, user_hash)), sort_key(user_hash, event))
}

/// The sort key of an event's interaction.
pub(in crate::store) fn sort_key(user_hash: &UserHash, event: &Event) -> String {
    let interaction = &event.interaction;
    keys::interaction_sk(interaction.author, user_hash, interaction.date.timestamp_micros(), &interaction.id)
}
