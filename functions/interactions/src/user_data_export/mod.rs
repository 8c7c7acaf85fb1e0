//! `GET /public/api/user-data-export`: users with their profiles and both authors' interactions, in pages of users.

mod query;
mod response;
mod user_count;

use crate::json::page_response;
use crate::reader::batch_reader::BatchReader;
use crate::reader::cursor::UserPageCursor;
use crate::reader::plan::READ_TIMEOUT;
use crate::reader::scope::QueryScope;
use crate::reader::user_page::{self, PageError, UserPage};
use crate::user_data_export::query::{ExportParams, ExportQuery, PageSelector};
use crate::user_data_export::response::{ExportJson, ExportMeta, Pagination, UserDataExport};
use crate::user_data_export::user_count::{MAX_AGE, UserCountCache};
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, FieldErrors, InteractionsRead, Problem, QueryPairs, ScopeErrors,
    TableErrors,
};
use shared::model::{Author, Filters, Period, UserHash, time};
use shared::telemetry::metrics::{self, Metric};
use std::sync::Arc;

const PATH: &str = "/public/api/user-data-export";
const TOO_LARGE: &str =
    "The page would be larger than 3.5 MB. Ask for fewer users with perPage, or follow with cursor.";
const TOO_SLOW: &str =
    "The page takes too long to gather. Ask for fewer users with perPage, for a shorter period, or follow with cursor.";

/// The route of this endpoint. Its counts of users are kept for the lifetime of the process.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/public/api/user-data-export", get(user_data_export))
        .layer(Extension(UserCountCache::default()))
}

/// The content of a cursor.
#[derive(Serialize, Deserialize)]
struct ExportCursor {
    #[serde(rename = "p")]
    position: UserPageCursor,
    /// The pages since the first contain everything that was written before this instant.
    #[serde(rename = "c", with = "chrono::serde::ts_microseconds")]
    complete_until: DateTime<Utc>,
    #[serde(rename = "n")]
    count: Count,
}

/// The number of users, and of those before the page.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Count {
    #[serde(rename = "t")]
    total: usize,
    #[serde(rename = "b")]
    before: usize,
    /// When the users were counted.
    #[serde(rename = "a", with = "chrono::serde::ts_microseconds")]
    at: DateTime<Utc>,
}

/// Export user data
///
/// Users with their profile, attributes and both authors' interactions, in a period or altogether, as OpenDialog exports
/// them. A page counts users. `meta.next_cursor` continues after any page, and only pages that follow by cursor are
/// stable while data arrives; a user who is too large for a page continues in the next, marked with `continued`.
#[utoipa::path(
    get, path = PATH, tag = "Interactions", operation_id = "userDataExport",
    params(ExportParams),
    responses((status = 200, body = UserDataExport, description = "The users with their profiles and interactions"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "The query is invalid, or the page would be larger than 3.5 MB"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
pub(crate) async fn user_data_export(
    State(app): State<App>,
    Extension(user_counts): Extension<UserCountCache>,
    caller: Caller<InteractionsRead>,
    pairs: QueryPairs,
) -> Result<Response, ApiError> {
    let query = query::parse(&pairs)?;
    let period = query.period.unwrap_or_else(|| whole_period(app.clock.now()));
    let scope = QueryScope::of(&app, &caller.tenant, period, query.user_id.as_ref()).await?;
    let filters = Filters::default();
    let (store, tenant) = (&app.store, &caller.tenant);
    let reader = BatchReader { store, tenant, scope: &scope, filters: &filters, authors: &[Author::User, Author::Bot] };
    // A cursor may be used with another page number or size.
    let bound = pairs.0.into_iter().filter(|(name, _)| name != "page" && name != "perPage").collect();
    let codec = CursorCodec::new(&app, &tenant.id, PATH, &QueryPairs(bound));
    let (page, meta) = Export { app: &app, user_counts, reader, query, codec }.page().await?;
    let response = page_response(&page.body, &meta)?;
    metrics::count(&app, Metric::InteractionsRead, page.interactions);
    Ok(response)
}

/// A period that contains every interaction.
fn whole_period(now: DateTime<Utc>) -> Period {
    let last = now + TimeDelta::days(1);
    Period { from: DateTime::UNIX_EPOCH, to: last, last }
}

struct Export<'a> {
    app: &'a App,
    user_counts: UserCountCache,
    reader: BatchReader<'a>,
    query: ExportQuery,
    codec: CursorCodec,
}

impl Export<'_> {
    async fn page(&self) -> Result<(UserPage, ExportMeta), ApiError> {
        match &self.query.page {
            PageSelector::Number(number) => self.page_by_number(*number).await,
            PageSelector::Cursor(cursor) => self.page_by_cursor(self.codec.decode(cursor.as_deref())?).await,
        }
    }

    /// The page of a number: the users who were counted for it, whole or refused.
    async fn page_by_number(&self, number: usize) -> Result<(UserPage, ExportMeta), ApiError> {
        let per_page = self.query.per_page;
        let (users, at) = self.users().await?;
        let before = users.len().min((number - 1) * per_page);
        let after = users.len().min(before + per_page);
        let count = Count { total: users.len(), before, at };
        let start = UserPageCursor::start(self.reader.scope);
        let mut page = match (users.get(before), users[before..after].last()) {
            (Some(first), Some(last)) => self.read(start.at(*first), *last, None).await?,
            _ => UserPage::default(),
        };
        page.next = users.get(after).map(|next| start.at(*next));
        let meta = self.meta(&page, number, count, after, self.reader.scope.complete_until());
        Ok((page, meta))
    }

    /// The page after a cursor: as many users as fit.
    async fn page_by_cursor(&self, cursor: Option<ExportCursor>) -> Result<(UserPage, ExportMeta), ApiError> {
        let scope = self.reader.scope;
        let complete_until = cursor.as_ref().map_or(scope.complete_until(), |cursor| cursor.complete_until);
        let (position, known) = match cursor {
            Some(cursor) => (cursor.position, Some(cursor.count)),
            None => (UserPageCursor::start(scope), None),
        };
        let count = match known {
            Some(count) if self.app.clock.now() - count.at < MAX_AGE => count,
            _ => {
                let (users, at) = self.users().await?;
                let before = users.partition_point(|user| *user < position.first.as_u128());
                Count { total: users.len(), before, at }
            }
        };
        let end = scope.user.as_ref().map_or(u128::MAX, UserHash::as_u128);
        let page = self.read(position, end, Some(self.query.per_page)).await?;
        // A user who continues on the next page is counted there.
        let done = page.users - usize::from(page.next.as_ref().is_some_and(|next| next.resume.is_some()));
        let after = (count.before + done).min(count.total);
        let number = count.before / self.query.per_page + 1;
        let meta = self.meta(&page, number, count, after, complete_until);
        Ok((page, meta))
    }

    async fn read(&self, start: UserPageCursor, end: u128, max_users: Option<usize>) -> Result<UserPage, ApiError> {
        user_page::read(&self.reader, &ExportJson, start, end, max_users).await.map_err(|error| match error {
            PageError::Api(error) => error,
            PageError::TooSlow if max_users.is_some() => ApiError::Timeout("user_data_export"),
            PageError::TooSlow => refused(TOO_SLOW),
            PageError::TooLarge => refused(TOO_LARGE),
        })
    }

    /// The users of the query in order, and when they were counted.
    async fn users(&self) -> Result<(Arc<[u128]>, DateTime<Utc>), ApiError> {
        let BatchReader { store, tenant, scope, .. } = self.reader;
        if let Some(user) = &scope.user {
            let is_active = !scope.days.is_empty();
            return Ok((is_active.then(|| user.as_u128()).into_iter().collect(), self.app.clock.now()));
        }
        let period = self.query.period.map(|period| (period.from, period.last));
        let counted = self.user_counts.users(store, tenant, scope, period, self.app.clock.now());
        match tokio::time::timeout(READ_TIMEOUT, counted).await {
            Ok(counted) => Ok(counted?),
            Err(_) => Err(refused("There are more users than can be counted in time. Ask for a shorter period.")),
        }
    }

    fn meta(
        &self,
        page: &UserPage,
        number: usize,
        count: Count,
        after: usize,
        complete_until: DateTime<Utc>,
    ) -> ExportMeta {
        let Count { total, before, at } = count;
        // Of a user, the days are known, not yet whether there is an interaction within the period.
        let is_without = self.reader.scope.user.is_some() && before == 0 && page.users == 0;
        let total = if is_without { 0 } else { total };
        let per_page = self.query.per_page;
        let next = page.next.clone().map(|position| {
            self.codec.encode(&ExportCursor { position, complete_until, count: Count { total, before: after, at } })
        });
        let shown = (page.users > 0).then_some(page.users);
        ExportMeta {
            pagination: Pagination {
                current_page: number,
                from: shown.map(|_| before + 1),
                last_page: total.div_ceil(per_page).max(1),
                per_page,
                to: shown.map(|users| before + users),
                total,
            },
            filters: self.query.sent.clone(),
            next_cursor: next,
            complete_until: time::format(complete_until),
        }
    }
}

fn refused(sentence: &str) -> ApiError {
    ApiError::Refused(sentence.to_owned(), FieldErrors::new())
}
