//! Walks an export page by page.

use crate::world::World;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use chrono::NaiveDate;
use http::{Request, header};
use sandbox::capacity::{Consumed, Meter};
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// How interactions are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Ndjson,
    Json,
}

/// An export that was walked to its end.
#[derive(Clone, Copy, Default)]
pub(crate) struct Walked {
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

    /// What a page says of itself.
    pub(crate) fn meta(self, body: &[u8]) -> Result<Value> {
        let whole = match self {
            Self::Json => body,
            Self::Ndjson => body.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default(),
        };
        let mut whole: Value = serde_json::from_slice(whole)?;
        Ok(whole[if self == Self::Json { "meta" } else { "_meta" }].take())
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

/// Walks an export with the table's requests measured. The two that check each page's token are not counted, their units
/// are.
pub(crate) async fn metered(
    world: &World,
    meter: &Meter,
    format: Format,
    period: (NaiveDate, NaiveDate),
) -> Result<Walked> {
    let _ = meter.take();
    let walked = walk(world, &world.metered, format, period).await?;
    let consumed = meter.take();
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let requests = consumed.requests - 2.0 * walked.pages as f64;
    Ok(Walked { consumed: Consumed { requests, ..consumed }, ..walked })
}

/// Walks an export.
pub(crate) async fn export(world: &World, format: Format, period: (NaiveDate, NaiveDate)) -> Result<Walked> {
    walk(world, &world.plain, format, period).await
}

async fn walk(world: &World, router: &Router, format: Format, period: (NaiveDate, NaiveDate)) -> Result<Walked> {
    let (mut walked, mut cursor) = (Walked::default(), None::<String>);
    loop {
        let request = Request::get(path(format, period, cursor.as_deref())).header(header::ACCEPT, format.accept());
        let (_, body) = world.ask(router, request, Body::empty()).await?;
        let meta = format.meta(&body)?;
        walked.interactions += meta["interactions"].as_u64().context("a page does not say how many it has")?;
        walked.pages += 1;
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(walked),
        }
    }
}
