//! `GET /public/api/interactions/changes`: what was written since a cursor, in the order in which it was announced.

mod response;

use crate::changes::response::{Changes, ChangesMeta, Erased, ErasedUser};
use crate::json::{page_response, to_json};
use crate::record::Record;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, InteractionsRead, NoFilter, PageQuery, Problem, ResponseBody,
    ScopeErrors, TableErrors,
};
use shared::model::{Tenant, UserId, time};
use shared::store::{FeedCursor, FeedEntry, Store, feed};
use shared::telemetry::metrics::{self, Metric};
use std::time::Duration;
use tokio::time::Instant;

const PATH: &str = "/public/api/interactions/changes";
/// Changes of a page if `limit` is not given.
const DEFAULT_LIMIT: usize = 1_000;
/// Events that are read at once, the maximum of a BatchGetItem (DynamoDB limit).
const EVENTS_PER_READ: usize = 100;
/// Time after which a page ends with what it has: API Gateway waits 30 s for a response, and one more read with its
/// retries has to end within that time.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// The route of this endpoint.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/public/api/interactions/changes", get(changes))
}

/// List interaction changes
///
/// Everything that was written since the cursor, in the order in which it was stored: late arrivals, the chatbot's
/// interactions and erasures included, up to `complete_until`, a minute ago. Without a cursor, the changes of the last
/// 35 days. No change is skipped or repeated. Changes are kept for 35 days; a cursor that is older is refused with 410.
#[utoipa::path(
    get, path = PATH, tag = "Interactions", operation_id = "interactionChanges",
    params(PageQuery<NoFilter, DEFAULT_LIMIT>),
    responses((status = 200, body = Changes, description = "The changes"),
        (status = 410, body = Problem, content_type = "application/problem+json",
            description = "The cursor is older than the changes that are kept"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "The cursor or the limit is invalid"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
pub(crate) async fn changes(
    State(app): State<App>,
    caller: Caller<InteractionsRead>,
    query: PageQuery<NoFilter, DEFAULT_LIMIT>,
) -> Result<Response, ApiError> {
    let codec = CursorCodec::long_lived(&app, &caller.tenant.id, PATH, &query.pairs);
    let now = app.clock.now();
    let oldest = FeedCursor::from(now - feed::RETENTION);
    let start = codec.decode(query.cursor.as_deref())?.unwrap_or_else(|| oldest.clone());
    if start.at() < oldest.at() {
        return Err(ApiError::Gone(
            "The changes since this cursor are no longer kept. Export again, then follow anew.",
        ));
    }
    let deadline = Instant::now() + READ_TIMEOUT;
    let reader = FeedReader { store: &app.store, tenant: &caller.tenant, now, limit: query.limit, deadline };
    let page = reader.read(start).await?;
    let meta = ChangesMeta {
        next_cursor: codec.encode(&page.position),
        complete_until: time::format(page.position.at()),
        caught_up: page.is_caught_up,
    };
    let response = page_response(&page.body.into_bytes(), &meta)?;
    metrics::count(&app, Metric::InteractionsRead, page.interactions);
    Ok(response)
}

/// A page as it grows.
struct ChangesPage {
    body: ResponseBody,
    changes: usize,
    interactions: usize,
    /// The position after the last change of the page.
    position: FeedCursor,
    /// Whether the page reached the newest change that is old enough to be read.
    is_caught_up: bool,
}

impl ChangesPage {
    /// Appends a change if it fits, and returns whether it did.
    fn push(&mut self, change: &impl Serialize) -> Result<bool, ApiError> {
        let is_pushed = self.body.push_element(&[&to_json(change)?]);
        self.changes += usize::from(is_pushed);
        Ok(is_pushed)
    }
}

/// Reads a tenant's changes feed.
struct FeedReader<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    now: DateTime<Utc>,
    limit: usize,
    deadline: Instant,
}

impl FeedReader<'_> {
    /// Reads changes from a position until the page is full or there are no more.
    async fn read(&self, start: FeedCursor) -> Result<ChangesPage, ApiError> {
        let mut page = ChangesPage {
            body: ResponseBody::default(),
            changes: 0,
            interactions: 0,
            position: start,
            is_caught_up: false,
        };
        let until = self.now - feed::SETTLE_TIME;
        let first_day = page.position.at().date_naive();
        for day in first_day.iter_days().take_while(|day| *day <= until.date_naive()) {
            if page.position.at() < time::start_of(day) {
                page.position = FeedCursor::from(time::start_of(day));
            }
            loop {
                if self.is_full(&page) || Instant::now() > self.deadline {
                    return Ok(page);
                }
                let (entries, is_last) = self.store.feed_entries(&self.tenant.id, day, &page.position, until).await?;
                for entry in &entries {
                    if !self.append_entry(&mut page, entry).await? {
                        return Ok(page);
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        // The cursor may come from a server whose clock is ahead of this one's. It must never go back, because changes
        // would then be repeated.
        if page.position.at() < until {
            page.position = FeedCursor::from(until);
        }
        page.is_caught_up = true;
        Ok(page)
    }

    fn is_full(&self, page: &ChangesPage) -> bool {
        page.changes >= self.limit
    }

    /// Appends the changes that an entry announced, and returns whether all of them fit.
    async fn append_entry(&self, page: &mut ChangesPage, entry: &FeedEntry) -> Result<bool, ApiError> {
        if self.is_full(page) || Instant::now() > self.deadline {
            return Ok(false);
        }
        if let Some(user) = &entry.erased
            && !page.push(&erased(user, entry))?
        {
            return Ok(false);
        }
        let mut done = entry.done(&page.position);
        while done < entry.len() {
            if self.is_full(page) {
                return Ok(false);
            }
            let end = entry.len().min(done + EVENTS_PER_READ.min(self.limit - page.changes));
            for (pointer, stored) in self.store.feed_events(self.tenant, entry, done..end).await? {
                if stored.interaction.date < self.tenant.kept_from(self.now) {
                    continue;
                }
                if !page.push(&Record::with_author(&stored))? {
                    page.position = entry.place(pointer);
                    return Ok(false);
                }
                page.interactions += 1;
            }
            done = end;
            page.position = entry.place(done);
        }
        page.position = entry.place(done);
        Ok(true)
    }
}

fn erased<'a>(user: &'a UserId, entry: &FeedEntry) -> ErasedUser<'a> {
    ErasedUser { erased: Erased { user_id: user.as_str(), at: time::format(entry.at()) } }
}
