//! A page of an export, checked against the counts and the checksum of the API.
//!
//! Errors leave out those of the parsers, which may quote a user's words.

use crate::api::ApiResponse;
use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use shared::crypto::sha256;
use shared::model::parse_date;
use std::collections::BTreeMap;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One interaction a line, then a trailer
    Ndjson,
    /// One interaction a line, after the column names
    Csv,
    /// One object a user
    Json,
}

/// A page that has passed its checks.
#[derive(Debug)]
pub(super) struct Page {
    /// The line of CSV with the column names; empty in other formats.
    pub(super) header: Vec<u8>,
    /// The lines, or the users separated by commas.
    pub(super) content: Vec<u8>,
    pub(super) interactions: u64,
    /// Users whose first interaction is in this page.
    pub(super) users: u64,
    /// The cursor of the next page; `None` on the last page.
    pub(super) next: Option<String>,
    pub(super) complete_until: String,
    /// The dates of the first and the last line; `None` in JSON, which is ordered by user.
    pub(super) first: Option<DateTime<Utc>>,
    pub(super) last: Option<DateTime<Utc>>,
}

/// The API's description of a page.
#[derive(Deserialize)]
struct Meta {
    interactions: u64,
    #[serde(default)]
    users: u64,
    #[serde(default)]
    sha256: String,
    complete_until: String,
    next_cursor: Option<String>,
}

impl Format {
    /// The media type of the format.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
        }
    }

    /// The template of the progress bar. The position in JSON is unknown, because its pages are ordered by user.
    pub(super) fn template(self) -> &'static str {
        if self == Self::Json { "{spinner} {msg}" } else { "{wide_bar} {percent:>3}% {msg}, {eta} left" }
    }

    /// Reads and checks a page.
    ///
    /// # Errors
    /// Returns an error if the response has another format, or its counts or its checksum are wrong.
    pub(super) fn read(self, response: &ApiResponse) -> Result<Page> {
        let kind = response.header("content-type").unwrap_or_default();
        ensure!(
            kind.starts_with(self.accept()),
            "the API answered with `{kind}` instead of `{}`: check the address",
            self.accept()
        );
        match self {
            Self::Ndjson => ndjson(&response.body),
            Self::Csv => csv(response),
            Self::Json => json(response),
        }
    }
}

fn ndjson(body: &[u8]) -> Result<Page> {
    #[derive(Deserialize)]
    struct Trailer {
        #[serde(rename = "_meta")]
        meta: Meta,
    }
    #[derive(Deserialize)]
    struct Line {
        date: String,
    }
    let whole = body.strip_suffix(b"\n").context("a page is incomplete: it has no trailer")?;
    let end = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (content, trailer) = whole.split_at(end);
    let Trailer { meta } = serde_json::from_slice(trailer).ok().context("a page is incomplete: it has no trailer")?;
    let lines = content.split_inclusive(|byte| *byte == b'\n').count();
    // Only for the progress bar, so that a line without a date is no error.
    let date = |line: Option<&[u8]>| {
        let line: Line = serde_json::from_slice(line?).ok()?;
        parse_date(&line.date).ok().map(|(at, _)| at)
    };
    let first = date(content.split(|byte| *byte == b'\n').next());
    let last = date(content.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next()));
    meta.check(content, lines)?;
    Ok(meta.page(Vec::new(), content.to_vec(), (first, last)))
}

fn csv(response: &ApiResponse) -> Result<Page> {
    let header = |name: &str| response.header(name).with_context(|| format!("a page has no header `{name}`"));
    let meta = Meta {
        interactions: header("x-interactions")?.parse().context("the header `x-interactions` is not a number")?,
        users: 0,
        sha256: header("x-sha256")?.to_owned(),
        complete_until: header("x-complete-until")?.to_owned(),
        next_cursor: response.header("x-next-cursor").map(str::to_owned),
    };
    let mut reader = csv::Reader::from_reader(response.body.as_slice());
    let column = reader.headers()?.iter().position(|name| name == "date");
    let mut dates = (None, None);
    let mut lines = 0;
    for record in reader.byte_records() {
        let record = record.ok().context("a page is not valid CSV")?;
        let date = column.and_then(|column| std::str::from_utf8(record.get(column)?).ok());
        let date = date.and_then(|date| parse_date(date).ok()).map(|(at, _)| at);
        dates = (dates.0.or(date), date);
        lines += 1;
    }
    meta.check(&response.body, lines)?;
    // Not the reader's position: at the end of a record it is between CR and LF, so each page would begin with a LF.
    let column_names = response.body.iter().position(|byte| *byte == b'\n').map_or(response.body.len(), |end| end + 1);
    let (column_names, content) = response.body.split_at(column_names);
    Ok(meta.page(column_names.to_vec(), content.to_vec(), dates))
}

fn json(response: &ApiResponse) -> Result<Page> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
        meta: Meta,
    }
    #[derive(Deserialize)]
    struct User {
        interactions: Vec<IgnoredAny>,
        continued: Option<bool>,
    }
    let body: Body = response.json()?;
    let (mut interactions, mut started) = (0, 0);
    for user in &body.data {
        let user: BTreeMap<String, User> =
            serde_json::from_str(user.get()).ok().context("a user of a page has another shape than the API sends")?;
        interactions += user.values().map(|user| user.interactions.len()).sum::<usize>();
        started += user.values().filter(|user| user.continued.is_none()).count();
    }
    body.meta.check_count(interactions)?;
    if body.meta.users != body.data.len() as u64 {
        bail!("a page has {} users, but its `meta` says {}", body.data.len(), body.meta.users);
    }
    let content = body.data.iter().map(|user| user.get()).collect::<Vec<_>>().join(",\n").into_bytes();
    Ok(Page { users: started as u64, ..body.meta.page(Vec::new(), content, (None, None)) })
}

impl Meta {
    fn check_count(&self, found: usize) -> Result<()> {
        let expected = self.interactions;
        ensure!(expected == found as u64, "a page has {found} interactions, but its `meta` says {expected}");
        Ok(())
    }

    fn check(&self, hashed: &[u8], found: usize) -> Result<()> {
        self.check_count(found)?;
        let hash = hex::encode(sha256(hashed));
        ensure!(hash == self.sha256, "a page was altered in transit: its checksum differs from that of the API");
        Ok(())
    }

    fn page(
        self,
        header: Vec<u8>,
        content: Vec<u8>,
        (first, last): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    ) -> Page {
        let Self { interactions, users, complete_until, next_cursor: next, .. } = self;
        Page { header, content, interactions, users, next, complete_until, first, last }
    }
}
