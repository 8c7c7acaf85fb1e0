//! A page of an export, held against what the API says of it.

use crate::api::Answer;
use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use shared::model::parse_date;
use std::collections::BTreeMap;

/// How interactions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One interaction a line, a trailer last
    Ndjson,
    /// One interaction a line, names first
    Csv,
    /// By user
    Json,
}

/// A page that is what it says it is.
#[derive(Debug)]
pub(super) struct Page {
    /// The names of the columns of CSV.
    pub(super) names: Vec<u8>,
    /// Lines, or users between commas.
    pub(super) content: Vec<u8>,
    pub(super) interactions: u64,
    /// Users who begin in the page.
    pub(super) users: u64,
    pub(super) next: Option<String>,
    pub(super) complete_until: String,
    /// When the first and the last of its lines were said.
    pub(super) first: Option<DateTime<Utc>>,
    pub(super) last: Option<DateTime<Utc>>,
}

/// What the API says of a page.
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
    /// What is asked for.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
        }
    }

    /// The progress that can be told.
    pub(super) fn template(self) -> &'static str {
        if self == Self::Json { "{spinner} {msg}" } else { "{wide_bar} {percent:>3}% {msg}, {eta} left" }
    }

    /// Reads and checks a page.
    pub(super) fn read(self, answer: &Answer) -> Result<Page> {
        let kind = answer.header("content-type").unwrap_or_default();
        ensure!(kind.starts_with(self.accept()), "the API answered with `{kind}`: is this its address?");
        match self {
            Self::Ndjson => ndjson(&answer.body),
            Self::Csv => csv(answer),
            Self::Json => json(answer),
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
    let whole = body.strip_suffix(b"\n").context("a page was cut off: it has no trailer")?;
    let end = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (content, trailer) = whole.split_at(end);
    let Trailer { meta } = serde_json::from_slice(trailer).ok().context("a page was cut off: it has no trailer")?;
    let lines = content.split_inclusive(|byte| *byte == b'\n').count();
    let date = |line: Option<&[u8]>| {
        let line: Line = serde_json::from_slice(line?).ok()?;
        parse_date(&line.date).ok().map(|(at, _)| at)
    };
    let first = date(content.split(|byte| *byte == b'\n').next());
    let last = date(content.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next()));
    meta.check(content, lines)?;
    Ok(meta.page(Vec::new(), content.to_vec(), (first, last)))
}

fn csv(answer: &Answer) -> Result<Page> {
    let header = |name: &str| answer.header(name).with_context(|| format!("a page has no header `{name}`"));
    let meta = Meta {
        interactions: header("x-interactions")?.parse().context("`x-interactions` is no number")?,
        users: 0,
        sha256: header("x-sha256")?.to_owned(),
        complete_until: header("x-complete-until")?.to_owned(),
        next_cursor: answer.header("x-next-cursor").map(str::to_owned),
    };
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    let column = reader.headers()?.iter().position(|name| name == "date");
    let content = usize::try_from(reader.position().byte())?;
    let mut dates = (None, None);
    let mut lines = 0;
    for record in reader.byte_records() {
        let record = record.ok().context("a page is not CSV")?;
        let date = column.and_then(|column| std::str::from_utf8(record.get(column)?).ok());
        let date = date.and_then(|date| parse_date(date).ok()).map(|(at, _)| at);
        dates = (dates.0.or(date), date);
        lines += 1;
    }
    meta.check(&answer.body, lines)?;
    let (names, content) = answer.body.split_at(content);
    Ok(meta.page(names.to_vec(), content.to_vec(), dates))
}

fn json(answer: &Answer) -> Result<Page> {
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
    let body: Body = answer.json()?;
    let (mut interactions, mut begun) = (0, 0);
    for user in &body.data {
        let user: BTreeMap<String, User> = serde_json::from_str(user.get()).ok().context("a user is not one")?;
        interactions += user.values().map(|user| user.interactions.len()).sum::<usize>();
        begun += user.values().filter(|user| user.continued.is_none()).count();
    }
    body.meta.counts(interactions)?;
    if body.meta.users != body.data.len() as u64 {
        bail!("a page has {} users and says that it has {}", body.data.len(), body.meta.users);
    }
    let content = body.data.iter().map(|user| user.get()).collect::<Vec<_>>().join(",\n").into_bytes();
    Ok(Page { users: begun as u64, ..body.meta.page(Vec::new(), content, (None, None)) })
}

impl Meta {
    fn counts(&self, found: usize) -> Result<()> {
        let said = self.interactions;
        ensure!(said == found as u64, "a page has {found} interactions and says that it has {said}");
        Ok(())
    }

    fn check(&self, hashed: &[u8], found: usize) -> Result<()> {
        self.counts(found)?;
        let hash = hex::encode(digest::digest(&digest::SHA256, hashed));
        ensure!(hash == self.sha256, "a page was altered on its way: its checksum is not what the API says");
        Ok(())
    }

    fn page(
        self,
        names: Vec<u8>,
        content: Vec<u8>,
        (first, last): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    ) -> Page {
        let Self { interactions, users, complete_until, next_cursor: next, .. } = self;
        Page { names, content, interactions, users, next, complete_until, first, last }
    }
}
