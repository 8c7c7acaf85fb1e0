//! Answers a question in the format that is preferred: by user, whole or in pages, or in lines.

use crate::body::Body;
use crate::reader::batch_reader::Gather;
use crate::reader::cursor::Place;
use crate::reader::scope::Reach;
use crate::reader::user_page::{self, PageError};
use crate::record::{Line, csv_line};
use crate::user_interactions::by_record::{self, Walk};
use crate::user_interactions::by_user::{self, Meta, Shape};
use crate::user_interactions::format::Format;
use crate::user_interactions::query::{Dialect, Wanted};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::http::{ApiError, Caller, CursorCodec, InteractionsRead, QueryPairs};
use shared::model::{Author, UserHash, time};
use shared::telemetry::metrics::{self, Metric};

/// Users of a page, if nobody says.
const USERS: usize = 1_000;

/// Where a cursor goes on, and up to when everything is in the pages since the first.
#[derive(Serialize, Deserialize)]
struct At<P> {
    #[serde(rename = "p")]
    place: P,
    #[serde(rename = "c", with = "chrono::serde::ts_microseconds")]
    complete_until: DateTime<Utc>,
}

/// A question on its way to an answer.
pub(crate) struct Asked<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller<InteractionsRead>,
    pub(crate) path: &'static str,
    pub(crate) query: &'a QueryPairs,
    pub(crate) wanted: Wanted,
    pub(crate) dialect: Dialect,
}

impl Asked<'_> {
    pub(crate) async fn answer(&self, headers: &HeaderMap) -> Result<Response, ApiError> {
        let Wanted { period, user_id, .. } = &self.wanted;
        let reach = Reach::of(self.app, &self.caller.tenant, *period, user_id.as_ref()).await?;
        match Format::of(headers) {
            Format::Json => self.by_user(&reach).await,
            format => self.in_lines(&reach, format).await,
        }
    }

    async fn by_user(&self, reach: &Reach) -> Result<Response, ApiError> {
        let Wanted { period, filters, paged, .. } = &self.wanted;
        let shape = Shape { period: *period, filters, dialect: self.dialect };
        let (store, tenant) = (&self.app.store, &self.caller.tenant);
        let gather = Gather { store, tenant, reach, filters, authors: &[Author::User] };
        let cursors = self.cursors("users");
        let at: Option<At<Place>> = cursors.decode(paged.cursor.as_deref())?;
        let complete_until = at.as_ref().map_or(reach.complete_until(), |at| at.complete_until);
        let place = at.map_or_else(|| Place::start(&gather), |at| at.place);
        let most = paged.asked().then_some(paged.limit.unwrap_or(USERS));
        let end = reach.user.as_ref().map_or(u128::MAX, UserHash::place);
        let page = user_page::page(&gather, &shape, place, end, most).await.map_err(|error| match error {
            PageError::Store(error) => error.into(),
            PageError::TooSlow if paged.asked() => ApiError::Timeout("user_interactions"),
            PageError::TooSlow => by_user::too_slow(),
        })?;
        metrics::count(self.app, Metric::InteractionsRead, page.interactions);
        if !paged.asked() {
            return by_user::whole(&page);
        }
        let next_cursor = page.next.clone().map(|place| cursors.encode(&At { place, complete_until }));
        let link = next_cursor.as_deref().map(|cursor| self.link(cursor));
        let complete_until = time::format(complete_until);
        let meta = Meta { next_cursor, complete_until, users: page.users, interactions: page.interactions };
        let mut response = by_user::json(&page.body, &meta);
        response.headers_mut().extend(link.into_iter().flatten());
        Ok(response)
    }

    async fn in_lines(&self, reach: &Reach, format: Format) -> Result<Response, ApiError> {
        let Wanted { filters, paged, .. } = &self.wanted;
        let (store, tenant) = (&self.app.store, &self.caller.tenant);
        let walk = Walk { store, tenant, reach, filters, most: paged.limit };
        let cursors = self.cursors(if format == Format::Csv { "csv" } else { "ndjson" });
        let at: Option<At<by_record::Place>> = cursors.decode(paged.cursor.as_deref())?;
        let complete_until = at.as_ref().map_or(reach.complete_until(), |at| at.complete_until);
        let from = at.map(|at| at.place);
        let mut body = Body::default();
        let lines = if format == Format::Csv {
            body.push(&csv_line(Line::COLUMNS));
            walk.page(from.as_ref(), body, |said| Line::of(said).csv()).await?
        } else {
            walk.page(from.as_ref(), body, |said| Line::of(said).ndjson()).await?
        };
        metrics::count(self.app, Metric::InteractionsRead, lines.count);
        let next_cursor = lines.next.map(|place| cursors.encode(&At { place, complete_until }));
        let (bytes, complete_until) = (lines.body.into_bytes(), time::format(complete_until));
        let sha256 = hex::encode(shared::crypto::sha256(&bytes));
        let mut response = if format == Format::Csv {
            let about = [
                ("x-interactions", Some(lines.count.to_string())),
                ("x-sha256", Some(sha256)),
                ("x-complete-until", Some(complete_until)),
                ("x-next-cursor", next_cursor.clone()),
            ];
            let about = about.into_iter().filter_map(|(name, value)| {
                Some((HeaderName::from_static(name), HeaderValue::from_str(&value?).ok()?))
            });
            let mut response =
                ([(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")], bytes).into_response();
            response.headers_mut().extend(about);
            response
        } else {
            let trailer = json!({"_meta": {"interactions": lines.count, "sha256": sha256,
                "complete_until": complete_until, "next_cursor": next_cursor}});
            let body = [bytes.as_slice(), trailer.to_string().as_bytes(), b"\n"].concat();
            ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
        };
        let link = next_cursor.as_deref().map(|cursor| self.link(cursor));
        response.headers_mut().extend(link.into_iter().flatten());
        Ok(response)
    }

    /// A cursor is good for the format it was given in.
    fn cursors(&self, format: &str) -> CursorCodec {
        CursorCodec::new(self.app, &self.caller.tenant.id, &format!("{} {format}", self.path), self.query)
    }

    /// The next page, relative to this one (RFC 8288).
    fn link(&self, cursor: &str) -> Option<(HeaderName, HeaderValue)> {
        let link = format!("<{}?{}>; rel=\"next\"", self.path, self.query.with("cursor", cursor));
        Some((header::LINK, HeaderValue::from_str(&link).ok()?))
    }
}
