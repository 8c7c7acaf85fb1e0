//! An answer by user: slices of users until there are no more, or a page is full.

use crate::body::{Body, MAX_BYTES};
use crate::reader::batch_reader::Gather;
use crate::reader::cursor::{After, LARGE, Place};
use crate::reader::user_batch::UserInteractions;
use shared::model::UserHash;
use shared::store::{KeyRange, StoreError};
use std::time::Duration;
use tokio::time::Instant;

/// Reading takes no longer: API Gateway waits 30 s for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// A page with so much does not look for more: what another slice costs should be for a page of its own.
const ENOUGH: usize = MAX_BYTES / 4;

/// How users are written.
pub(crate) trait UserJson {
    /// What has to be known of users besides what they said.
    type Known: Send + Sync;

    /// Requests of a page: no further slice is begun, which asks for users and for what they said of each day, if that
    /// would take more.
    const REQUESTS: usize;

    /// Reads what has to be known.
    fn learn(
        &self,
        gather: &Gather<'_>,
        users: Vec<UserHash>,
    ) -> impl Future<Output = Result<Self::Known, StoreError>> + Send;

    /// A user with the first so many interactions, as JSON: an object with exactly one key.
    fn write(
        &self,
        known: &Self::Known,
        user_hash: &UserHash,
        user: &UserInteractions,
        interactions: usize,
        continued: bool,
    ) -> Vec<u8>;
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

/// A user who goes on keeps the snapshot of the first page.
async fn resume(
    gather: &Gather<'_>,
    after: &After,
    user_hash: &UserHash,
    user: &mut UserInteractions,
) -> Result<(), StoreError> {
    user.first_day = after.first_day;
    let shard = gather.tenant.sharding.shard(after.first_day, user_hash);
    let (range, freshness) = (KeyRange::users(user_hash, user_hash), gather.reach.freshness(after.first_day));
    let place = (after.first_day, shard);
    let (first, _) = gather.store.user_day_list(&gather.tenant.id, place, &range, freshness, None).await?;
    if let Some(first) = first.into_iter().next() {
        user.snapshot = first.snapshot;
    }
    Ok(())
}

/// The most interactions of a user that fit. What both sides said at one microsecond under one id stays together: a page
/// begins after an instant and an id.
fn largest(user: &UserInteractions, fits: impl Fn(usize) -> bool) -> usize {
    let counts: Vec<usize> = (1..=user.interactions.len()).collect();
    let fitting = counts.partition_point(|count| fits(*count)).max(1);
    let place = |number: usize| user.interactions.get(number).map(|said| (said.date, &said.id));
    match place(fitting) {
        next if next != place(fitting - 1) => fitting,
        _ if fitting > 1 => fitting - 1,
        _ => 2,
    }
}

/// Adds a user, with a comma where one stands already.
fn push(body: &mut Body, user: &[u8]) -> bool {
    body.fits(user) && (body.is_empty() || body.push(b",")) && body.push(user)
}

/// Gathers a page of at most so many users, up to a last one; or, where only the whole will do, everything that fits.
pub(crate) async fn page<W: UserJson + Sync>(
    gather: &Gather<'_>,
    writer: &W,
    mut place: Place,
    end: u128,
    most: Option<usize>,
) -> Result<Page, PageError> {
    let deadline = Instant::now() + PATIENCE;
    let (mut page, mut body, mut slices) = (Page::default(), Body::default(), 0);
    loop {
        slices += 1;
        let users = most.map(|most| most - page.users);
        let wish = place.wish(gather, end, MAX_BYTES - body.len().min(MAX_BYTES - 1), users);
        let mut slice = match tokio::time::timeout_at(deadline, gather.slice(&wish)).await {
            Ok(slice) => slice.map_err(PageError::Store)?,
            Err(_) if page.users > 0 && most.is_some() => break,
            Err(_) => return Err(PageError::TooSlow),
        };
        let truncated = slice.truncated;
        place.learn(&wish, &slice);
        let users = std::mem::take(&mut slice.users);
        let known = writer.learn(gather, users.keys().cloned().collect()).await.map_err(PageError::Store)?;
        for (user_hash, mut user) in users {
            let continued = place.after.is_some() && user_hash == place.first;
            if let (true, Some(after)) = (continued, &place.after) {
                resume(gather, after, &user_hash, &mut user).await.map_err(PageError::Store)?;
            }
            let whole = writer.write(&known, &user_hash, &user, user.interactions.len(), continued);
            if push(&mut body, &whole) {
                page.users += 1;
                page.interactions += user.interactions.len();
                if let (true, Some(last)) = (truncated, user.interactions.last()) {
                    page.next = Some(place.within(&user_hash, user.first_day, last));
                }
            } else if page.users == 0 || whole.len() > LARGE {
                let fitting =
                    largest(&user, |count| body.fits(&writer.write(&known, &user_hash, &user, count, continued)));
                let pushed = push(&mut body, &writer.write(&known, &user_hash, &user, fitting, continued));
                page.next = Some(if pushed {
                    page.users += 1;
                    page.interactions += fitting;
                    place.within(&user_hash, user.first_day, &user.interactions[fitting - 1])
                } else {
                    place.at(user_hash.place())
                });
            } else {
                page.next = Some(place.at(user_hash.place()));
            }
            if page.next.is_some() {
                page.body = body.into_bytes();
                return Ok(page);
            }
        }
        if slice.last >= end {
            break;
        }
        place = place.at(slice.last + 1);
        let dear = page.users > 0 && 2 * gather.reach.days.len() * (slices + 1) > W::REQUESTS;
        let full = most.is_some_and(|most| page.users >= most || body.len() >= ENOUGH || dear);
        if full || (most.is_some() && page.users > 0 && Instant::now() > deadline) {
            page.next = Some(place);
            break;
        }
    }
    page.body = body.into_bytes();
    Ok(page)
}
