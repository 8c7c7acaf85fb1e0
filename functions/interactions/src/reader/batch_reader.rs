//! Gathers what a range of users said: first who was active on which day, then what was said, several days at once.

use crate::reader::key_ranges::runs;
use crate::reader::scope::Reach;
use crate::reader::user_batch::{Slice, UserInteractions, weight};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::try_join_all;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::model::{Author, Filters, Tenant, UserHash};
use shared::store::{KeyRange, Store, StoreError, StoredInteraction, UserDay};
use std::collections::BTreeMap;

/// Days read at once.
const PARALLEL: usize = 8;
/// Users of all days that are looked at for one slice.
const HEADERS: usize = 16_000;

/// Reads a tenant's days.
pub(crate) struct Gather<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
    pub(crate) reach: &'a Reach,
    pub(crate) filters: &'a Filters,
    /// Whose turns are wanted.
    pub(crate) authors: &'static [Author],
}

/// A range of users, and how much of them is wanted at most.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) first: u128,
    pub(crate) last: u128,
    /// Of the first user only what comes after this microsecond and id.
    pub(crate) after: Option<(i64, String)>,
    pub(crate) users: usize,
    pub(crate) user_days: usize,
    pub(crate) bytes: usize,
    /// A part will do; else only the whole is worth anything.
    pub(crate) paged: bool,
    /// What users' days weigh is not known yet.
    pub(crate) unknown: bool,
}

/// What was said on a day in a range of users.
struct DayInteractions {
    day: NaiveDate,
    said: Vec<StoredInteraction>,
    /// The user at whom the reading stopped, if it did not come to the end.
    stopped_at: Option<UserHash>,
}

impl Gather<'_> {
    /// Gathers a slice of users. Days are read in parallel and joined in their order, so that a user's first snapshot and
    /// the order of time are what they would be one by one.
    pub(crate) async fn slice(&self, wish: &Wish) -> Result<Slice, StoreError> {
        let days = &self.reach.days;
        let mut last = wish.last.min(self.tenant.sharding.end_of_shard(days, wish.first));
        let range = KeyRange::users(&UserHash::at(wish.first), &UserHash::at(last));
        let limit = (HEADERS / days.len().max(1)).clamp(16, 4_096);
        let active: Vec<_> = days.iter().map(|day| self.active(*day, wish.first, &range, limit)).collect();
        let active: Vec<(Vec<UserDay>, u128)> = stream::iter(active).buffered(PARALLEL).try_collect().await?;
        last = active.iter().map(|(_, read_to)| *read_to).fold(last, u128::min);
        let days: Vec<_> = days.iter().copied().zip(active.into_iter().map(|(users, _)| users)).collect();
        let mut slice = self.admissible(&days, wish, last);
        // What does not fit is read again: one day is felt for before the others.
        let (mut done, mut parallel) = (0, if wish.paged { 1 } else { PARALLEL });
        while done < days.len() && !slice.truncated {
            let some = &days[done..days.len().min(done + parallel)];
            let reads = some.iter().map(|(day, users)| self.read_day(*day, users, &slice, wish));
            for (day, (_, active)) in try_join_all(reads).await?.into_iter().zip(some) {
                if !slice.truncated {
                    self.add(&mut slice, day, active);
                }
            }
            done += some.len();
            slice.narrow(wish, done, days.len());
            parallel = if slice.is_of_one() { slice.days_that_fit(wish, done).min(PARALLEL) } else { PARALLEL };
        }
        let within = |user: &&UserDay| user.user_hash.place() <= slice.last && self.filters.admit(&user.snapshot);
        slice.user_days = days.iter().flat_map(|(_, users)| users).filter(within).count();
        Ok(slice)
    }

    /// The users of a day in a range whose snapshot passes the filters or not, and the last place that was looked at.
    async fn active(
        &self,
        day: NaiveDate,
        place: u128,
        range: &KeyRange,
        limit: usize,
    ) -> Result<(Vec<UserDay>, u128), StoreError> {
        let shard = self.tenant.sharding.shard(day, &UserHash::at(place));
        let freshness = self.reach.freshness(day);
        let (users, rest) =
            self.store.user_day_list(&self.tenant.id, (day, shard), range, freshness, Some(limit)).await?;
        Ok((users, rest.map_or(u128::MAX, |rest| rest.first_place())))
    }

    /// The slice to read, still empty: no more users and days of them than wished, and at least one user.
    fn admissible(&self, days: &[(NaiveDate, Vec<UserDay>)], wish: &Wish, mut last: u128) -> Slice {
        let mut active: BTreeMap<&UserHash, usize> = BTreeMap::new();
        let admitted = days.iter().flat_map(|(_, users)| users).filter(|user| self.filters.admit(&user.snapshot));
        for user in admitted.filter(|user| user.user_hash.place() <= last) {
            *active.entry(&user.user_hash).or_default() += 1;
        }
        let first = active.keys().next().map(|user_hash| (*user_hash).clone());
        let mut user_days = 0;
        for (place, (user_hash, days)) in active.into_iter().enumerate() {
            user_days += days;
            if place > 0 && (place >= wish.users || user_days > wish.user_days) {
                last = user_hash.place() - 1;
                break;
            }
        }
        Slice { users: BTreeMap::new(), last, truncated: false, user_days: 0, first, bytes: 0 }
    }

    /// Adds a day to a slice. Users from the one on at whom the reading stopped are not in the slice, unless that is its
    /// first: then it ends with what was read of that one.
    fn add(&self, slice: &mut Slice, day: DayInteractions, active: &[UserDay]) {
        for StoredInteraction { user_hash, user_id, interaction } in day.said {
            if user_hash.place() > slice.last {
                continue;
            }
            let known =
                active.binary_search_by(|user| user.user_hash.cmp(&user_hash)).map(|place| &active[place].snapshot);
            let Some(snapshot) = known.ok().filter(|known| self.filters.admit(known)) else { continue };
            let bytes = weight(&interaction);
            let user = slice.users.entry(user_hash).or_insert_with(|| UserInteractions {
                user_id,
                snapshot: snapshot.clone(),
                first_day: day.day,
                interactions: Vec::new(),
                bytes: 0,
            });
            user.interactions.push(interaction);
            user.bytes += bytes;
            slice.bytes += bytes;
        }
        if let Some(stopped_at) = day.stopped_at.filter(|user| user.place() <= slice.last) {
            slice.end_with(&stopped_at, true);
        }
    }

    async fn read_day(
        &self,
        day: NaiveDate,
        active: &[UserDay],
        slice: &Slice,
        wish: &Wish,
    ) -> Result<DayInteractions, StoreError> {
        let shard = self.tenant.sharding.shard(day, &UserHash::at(wish.first));
        let begin = wish.after.as_ref().map_or_else(KeyRange::all, |(micros, id)| {
            KeyRange::all().after_place(&UserHash::at(wish.first), *micros, id)
        });
        let mut read = DayInteractions { day, said: Vec::new(), stopped_at: None };
        let mut room = wish.bytes;
        for run in runs(active, slice.last, self.filters, &self.reach.period) {
            let Some(range) = run.common(&begin) else { continue };
            let (said, stopped_at) = self.read_run((day, shard), &range, room, slice.is_of_one()).await?;
            room = room.saturating_sub(said.iter().map(|said| weight(&said.interaction)).sum());
            read.said.extend(said);
            if stopped_at.is_some() {
                read.stopped_at = stopped_at;
                break;
            }
        }
        Ok(read)
    }

    /// What was said in a run, in one order whoever said it. Stops when one side has more than so many bytes, and says
    /// at whom: then everything up to where it stopped is there, of either side.
    async fn read_run(
        &self,
        place: (NaiveDate, u8),
        range: &KeyRange,
        most: usize,
        alone: bool,
    ) -> Result<(Vec<StoredInteraction>, Option<UserHash>), StoreError> {
        let (period, freshness) = (&self.reach.period, self.reach.freshness(place.0));
        let (mut all, mut stopped_at): (Vec<StoredInteraction>, Option<StoredInteraction>) = (Vec::new(), None);
        for author in self.authors {
            let (mut rest, mut bytes, mut read) = (Some(range.clone()), 0, 0);
            while let Some(range) = rest {
                // Of one user's no more than will fit, as what was read tells.
                let limit =
                    (alone && bytes > 0).then(|| (most.saturating_sub(bytes) / (bytes / read).max(1)).max(1) + 1);
                let page =
                    self.store.interaction_page(&self.tenant.id, place, *author, &range, freshness, limit).await?;
                rest = page.rest;
                read += page.said.len();
                let last = page.said.last().cloned();
                all.extend(
                    page.said
                        .into_iter()
                        .filter(|said| period.contains(said.interaction.date))
                        .inspect(|said| bytes += weight(&said.interaction)),
                );
                if bytes > most && rest.is_some() && last.is_some() {
                    stopped_at = stopped_at.into_iter().chain(last).min_by(|a, b| place_of(a).cmp(&place_of(b)));
                    break;
                }
            }
        }
        if let Some(stopped_at) = &stopped_at {
            all.retain(|said| place_of(said) <= place_of(stopped_at));
        }
        if self.authors.len() > 1 {
            all.sort_by(|a, b| place_of(a).cmp(&place_of(b)));
        }
        Ok((all, stopped_at.map(|said| said.user_hash)))
    }
}

/// The order of what was said, whoever said it.
fn place_of(said: &StoredInteraction) -> (&UserHash, DateTime<Utc>, &str) {
    (&said.user_hash, said.interaction.date, &said.interaction.id)
}
