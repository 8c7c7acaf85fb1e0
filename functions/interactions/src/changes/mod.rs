//! Following along: what was written since a cursor, in the order in which it was announced.

mod response;

use crate::body::Body;
use crate::changes::response::{Changes, ChangesMeta, Erased, ErasedUser};
use crate::record::Line;
use crate::user_interactions::by_user::json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, Fields, InteractionsRead, Problem, QueryPairs, ScopeErrors, TableErrors,
};
use shared::model::{Tenant, UserId, time};
use shared::store::{FeedCursor, FeedEntry, Store, StoreError, feed};
use shared::telemetry::metrics::{self, Metric};
use std::time::Duration;
use tokio::time::Instant;
use utoipa::IntoParams;

const PATH: &str = "/public/api/interactions/changes";
/// Changes of a page, if nobody says.
const LIMIT: u64 = 1_000;
/// Events that are read at a time (DynamoDB's limit of a BatchGetItem).
const CHUNK: usize = 100;
/// Reading takes no longer: API Gateway waits 30 s for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `changes` takes from the pairs")]
pub(crate) struct Since {
    /// `next_cursor` of the page before; without one, everything of the last 35 days.
    cursor: Option<String>,
    /// Changes a page: 1 to 1,000.
    limit: Option<u64>,
}

/// What changed since
///
/// Everything that was written since the cursor, in the order stored: late arrivals, the chatbot's turns and erasures
/// included, up to `complete_until`, a minute ago. Nothing is skipped and nothing comes twice. Changes are kept for 35
/// days; a cursor from before that is 410.
#[utoipa::path(
    get, path = "/public/api/interactions/changes", tag = "Interactions", operation_id = "interactionChanges",
    params(Since),
    responses((status = 200, body = Changes, description = "What changed"),
        (status = 410, body = Problem, content_type = "application/problem+json",
            description = "The cursor is older than the changes that are kept"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "The cursor or the limit is wrong"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
pub(crate) async fn changes(
    State(app): State<App>,
    caller: Caller<InteractionsRead>,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    let cursors = CursorCodec::long_lived(&app, &caller.tenant.id, PATH, &query);
    let mut fields = Fields::of_query(query);
    let limit = fields.bounded_number("limit", 1..=LIMIT).unwrap_or(LIMIT);
    let cursor = fields.query_string("cursor");
    fields.refuse_unknown();
    fields.finish()?;
    let now = app.clock.now();
    let oldest = FeedCursor::from(now - feed::RETENTION);
    let from = cursors.decode(cursor.as_deref())?.unwrap_or_else(|| oldest.clone());
    if from.at() < oldest.at() {
        return Err(ApiError::Gone(
            "The changes since this cursor are no longer kept. Export again, then follow anew.",
        ));
    }
    let page = Page { body: Body::default(), changes: 0, interactions: 0, place: from, caught_up: false };
    let deadline = Instant::now() + PATIENCE;
    let limit = usize::try_from(limit).unwrap_or(CHUNK);
    let follow = Follow { store: &app.store, tenant: &caller.tenant, now, limit, deadline };
    let page = follow.on(page).await?;
    metrics::count(&app, Metric::InteractionsRead, page.interactions);
    let meta = ChangesMeta {
        next_cursor: cursors.encode(&page.place),
        complete_until: time::format(page.place.at()),
        caught_up: page.caught_up,
    };
    Ok(json(&page.body.into_bytes(), &meta))
}

/// A page as it grows.
struct Page {
    body: Body,
    changes: usize,
    interactions: usize,
    /// How far it has come.
    place: FeedCursor,
    /// It has come to the end.
    caught_up: bool,
}

impl Page {
    /// Takes one more change, if there is room.
    fn push(&mut self, change: &impl Serialize) -> bool {
        let mut json = serde_json::to_vec(change).unwrap_or_default();
        if !self.body.is_empty() {
            json.insert(0, b',');
        }
        let pushed = self.body.push(&json);
        self.changes += usize::from(pushed);
        pushed
    }
}

/// Follows a tenant's changes.
struct Follow<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    now: DateTime<Utc>,
    limit: usize,
    deadline: Instant,
}

impl Follow<'_> {
    /// Goes on from a page's place until the page is full or nothing is left.
    async fn on(&self, mut page: Page) -> Result<Page, StoreError> {
        let until = self.now - feed::SETTLE_TIME;
        let begin = page.place.at().date_naive();
        for day in begin.iter_days().take_while(|day| *day <= until.date_naive()) {
            if page.place.at() < time::start_of(day) {
                page.place = FeedCursor::from(time::start_of(day));
            }
            loop {
                if self.is_full(&page) || Instant::now() > self.deadline {
                    return Ok(page);
                }
                let (entries, all) = self.store.feed_entries(&self.tenant.id, day, &page.place, until).await?;
                for entry in &entries {
                    if !self.tell(&mut page, entry).await? {
                        return Ok(page);
                    }
                }
                if all {
                    break;
                }
            }
        }
        // Another server's clock may be ahead of ours: never back.
        if page.place.at() < until {
            page.place = FeedCursor::from(until);
        }
        page.caught_up = true;
        Ok(page)
    }

    fn is_full(&self, page: &Page) -> bool {
        page.changes >= self.limit
    }

    /// Tells what an entry announced, as far as there is room: false when there was not enough.
    async fn tell(&self, page: &mut Page, entry: &FeedEntry) -> Result<bool, StoreError> {
        if self.is_full(page) || Instant::now() > self.deadline {
            return Ok(false);
        }
        if let Some(user) = &entry.erased
            && !page.push(&erased(user, entry))
        {
            return Ok(false);
        }
        let mut done = entry.done(&page.place);
        while done < entry.len() {
            if self.is_full(page) {
                return Ok(false);
            }
            let end = entry.len().min(done + CHUNK.min(self.limit - page.changes));
            for (pointer, said) in self.store.feed_events(self.tenant, entry, done..end).await? {
                if said.interaction.date < self.tenant.kept_from(self.now) {
                    continue;
                }
                if !page.push(&Line::of_both(&said)) {
                    page.place = entry.place(pointer);
                    return Ok(false);
                }
                page.interactions += 1;
            }
            done = end;
            page.place = entry.place(done);
        }
        page.place = entry.place(done);
        Ok(true)
    }
}

fn erased<'a>(user: &'a UserId, entry: &FeedEntry) -> ErasedUser<'a> {
    ErasedUser { erased: Erased { user_id: user.as_str(), at: time::format(entry.at()) } }
}
