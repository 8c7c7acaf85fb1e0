//! User data export: everything that is known of users, both sides of their conversations included, in pages of users.

mod query;
mod response;
pub(crate) mod user_count;

use crate::reader::batch_reader::Gather;
use crate::reader::cursor::Place;
use crate::reader::scope::Reach;
use crate::reader::user_page::{self, Page, PageError};
use crate::user_data_export::query::{ExportQuestion, ExportWanted, Which};
use crate::user_data_export::response::{ExportJson, ExportMeta, Pagination, UserDataExport};
use crate::user_data_export::user_count::{Census, KEPT};
use crate::user_interactions::by_user::json;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, Caller, CursorCodec, FieldErrors, InteractionsRead, Problem, QueryPairs, ScopeErrors,
    TableErrors,
};
use shared::model::{Author, Filters, Period, time};
use shared::telemetry::metrics::{self, Metric};

const PATH: &str = "/public/api/user-data-export";
const TOO_LARGE: &str =
    "The page would be larger than 3.5 MB. Ask for fewer users with perPage, or follow with cursor.";
const TOO_SLOW: &str =
    "The page takes too long to gather. Ask for fewer users with perPage, for a shorter period, or follow with cursor.";

/// Where a cursor goes on.
#[derive(Serialize, Deserialize)]
struct At {
    #[serde(rename = "p")]
    place: Place,
    #[serde(rename = "c", with = "chrono::serde::ts_microseconds")]
    complete_until: DateTime<Utc>,
    #[serde(rename = "n")]
    count: Count,
}

/// How many users there are, and how many come before the page.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Count {
    #[serde(rename = "t")]
    total: usize,
    #[serde(rename = "b")]
    before: usize,
    #[serde(rename = "a", with = "chrono::serde::ts_microseconds")]
    at: DateTime<Utc>,
}

/// User data export
///
/// Users with their profile, attributes and both sides of their conversations, in a period or altogether, as OpenDialog
/// exports them. A page counts users. `meta.next_cursor` follows on from any page, and alone is stable while data arrives;
/// a user too large for a page goes on in the next with `continued`.
#[utoipa::path(
    get, path = "/public/api/user-data-export", tag = "Interactions", operation_id = "userDataExport",
    params(ExportQuestion),
    responses((status = 200, body = UserDataExport, description = "Users with everything that is known of them"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "The query is wrong, or the page would have more than 3.5 MB"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
pub(crate) async fn user_data_export(
    State(app): State<App>,
    Extension(census): Extension<Census>,
    caller: Caller<InteractionsRead>,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    let wanted = query::read(&query)?;
    let period = wanted.period.unwrap_or_else(|| everything(app.clock.now()));
    let reach = Reach::of(&app, &caller.tenant, period, None).await?;
    let filters = Filters::default();
    let (store, tenant) = (&app.store, &caller.tenant);
    let gather = Gather { store, tenant, reach: &reach, filters: &filters, authors: &[Author::User, Author::Bot] };
    let same = query.0.into_iter().filter(|(name, _)| name != "page" && name != "perPage").collect();
    let cursors = CursorCodec::new(&app, &tenant.id, PATH, &QueryPairs(same));
    let export = Export { app: &app, census, gather, wanted, cursors };
    let (page, meta) = export.page().await?;
    metrics::count(&app, Metric::InteractionsRead, page.interactions);
    Ok(json(&page.body, &meta))
}

/// A period that nothing lies out of.
fn everything(now: DateTime<Utc>) -> Period {
    let last = now + TimeDelta::days(1);
    Period { from: DateTime::UNIX_EPOCH, to: last, last }
}

struct Export<'a> {
    app: &'a App,
    census: Census,
    gather: Gather<'a>,
    wanted: ExportWanted,
    cursors: CursorCodec,
}

impl Export<'_> {
    async fn page(&self) -> Result<(Page, ExportMeta), ApiError> {
        match &self.wanted.page {
            Which::Number(number) => self.numbered(*number).await,
            Which::Cursor(cursor) => self.after(self.cursors.decode(cursor.as_deref())?).await,
        }
    }

    /// The page of a number: the users who were counted for it, whole or refused.
    async fn numbered(&self, number: usize) -> Result<(Page, ExportMeta), ApiError> {
        let per_page = self.wanted.per_page;
        let (users, at) = self.users().await?;
        let before = users.len().min((number - 1) * per_page);
        let after = users.len().min(before + per_page);
        let count = Count { total: users.len(), before, at };
        let start = Place::start(&self.gather);
        let mut page = match users.get(before..after) {
            Some([first, .., last]) => self.gather(start.at(*first), *last, None).await?,
            Some([only]) => self.gather(start.at(*only), *only, None).await?,
            _ => Page::default(),
        };
        if page.next.is_some() {
            return Err(refused(TOO_LARGE));
        }
        page.next = users.get(after).map(|next| start.at(*next));
        let meta = self.meta(&page, number, count, after, self.gather.reach.complete_until());
        Ok((page, meta))
    }

    /// The page after a cursor: as many users as fit.
    async fn after(&self, at: Option<At>) -> Result<(Page, ExportMeta), ApiError> {
        let complete_until = at.as_ref().map_or(self.gather.reach.complete_until(), |at| at.complete_until);
        let (place, known) = at.map_or_else(|| (Place::start(&self.gather), None), |at| (at.place, Some(at.count)));
        let count = match known {
            Some(count) if self.app.clock.now() - count.at < KEPT => count,
            _ => {
                let (users, at) = self.users().await?;
                let before = users.partition_point(|user| *user < place.first.place());
                Count { total: users.len(), before, at }
            }
        };
        let page = self.gather(place, u128::MAX, Some(self.wanted.per_page)).await?;
        // Who goes on in the next page is counted there.
        let done = page.users - usize::from(page.next.as_ref().is_some_and(|next| next.after.is_some()));
        let after = (count.before + done).min(count.total);
        let number = count.before / self.wanted.per_page + 1;
        let meta = self.meta(&page, number, count, after, complete_until);
        Ok((page, meta))
    }

    async fn gather(&self, place: Place, end: u128, most: Option<usize>) -> Result<Page, ApiError> {
        user_page::page(&self.gather, &ExportJson, place, end, most).await.map_err(|error| match error {
            PageError::Store(error) => error.into(),
            PageError::TooSlow if most.is_some() => ApiError::Timeout("user_data_export"),
            PageError::TooSlow => refused(TOO_SLOW),
        })
    }

    async fn users(&self) -> Result<(std::sync::Arc<[u128]>, DateTime<Utc>), ApiError> {
        let Gather { store, tenant, reach, .. } = self.gather;
        let asked = self.wanted.period.map(|period| (period.from, period.last));
        let counted = self.census.users(store, tenant, reach, asked, self.app.clock.now());
        match tokio::time::timeout(user_page::PATIENCE, counted).await {
            Ok(counted) => Ok(counted?),
            Err(_) => Err(refused("There are more users than can be counted in time. Ask for a shorter period.")),
        }
    }

    fn meta(
        &self,
        page: &Page,
        number: usize,
        count: Count,
        after: usize,
        complete_until: DateTime<Utc>,
    ) -> ExportMeta {
        let Count { total, before, at } = count;
        let per_page = self.wanted.per_page;
        let next =
            page.next.clone().map(|place| At { place, complete_until, count: Count { total, before: after, at } });
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
            filters: self.wanted.filters.clone(),
            next_cursor: next.map(|at| self.cursors.encode(&at)),
            complete_until: time::format(complete_until),
        }
    }
}

fn refused(sentence: &str) -> ApiError {
    ApiError::Refused(sentence.to_owned(), FieldErrors::new())
}
