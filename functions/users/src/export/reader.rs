//! Reads what is kept about a user, page by page: the small items, then the links, then the interactions day by day.

use crate::erase::ErasureShape;
use crate::export::record::UserRecord;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{ApiError, ResponseBody};
use shared::model::{Author, MAX_CLOCK_SKEW, Tenant, UserHash, UserId};
use shared::store::{Freshness, KeyRange, Store, UserLinkCursor};
use std::time::Duration;
use tokio::time::Instant;

/// How long one page is read: API Gateway waits 30 s for a response.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Links read at once. They fit an empty page: one has at most 16 KB of attributes, 96 KB as JSON of control characters.
const LINKS_PER_READ: usize = 20;
/// Where the next page begins. The items that come before the links are always in the first page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ExportCursor {
    /// After a link.
    #[serde(rename = "l")]
    Links(Option<UserLinkCursor>),
    /// Before the first record of a day.
    #[serde(rename = "d")]
    Day(NaiveDate),
    /// Within a day: the rest of an author's interactions.
    #[serde(rename = "i")]
    Interactions(NaiveDate, Author, KeyRange),
}

/// A page of an export.
#[derive(Default)]
pub(super) struct ExportPage {
    pub(super) body: ResponseBody,
    pub(super) records: usize,
    /// The cursor of the next page, unless this is the last.
    pub(super) next: Option<ExportCursor>,
}

impl ExportPage {
    /// Appends a record if it fits, and returns whether it did.
    fn push(&mut self, record: &UserRecord<'_>) -> Result<bool, ApiError> {
        let is_pushed = self.body.push(&[&record.line()?]);
        self.records += usize::from(is_pushed);
        Ok(is_pushed)
    }

    /// Appends records that fit an empty page, all or none, and returns whether they did.
    fn push_all(&mut self, records: &[UserRecord<'_>]) -> Result<bool, ApiError> {
        let lines = records.iter().map(UserRecord::line).collect::<Result<Vec<_>, _>>()?.concat();
        let is_pushed = self.body.push(&[&lines]);
        self.records += if is_pushed { records.len() } else { 0 };
        if is_pushed || self.records > 0 {
            Ok(is_pushed)
        } else {
            Err(ApiError::Unexpected("a page is too small".into()))
        }
    }
}

/// Reads the export of a user.
pub(super) struct ExportReader<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    user_id: &'a UserId,
    user: UserHash,
    now: DateTime<Utc>,
    deadline: Instant,
}

impl<'a> ExportReader<'a> {
    pub(super) fn new(app: &'a App, tenant: &'a Tenant, user_id: &'a UserId) -> Self {
        let user = app.store.data_key().user_hash(&tenant.id, user_id);
        Self { store: &app.store, tenant, user_id, user, now: app.clock.now(), deadline: Instant::now() + READ_TIMEOUT }
    }

    /// Reads a page from a cursor.
    ///
    /// # Errors
    /// Returns [`ApiError`] if DynamoDB rejects a request, retries are exhausted, or a stored item cannot be read.
    pub(super) async fn read(&self, from: Option<ExportCursor>) -> Result<ExportPage, ApiError> {
        let mut page = ExportPage::default();
        page.next = match from {
            None => {
                self.small_items(&mut page).await?;
                self.links_and_days(&mut page, None).await?
            }
            Some(ExportCursor::Links(after)) => self.links_and_days(&mut page, after).await?,
            Some(from) => self.days(&mut page, Some(from)).await?,
        };
        Ok(page)
    }

    /// Appends attributes (at most 64 KB), the erasure and the counted messages.
    async fn small_items(&self, page: &mut ExportPage) -> Result<(), ApiError> {
        let (tenant, user) = (&self.tenant.id, &self.user);
        let (context, erasure, messages) = tokio::try_join!(
            self.store.context_get(tenant, user),
            self.store.erasure_get(tenant, user),
            self.store.message_days(tenant, user),
        )?;
        let attributes = context.iter().map(|(name, value, set_at)| UserRecord::Attribute { name, value, set_at });
        let messages = messages.into_iter().map(|(day, messages)| UserRecord::Messages { day, messages });
        let records: Vec<_> = attributes
            .chain(erasure.map(|erasure| UserRecord::Erasure(ErasureShape::of(self.user_id, &erasure))))
            .chain(messages)
            .collect();
        page.push_all(&records).map(drop)
    }

    async fn links_and_days(
        &self,
        page: &mut ExportPage,
        mut after: Option<UserLinkCursor>,
    ) -> Result<Option<ExportCursor>, ApiError> {
        loop {
            if self.is_over(page) {
                return Ok(Some(ExportCursor::Links(after)));
            }
            let (links, next) =
                self.store.links_of_user(&self.tenant.id, &self.user, after.clone(), LINKS_PER_READ).await?;
            let records: Vec<_> = links.iter().map(|link| UserRecord::link(self.store, link)).collect();
            if !page.push_all(&records)? {
                return Ok(Some(ExportCursor::Links(after)));
            }
            if next.is_none() {
                return self.days(page, None).await;
            }
            after = next;
        }
    }

    /// Appends the days that the tenant keeps. Returns the cursor of the next page, unless everything was read.
    async fn days(&self, page: &mut ExportPage, from: Option<ExportCursor>) -> Result<Option<ExportCursor>, ApiError> {
        let (first, mut resumed) = match from {
            Some(ExportCursor::Interactions(day, author, rest)) => (day, Some((author, rest))),
            Some(ExportCursor::Day(day)) => (day, None),
            Some(ExportCursor::Links(_)) | None => (self.kept_from().date_naive(), None),
        };
        // No event is dated later.
        let last = (self.now + MAX_CLOCK_SKEW).date_naive();
        let whole = || KeyRange::users(&self.user, &self.user);
        for day in self.store.user_active_days(&self.tenant.id, &self.user, first, last).await? {
            let (author, range) = match resumed.take().filter(|_| day == first) {
                Some(position) => position,
                None if self.day_header(page, day).await? => (Author::User, whole()),
                None => return Ok(Some(ExportCursor::Day(day))),
            };
            let of_bot = (author == Author::User).then(|| (Author::Bot, whole()));
            for (author, range) in [(author, range)].into_iter().chain(of_bot) {
                if let Some(rest) = self.interactions(page, day, author, range).await? {
                    return Ok(Some(ExportCursor::Interactions(day, author, rest)));
                }
            }
        }
        Ok(None)
    }

    /// Appends what was known of the user on a day, and returns whether the page had room and time for it.
    async fn day_header(&self, page: &mut ExportPage, day: NaiveDate) -> Result<bool, ApiError> {
        if self.is_over(page) {
            return Ok(false);
        }
        let user = vec![(self.partition(day), self.user.clone())];
        for user in self.store.user_day_get(&self.tenant.id, user, Freshness::Consistent).await? {
            if !page.push(&UserRecord::day(day, &user))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends the interactions of an author in a range of a day. Returns the rest of the range, if the page ends before.
    async fn interactions(
        &self,
        page: &mut ExportPage,
        day: NaiveDate,
        author: Author,
        range: KeyRange,
    ) -> Result<Option<KeyRange>, ApiError> {
        let (tenant, kept_from) = (&self.tenant.id, self.kept_from());
        let mut rest = Some(range);
        while let Some(range) = rest {
            if self.is_over(page) || !page.body.has_room_for_dynamodb_page() {
                return Ok(Some(range));
            }
            let read =
                self.store.interaction_page(tenant, self.partition(day), author, &range, Freshness::Consistent, None);
            let read = read.await?;
            for stored in read.said.iter().filter(|stored| stored.interaction.date >= kept_from) {
                if !page.push(&UserRecord::interaction(&stored.interaction))? {
                    return Ok(Some(range.from(stored)));
                }
            }
            rest = read.rest;
        }
        Ok(None)
    }

    fn partition(&self, day: NaiveDate) -> (NaiveDate, u8) {
        (day, self.tenant.sharding.shard(day, &self.user))
    }

    fn kept_from(&self) -> DateTime<Utc> {
        self.tenant.kept_from(self.now)
    }

    /// Whether a page that has records should end, because its time is over.
    fn is_over(&self, page: &ExportPage) -> bool {
        page.records > 0 && Instant::now() > self.deadline
    }
}
