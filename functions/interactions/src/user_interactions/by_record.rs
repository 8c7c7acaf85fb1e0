//! An answer in lines: the days of the period, shard by shard, read once from end to end. A page ends where a page of the
//! table ends, so that nothing is read twice.

use crate::body::{Body, MAX_BYTES};
use crate::reader::key_ranges::runs;
use crate::reader::scope::Reach;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::model::{Author, Filters, Tenant, UserHash};
use shared::store::{InteractionPage, KeyRange, Store, StoreError, StoredInteraction, UserDay};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// Reading takes no longer: API Gateway waits 30 s for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a page of the table becomes as lines, mostly: with less room left, another is not read.
const ROOM: usize = 1_500_000;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(rename = "d")]
    day: NaiveDate,
    #[serde(rename = "s")]
    shard: u8,
    /// What is left of the shard.
    #[serde(rename = "r")]
    rest: KeyRange,
}

/// What is asked for.
pub(crate) struct Walk<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
    pub(crate) reach: &'a Reach,
    pub(crate) filters: &'a Filters,
    /// Lines of a page.
    pub(crate) most: Option<usize>,
}

/// Lines, and where the next page begins, if this is not the last.
pub(crate) struct Lines {
    pub(crate) body: Body,
    pub(crate) count: usize,
    pub(crate) next: Option<Place>,
}

impl Walk<'_> {
    /// Walks on from a place and adds lines to a body.
    pub(crate) async fn page(
        &self,
        from: Option<&Place>,
        body: Body,
        line: impl Fn(&StoredInteraction) -> Vec<u8>,
    ) -> Result<Lines, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = Lines { body, count: 0, next: None };
        for (day, shard, range) in self.partitions(from) {
            let (runs, admitted) = self.runs(day, shard, &range).await?;
            for run in runs {
                let mut rest = run.common(&range);
                while let Some(range) = rest {
                    if self.is_over(&lines, deadline) {
                        lines.next = Some(Place { day, shard, rest: range });
                        return Ok(lines);
                    }
                    let left = self.most.map(|most| most - lines.count);
                    let page = self.read(day, shard, &range, left).await?;
                    rest = page.rest;
                    let is_wanted = |said: &&StoredInteraction| {
                        self.reach.period.contains(said.interaction.date)
                            && admitted.as_ref().is_none_or(|admitted| admitted.contains(&said.user_hash))
                    };
                    for said in page.said.iter().filter(is_wanted) {
                        if !lines.body.push(&line(said)) {
                            lines.next = Some(Place { day, shard, rest: range.from(said) });
                            return Ok(lines);
                        }
                        lines.count += 1;
                    }
                }
            }
        }
        Ok(lines)
    }

    fn is_over(&self, lines: &Lines, deadline: Instant) -> bool {
        self.most.is_some_and(|most| lines.count >= most)
            || (lines.count > 0 && lines.body.len() + ROOM > MAX_BYTES)
            || Instant::now() > deadline
    }

    /// The shards to walk, in order, from a place on.
    fn partitions(&self, from: Option<&Place>) -> impl Iterator<Item = (NaiveDate, u8, KeyRange)> {
        let begin = from.map_or((NaiveDate::MIN, 0), |from| (from.day, from.shard));
        let (sharding, user) = (&self.tenant.sharding, self.reach.user.as_ref());
        let shards = move |day: &NaiveDate| {
            let day = *day;
            let shards = user.map_or(sharding.shards(day), |user| {
                let shard = sharding.shard(day, user);
                shard..shard + 1
            });
            shards.map(move |shard| (day, shard))
        };
        let places = self.reach.days.iter().flat_map(shards).skip_while(move |place| *place < begin);
        places.filter_map(move |(day, shard)| {
            let whole = user.map_or_else(KeyRange::all, |user| KeyRange::during(user, &self.reach.period));
            let rest = from.filter(|_| (day, shard) == begin).map_or_else(KeyRange::all, |from| from.rest.clone());
            Some((day, shard, whole.common(&rest)?))
        })
    }

    /// The runs of a shard to read, and whose lines of them are wanted; everything, if nothing is filtered.
    async fn runs(
        &self,
        day: NaiveDate,
        shard: u8,
        range: &KeyRange,
    ) -> Result<(Vec<KeyRange>, Option<HashSet<UserHash>>), StoreError> {
        if self.filters.is_empty() {
            return Ok((vec![KeyRange::all()], None));
        }
        let last = self.reach.user.clone().unwrap_or_else(|| UserHash::at(u128::MAX));
        let mut users: Vec<UserDay> = Vec::new();
        let mut rest = Some(KeyRange::users(&UserHash::at(range.first_place()), &last));
        while let Some(range) = rest {
            let (place, freshness) = ((day, shard), self.reach.freshness(day));
            let (some, more) = self.store.user_day_list(&self.tenant.id, place, &range, freshness, None).await?;
            users.extend(some);
            rest = more;
        }
        let admitted = users.iter().filter(|user| self.filters.admit(&user.snapshot));
        let admitted = admitted.map(|user| user.user_hash.clone()).collect();
        Ok((runs(&users, u128::MAX, self.filters, &self.reach.period), Some(admitted)))
    }

    async fn read(
        &self,
        day: NaiveDate,
        shard: u8,
        range: &KeyRange,
        limit: Option<usize>,
    ) -> Result<InteractionPage, StoreError> {
        let freshness = self.reach.freshness(day);
        self.store.interaction_page(&self.tenant.id, (day, shard), Author::User, range, freshness, limit).await
    }
}
