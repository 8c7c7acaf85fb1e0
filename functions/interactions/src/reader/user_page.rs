//! Fills a page of users: reads batches until there are no more users, or the page's budget is spent.

use crate::reader::batch_reader::BatchReader;
use crate::reader::cursor::{ResumePoint, UserPageCursor};
use crate::reader::plan::{BatchPlan, Budget};
use crate::reader::planner;
use crate::reader::user_batch::{LARGE_USER_BYTES, UserBatch, UserInteractions};
use crate::reader::user_json::{UserJson, WrittenUser};
use shared::http::{ApiError, MAX_RESPONSE_BYTES, ResponseBody};
use shared::model::{Interaction, UserHash};
use shared::store::{KeyRange, StoreError};

/// A page of users.
#[derive(Debug, Default)]
pub(crate) struct UserPage {
    /// The users as JSON, with commas between them.
    pub(crate) body: Vec<u8>,
    pub(crate) users: usize,
    pub(crate) interactions: usize,
    /// The cursor of the next page, unless this is the last.
    pub(crate) next: Option<UserPageCursor>,
}

/// Why a page could not be read.
#[derive(Debug)]
pub(crate) enum PageError {
    /// A read or the writing of a user failed.
    Api(ApiError),
    /// The deadline passed before the page had read a batch, or before a response without pages was whole.
    TooSlow,
    /// A response without pages would be too large.
    TooLarge,
}

impl From<ApiError> for PageError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Api(error.into())
    }
}

/// Reads the users from a cursor to a last user: a page of at most `max_users`, or, without `max_users`, all of them.
///
/// # Errors
/// Returns [`PageError::Api`] if DynamoDB rejects a request, retries are exhausted, or a user cannot be serialised,
/// [`PageError::TooSlow`] if the deadline passes first, and [`PageError::TooLarge`] if not all users fit a response
/// without pages.
pub(crate) async fn read<W: UserJson + Sync>(
    reader: &BatchReader<'_>,
    writer: &W,
    mut cursor: UserPageCursor,
    end: u128,
    max_users: Option<usize>,
) -> Result<UserPage, PageError> {
    let mut page = PageBuilder::new(reader, writer, end, max_users);
    loop {
        let plan = page.plan_next(&cursor);
        let batch = match tokio::time::timeout_at(page.budget.deadline, reader.read(&plan)).await {
            Ok(batch) => batch?.ok_or(PageError::TooLarge)?,
            Err(_) if page.batches > 0 && page.budget.is_paged() => return Ok(page.finish(Some(cursor))),
            Err(_) => return Err(PageError::TooSlow),
        };
        page.batches += 1;
        planner::learn(&mut cursor, &plan, &batch);
        let last = batch.last;
        if let Some(next) = page.append_batch(batch, &cursor).await? {
            return Ok(page.finish(Some(next)));
        }
        if last >= end {
            return Ok(page.finish(None));
        }
        cursor = cursor.at(last + 1);
        if page.is_full() {
            return Ok(page.finish(Some(cursor)));
        }
    }
}

/// A page as it grows.
struct PageBuilder<'a, W> {
    reader: &'a BatchReader<'a>,
    writer: &'a W,
    end: u128,
    budget: Budget,
    body: ResponseBody,
    /// Batches that were read. A page may have none of their users.
    batches: usize,
    users: usize,
    interactions: usize,
}

impl<'a, W: UserJson + Sync> PageBuilder<'a, W> {
    fn new(reader: &'a BatchReader<'a>, writer: &'a W, end: u128, max_users: Option<usize>) -> Self {
        let budget = Budget::new(max_users, W::MAX_REQUESTS);
        Self { reader, writer, end, budget, body: ResponseBody::default(), batches: 0, users: 0, interactions: 0 }
    }

    /// Plans the next batch and takes its requests from the budget.
    fn plan_next(&mut self, cursor: &UserPageCursor) -> BatchPlan {
        self.budget.requests = self.budget.requests.saturating_sub(self.requests_of_batch());
        planner::plan(cursor, self.end, &self.budget, self.reader.tenant, self.reader.scope)
    }

    /// A batch reads at most the users of each day, and then their interactions.
    fn requests_of_batch(&self) -> usize {
        2 * self.reader.scope.days.len()
    }

    /// Appends the users of a batch. Returns the cursor of the next page if the page ends within the batch.
    async fn append_batch(
        &mut self,
        batch: UserBatch,
        cursor: &UserPageCursor,
    ) -> Result<Option<UserPageCursor>, PageError> {
        let is_truncated = batch.is_truncated;
        let context = self.writer.context(self.reader, batch.users.keys().cloned().collect()).await?;
        for (user_hash, mut user) in batch.users {
            let resume = cursor.continues(&user_hash);
            if let Some(resume) = resume {
                self.restore_snapshot(resume, &user_hash, &mut user).await?;
            }
            let written = WrittenUser::of(self.writer, &context, &user_hash, &user, resume.is_some())?;
            let count = self.append_user(&written, &user.interactions);
            if count == user.interactions.len() && !is_truncated {
                continue;
            }
            if !self.budget.is_paged() {
                return Err(PageError::TooLarge);
            }
            let last = count.checked_sub(1).map(|last| &user.interactions[last]);
            return Ok(Some(match last {
                Some(last) => cursor.after(&user_hash, user.first_day, last),
                None => cursor.at(user_hash.as_u128()),
            }));
        }
        Ok(None)
    }

    /// A user who is continued keeps the snapshot of the first page, though the interactions of this page may begin on a
    /// later day.
    async fn restore_snapshot(
        &self,
        resume: &ResumePoint,
        user_hash: &UserHash,
        user: &mut UserInteractions,
    ) -> Result<(), StoreError> {
        let BatchReader { store, tenant, scope, .. } = self.reader;
        user.first_day = resume.first_day;
        let partition = (resume.first_day, tenant.sharding.shard(resume.first_day, user_hash));
        let (range, freshness) = (KeyRange::users(user_hash, user_hash), scope.freshness(resume.first_day));
        let (first, _) = store.user_day_list(&tenant.id, partition, &range, freshness, None).await?;
        if let Some(first) = first.into_iter().next() {
            user.snapshot = first.snapshot;
        }
        Ok(())
    }

    /// Appends a user: whole if that fits, cut if the user is large or the page is empty, else not at all. Returns the
    /// number of interactions that were appended.
    fn append_user(&mut self, user: &WrittenUser, interactions: &[Interaction]) -> usize {
        let count = if user.push_to(&mut self.body, interactions.len()) {
            interactions.len()
        } else if self.users == 0 || user.len() > LARGE_USER_BYTES {
            self.cut_user(user, interactions)
        } else {
            0
        };
        if count > 0 {
            self.users += 1;
            self.interactions += count;
            self.budget.users = self.budget.users.map(|users| users.saturating_sub(1));
            self.budget.bytes = MAX_RESPONSE_BYTES - self.body.len();
        }
        count
    }

    /// Appends the first interactions of a user, as many as fit.
    fn cut_user(&mut self, user: &WrittenUser, interactions: &[Interaction]) -> usize {
        let count = cut_between_instants(interactions, user.fitting(&self.body).max(1));
        if user.push_to(&mut self.body, count) { count } else { 0 }
    }

    /// Whether a page should end here. Without users only the deadline ends it.
    fn is_full(&self) -> bool {
        let is_spent =
            if self.users > 0 { self.budget.is_spent(self.requests_of_batch()) } else { self.budget.is_over() };
        self.budget.is_paged() && is_spent
    }

    fn finish(self, next: Option<UserPageCursor>) -> UserPage {
        UserPage { body: self.body.into_bytes(), users: self.users, interactions: self.interactions, next }
    }
}

/// Moves a cut so that it does not separate the two authors' interactions of one microsecond and id: the next page begins
/// after a microsecond and an id.
fn cut_between_instants(interactions: &[Interaction], count: usize) -> usize {
    let instant = |number: usize| interactions.get(number).map(|interaction| (interaction.date, &interaction.id));
    if instant(count) != instant(count - 1) {
        count
    } else if count > 1 {
        count - 1
    } else {
        2
    }
}
