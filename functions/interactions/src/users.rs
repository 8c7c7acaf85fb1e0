//! An answer by user: slices of users until there are no more, or a page is full.

use crate::answer::{Shape, user_json};
use crate::body::{Body, MAX_BYTES};
use crate::estimate::{ratio, scaled, share_of, width_of};
use crate::gather::{Gather, Wish};
use crate::slice::UserSaid;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::model::{Huser, Interaction};
use shared::store::{Range, StoreError};
use std::time::Duration;
use tokio::time::Instant;

/// Reading takes no longer: API Gateway waits 30 s for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// A page with so much does not look for more: what another slice costs should be for a page of its own.
const ENOUGH: usize = MAX_BYTES / 4;
/// Bytes that a user's day has in the answer, as long as nothing is known.
const WEIGHT: f64 = 2_000.0;

/// Where a page begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The first user.
    #[serde(rename = "u")]
    first: Huser,
    /// Of the first user only what comes after.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    after: Option<After>,
    /// The share of all users that fills a page, as it turned out.
    #[serde(rename = "s")]
    share: f64,
    /// The bytes that a user's day has in the answer, as it turned out.
    #[serde(rename = "w")]
    weight: f64,
}

/// Where a user goes on who is larger than a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct After {
    #[serde(rename = "t")]
    micros: i64,
    #[serde(rename = "i")]
    id: String,
    /// The day of the snapshot that stands with the user.
    #[serde(rename = "d")]
    first_day: NaiveDate,
}

/// Users as they are answered.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The users, as JSON between commas.
    pub(crate) body: Vec<u8>,
    pub(crate) users: usize,
    pub(crate) interactions: usize,
    /// Where the next page begins, if this is not the last.
    pub(crate) next: Option<Place>,
}

/// Why a page could not be gathered.
#[derive(Debug)]
pub(crate) enum PageError {
    Store(StoreError),
    /// Time was over before anything could be answered.
    TooSlow,
}

impl Place {
    /// The first page.
    pub(crate) fn start(gather: &Gather<'_>) -> Self {
        let first = gather.reach.user.clone().unwrap_or_else(|| Huser::at(0));
        Self { first, after: None, share: 1.0, weight: WEIGHT }
    }

    fn at(&self, first: u128) -> Self {
        Self { first: Huser::at(first), after: None, ..self.clone() }
    }

    fn within(&self, user: &Huser, first_day: NaiveDate, last: &Interaction) -> Self {
        let after = After { micros: last.date.timestamp_micros(), id: last.id.clone(), first_day };
        Self { first: user.clone(), after: Some(after), ..self.clone() }
    }

    /// What to gather for a page in which so much room is left.
    fn wish(&self, gather: &Gather<'_>, room: usize, users: usize) -> Wish {
        let first = self.first.place();
        let after = self.after.as_ref().map(|after| (after.micros, after.id.clone()));
        let alone = after.is_some() || gather.reach.user.is_some();
        let share = self.share * ratio(room, MAX_BYTES);
        Wish {
            first,
            last: if alone { first } else { spread(first, share, gather) },
            after,
            users,
            user_days: scaled(room, 0.9 / self.weight).max(1),
            bytes: 2 * MAX_BYTES,
        }
    }

    /// Learns from what a slice had.
    fn learn(&mut self, wish: &Wish, last: u128, user_days: usize, bytes: usize) {
        if wish.first < last && user_days > 0 && bytes > 0 {
            self.weight = ratio(bytes, user_days);
            self.share = (0.85 * share_of(last - wish.first) * ratio(MAX_BYTES, bytes)).min(1.0);
        }
    }
}

/// The last user of a slice that has a share of all users; shards are cut in even parts rather than to leave a rest.
fn spread(first: u128, share: f64, gather: &Gather<'_>) -> u128 {
    let end = gather.tenant.sharding.end_of_shard(&gather.reach.days, first);
    let (width, rest) = (width_of(share), end - first);
    match rest {
        _ if rest / 5 < width / 4 => end,
        _ if rest / 2 < width => first + rest / 2,
        _ => first.saturating_add(width),
    }
}

/// A user who goes on keeps the snapshot of the first page.
async fn resume(gather: &Gather<'_>, after: &After, huser: &Huser, user: &mut UserSaid) -> Result<(), StoreError> {
    user.first_day = after.first_day;
    let shard = gather.tenant.sharding.shard(after.first_day, huser);
    let (range, freshness) = (Range::users(huser, huser), gather.reach.freshness(after.first_day));
    let place = (after.first_day, shard);
    let (first, _) = gather.store.users_of_day(&gather.tenant.id, place, &range, freshness, None).await?;
    if let Some(first) = first.into_iter().next() {
        user.snapshot = first.snapshot;
    }
    Ok(())
}

/// The most interactions of a user that fit.
fn largest(user: &UserSaid, fits: impl Fn(usize) -> bool) -> usize {
    let counts: Vec<usize> = (1..=user.interactions.len()).collect();
    counts.partition_point(|count| fits(*count)).max(1)
}

/// Adds a user, with a comma where one stands already.
fn push(body: &mut Body, user: &[u8]) -> bool {
    body.fits(user) && (body.is_empty() || body.push(b",")) && body.push(user)
}

/// Gathers a page of at most so many users; or, where only the whole will do, everything that fits.
pub(crate) async fn page(
    gather: &Gather<'_>,
    shape: &Shape<'_>,
    mut place: Place,
    most: Option<usize>,
) -> Result<Page, PageError> {
    let deadline = Instant::now() + PATIENCE;
    let end = gather.reach.user.as_ref().map_or(u128::MAX, Huser::place);
    let (mut page, mut body) = (Page::default(), Body::default());
    loop {
        let users = most.map_or(usize::MAX, |most| most - page.users);
        let wish = place.wish(gather, MAX_BYTES - body.len().min(MAX_BYTES - 1), users);
        let mut slice = match tokio::time::timeout_at(deadline, gather.slice(&wish)).await {
            Ok(slice) => slice.map_err(PageError::Store)?,
            Err(_) if page.users > 0 && most.is_some() => break,
            Err(_) => return Err(PageError::TooSlow),
        };
        let (before, truncated) = (body.len(), slice.truncated);
        for (huser, mut user) in std::mem::take(&mut slice.users) {
            let continued = place.after.is_some() && huser == place.first;
            if let (true, Some(after)) = (continued, &place.after) {
                resume(gather, after, &huser, &mut user).await.map_err(PageError::Store)?;
            }
            let whole = user_json(shape, &user, user.interactions.len(), continued);
            if push(&mut body, &whole) {
                page.users += 1;
                page.interactions += user.interactions.len();
                if let (true, Some(last)) = (truncated, user.interactions.last()) {
                    page.next = Some(place.within(&huser, user.first_day, last));
                }
            } else if page.users == 0 {
                let fitting = largest(&user, |count| body.fits(&user_json(shape, &user, count, continued)));
                push(&mut body, &user_json(shape, &user, fitting, continued));
                page.users = 1;
                page.interactions = fitting;
                page.next = Some(place.within(&huser, user.first_day, &user.interactions[fitting - 1]));
            } else {
                page.next = Some(Place { first: huser, after: None, share: place.share / 2.0, weight: place.weight });
            }
            if page.next.is_some() {
                page.body = body.into_bytes();
                return Ok(page);
            }
        }
        place.learn(&wish, slice.last, slice.user_days, body.len() - before);
        if slice.last >= end {
            break;
        }
        place = place.at(slice.last + 1);
        let full = most.is_some_and(|most| page.users >= most || body.len() >= ENOUGH);
        if full || (most.is_some() && page.users > 0 && Instant::now() > deadline) {
            page.next = Some(place);
            break;
        }
    }
    page.body = body.into_bytes();
    Ok(page)
}
