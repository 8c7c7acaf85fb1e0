//! Answers a query in the preferred format: by user, whole or in pages, or by record.

use crate::csv_line;
use crate::json::{data_response, page_response};
use crate::reader::batch_reader::BatchReader;
use crate::reader::cursor::UserPageCursor;
use crate::reader::scope::QueryScope;
use crate::reader::user_page::{self, PageError};
use crate::record::Record;
use crate::user_interactions::by_record::{RecordCursor, RecordPage, RecordReader};
use crate::user_interactions::by_user::{self, ByUserJson, PageMeta};
use crate::user_interactions::format::Format;
use crate::user_interactions::query::{Dialect, Query};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::http::{ApiError, Caller, CursorCodec, InteractionsRead, QueryPairs, ResponseBody};
use shared::model::{Author, Snapshot, UserHash, time};
use shared::telemetry::metrics::{self, Metric};

/// Users of a page if only `cursor` is given.
const DEFAULT_USERS: usize = 1_000;

/// The content of a cursor.
#[derive(Serialize, Deserialize)]
struct PageCursor<P> {
    #[serde(rename = "p")]
    position: P,
    /// The pages since the first contain everything that was written before this instant.
    #[serde(rename = "c", with = "chrono::serde::ts_microseconds")]
    complete_until: DateTime<Utc>,
}

/// A request that was checked.
pub(crate) struct Request<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller<InteractionsRead>,
    pub(crate) path: &'static str,
    pub(crate) pairs: &'a QueryPairs,
    pub(crate) query: Query,
    pub(crate) dialect: Dialect,
}

impl Request<'_> {
    /// Reads the interactions and writes the response.
    ///
    /// # Errors
    /// Returns [`ApiError`] if the cursor is not valid, the response would be too large or take too long, DynamoDB
    /// rejects a request, or an interaction cannot be serialised.
    pub(crate) async fn respond(&self, format: Format) -> Result<Response, ApiError> {
        let Query { period, user_id, .. } = &self.query;
        let scope = QueryScope::of(self.app, &self.caller.tenant, *period, user_id.as_ref()).await?;
        if format != Format::Csv && !self.query.fields.is_empty() {
            return Err(ApiError::field("fields", "The fields are columns of CSV: send Accept: text/csv."));
        }
        match format {
            Format::Json => self.by_user(&scope).await,
            Format::Ndjson => self.ndjson(&scope).await,
            Format::Csv => self.csv(&scope).await,
        }
    }

    async fn by_user(&self, scope: &QueryScope) -> Result<Response, ApiError> {
        let Query { period, filters, paging, .. } = &self.query;
        let writer = ByUserJson { period: *period, filters, dialect: self.dialect };
        let (store, tenant) = (&self.app.store, &self.caller.tenant);
        let reader = BatchReader { store, tenant, scope, filters, authors: &[Author::User] };
        let codec = self.codec("users");
        let cursor: Option<PageCursor<UserPageCursor>> = codec.decode(paging.cursor.as_deref())?;
        let complete_until = cursor.as_ref().map_or(scope.complete_until(), |cursor| cursor.complete_until);
        let start = cursor.map_or_else(|| UserPageCursor::start(scope), |cursor| cursor.position);
        let end = scope.user.as_ref().map_or(u128::MAX, UserHash::as_u128);
        let max_users = paging.is_requested().then_some(paging.limit.unwrap_or(DEFAULT_USERS));
        let page = user_page::read(&reader, &writer, start, end, max_users).await.map_err(|error| match error {
            PageError::Api(error) => error,
            PageError::TooSlow if paging.is_requested() => ApiError::Timeout("user_interactions"),
            PageError::TooSlow => by_user::too_slow(),
            PageError::TooLarge => by_user::too_large(),
        })?;
        if !paging.is_requested() {
            metrics::count(self.app, Metric::InteractionsRead, page.interactions);
            return Ok(data_response(&page.body));
        }
        let next_cursor = page.next.map(|position| codec.encode(&PageCursor { position, complete_until }));
        let link = next_cursor.as_deref().map(|cursor| self.link(cursor)).transpose()?;
        let complete_until = time::format(complete_until);
        let meta = PageMeta { next_cursor, complete_until, users: page.users, interactions: page.interactions };
        let mut response = page_response(&page.body, &meta)?;
        response.headers_mut().extend(link);
        metrics::count(self.app, Metric::InteractionsRead, page.interactions);
        Ok(response)
    }

    async fn ndjson(&self, scope: &QueryScope) -> Result<Response, ApiError> {
        let page = self.records(scope, "ndjson", ResponseBody::default(), |record, _| record.ndjson()).await?;
        let trailer = json!({"_meta": {"interactions": page.count, "sha256": page.sha256,
            "complete_until": page.complete_until, "next_cursor": page.next_cursor}});
        let body = [page.bytes.as_slice(), trailer.to_string().as_bytes(), b"\n"].concat();
        let mut response = ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response();
        response.headers_mut().extend(page.link);
        Ok(response)
    }

    async fn csv(&self, scope: &QueryScope) -> Result<Response, ApiError> {
        let mut body = ResponseBody::default();
        let fields = &self.query.fields;
        let names = Record::COLUMNS.into_iter().chain(fields.iter().map(String::as_str));
        body.push(&[&csv_line::column_names(names)?]);
        let write = |record: &Record<'_>, user: Option<&Snapshot>| {
            let values = fields.iter().map(|name| user.map(|user| user.field(name)).unwrap_or_default());
            record.csv(&values.collect::<Vec<_>>())
        };
        let page = self.records(scope, "csv", body, write).await?;
        let headers = [
            ("x-interactions", Some(page.count.to_string())),
            ("x-sha256", Some(page.sha256)),
            ("x-complete-until", Some(page.complete_until)),
            ("x-next-cursor", page.next_cursor),
        ];
        let mut response =
            ([(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")], page.bytes).into_response();
        for (name, value) in headers {
            let Some(value) = value else { continue };
            response.headers_mut().insert(HeaderName::from_static(name), header_value(&value)?);
        }
        response.headers_mut().extend(page.link);
        Ok(response)
    }

    async fn records(
        &self,
        scope: &QueryScope,
        format: &str,
        body: ResponseBody,
        write: impl Fn(&Record<'_>, Option<&Snapshot>) -> Result<Vec<u8>, ApiError>,
    ) -> Result<WrittenRecords, ApiError> {
        let Query { filters, paging, fields, .. } = &self.query;
        let (store, tenant) = (&self.app.store, &self.caller.tenant);
        let with_users = !fields.is_empty();
        let reader = RecordReader { store, tenant, scope, filters, with_users, limit: paging.limit };
        let codec = self.codec(format);
        let cursor: Option<PageCursor<RecordCursor>> = codec.decode(paging.cursor.as_deref())?;
        let complete_until = cursor.as_ref().map_or(scope.complete_until(), |cursor| cursor.complete_until);
        let from = cursor.map(|cursor| cursor.position);
        let RecordPage { body, count, next } =
            reader.read(from.as_ref(), body, |stored, user| write(&Record::of(stored), user)).await?;
        let next_cursor = next.map(|position| codec.encode(&PageCursor { position, complete_until }));
        let link = next_cursor.as_deref().map(|cursor| self.link(cursor)).transpose()?;
        metrics::count(self.app, Metric::InteractionsRead, count);
        let bytes = body.into_bytes();
        let sha256 = hex::encode(shared::crypto::sha256(&bytes));
        Ok(WrittenRecords { bytes, count, sha256, complete_until: time::format(complete_until), next_cursor, link })
    }

    /// The codec of this query's cursors. A cursor is valid only for the format in which it was returned.
    fn codec(&self, format: &str) -> CursorCodec {
        CursorCodec::new(self.app, &self.caller.tenant.id, &format!("{} {format}", self.path), self.pairs)
    }

    /// A link to the next page, relative to this one (RFC 8288).
    fn link(&self, cursor: &str) -> Result<(HeaderName, HeaderValue), ApiError> {
        let link = format!("<{}?{}>; rel=\"next\"", self.path, self.pairs.with("cursor", cursor));
        Ok((header::LINK, header_value(&link)?))
    }
}

/// A page of records and what its response reports.
struct WrittenRecords {
    bytes: Vec<u8>,
    count: usize,
    sha256: String,
    complete_until: String,
    next_cursor: Option<String>,
    link: Option<(HeaderName, HeaderValue)>,
}

fn header_value(text: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(text).map_err(|error| ApiError::Unexpected(Box::new(error)))
}
