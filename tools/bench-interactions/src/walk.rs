//! Reads an export page by page.

use crate::environment::BenchEnvironment;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use chrono::NaiveDate;
use http::{Request, header};
use sandbox::capacity::{Consumed, Meter};
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// The format of an export: by record or by user.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Ndjson,
    Json,
}

/// The totals of an export.
#[derive(Clone, Copy, Default)]
pub(crate) struct Exported {
    pub(crate) interactions: u64,
    pub(crate) pages: u64,
    pub(crate) consumed: Consumed,
}

impl Format {
    pub(crate) fn accept(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Json => "application/json",
        }
    }

    /// The metadata of a page.
    pub(crate) fn meta(self, body: &[u8]) -> Result<Value> {
        let metadata = match self {
            Self::Json => body,
            Self::Ndjson => body.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or(body),
        };
        let mut metadata: Value = serde_json::from_slice(metadata)?;
        Ok(metadata[if self == Self::Json { "meta" } else { "_meta" }].take())
    }
}

/// The path of a page.
pub(crate) fn path(format: Format, (first, last): (NaiveDate, NaiveDate), cursor: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("from", &format!("{first} 00:00:00")).append_pair("to", &format!("{last} 23:59:59"));
    if format == Format::Json {
        query.append_pair("limit", "1000");
    }
    query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
    format!("/public/api/user-interactions?{}", query.finish())
}

/// Reads an export, and measures its table requests. The two requests that check the token of each page do not count; their
/// units do.
pub(crate) async fn metered(
    environment: &BenchEnvironment,
    meter: &Meter,
    format: Format,
    period: (NaiveDate, NaiveDate),
) -> Result<Exported> {
    let _ = meter.take();
    let exported = walk(environment, &environment.metered, format, period).await?;
    let consumed = meter.take();
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let requests = consumed.requests - 2.0 * exported.pages as f64;
    Ok(Exported { consumed: Consumed { requests, ..consumed }, ..exported })
}

/// Reads an export without measuring.
pub(crate) async fn export(
    environment: &BenchEnvironment,
    format: Format,
    period: (NaiveDate, NaiveDate),
) -> Result<Exported> {
    walk(environment, &environment.plain, format, period).await
}

async fn walk(
    environment: &BenchEnvironment,
    router: &Router,
    format: Format,
    period: (NaiveDate, NaiveDate),
) -> Result<Exported> {
    let (mut exported, mut cursor) = (Exported::default(), None::<String>);
    loop {
        let request = Request::get(path(format, period, cursor.as_deref())).header(header::ACCEPT, format.accept());
        let (_, body) = environment.send(router, request, Body::empty()).await?;
        let meta = format.meta(&body)?;
        exported.interactions += meta["interactions"].as_u64().context("a page has no count")?;
        exported.pages += 1;
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(exported),
        }
    }
}
