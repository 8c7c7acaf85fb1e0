//! How long a link works: until when, and how often.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use shared::http::Fields;
use shared::model::parse_date;

/// Seconds of ten years: nobody keeps a message longer.
const MAX_SECONDS: u64 = 10 * 366 * 24 * 3600;
const MAX_USES: u64 = 1_000_000;
const NOT_A_DATE: &str = "The expires_at is not a valid date.";
const USES: &str = "The max_uses must be a whole number from 1 to 1000000.";

/// The terms of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkValidity {
    end: Option<End>,
    pub(crate) max_uses: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    At(DateTime<Utc>),
    After(TimeDelta),
}

impl LinkValidity {
    /// The terms of a whole request.
    pub(crate) fn of_request(fields: &mut Fields) -> Self {
        let at = fields.take("expires_at").map(|at| date(&at));
        let after = fields.bounded_number("expires_in", 1..=MAX_SECONDS);
        if at == Some(None) {
            fields.wrong("expires_at", NOT_A_DATE);
        }
        if at.is_some() && after.is_some() {
            fields.wrong("expires_in", "Give expires_at or expires_in, not both.");
        }
        let after = after
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(|seconds| End::After(TimeDelta::seconds(seconds)));
        Self { end: at.flatten().map(End::At).or(after), max_uses: fields.bounded_number("max_uses", 1..=MAX_USES) }
    }

    /// The terms of a row: its own, else these.
    pub(crate) fn of_row(self, row: &mut Map<String, Value>) -> Result<Self, Vec<(String, String)>> {
        let mut wrong = Vec::new();
        let mut given = |name: &str| row.remove(name).filter(|value| !value.is_null());
        let end = given("expires_at").map(|at| date(&at).map(End::At));
        let uses = given("max_uses").map(|uses| uses.as_u64().filter(|uses| (1..=MAX_USES).contains(uses)));
        if matches!(end, Some(None)) {
            wrong.push((".expires_at".to_owned(), NOT_A_DATE.to_owned()));
        }
        if matches!(uses, Some(None)) {
            wrong.push((".max_uses".to_owned(), USES.to_owned()));
        }
        let terms = Self { end: end.flatten().or(self.end), max_uses: uses.flatten().or(self.max_uses) };
        if wrong.is_empty() { Ok(terms) } else { Err(wrong) }
    }

    /// When a link that is made now stops working.
    pub(crate) fn expires_at(self, made_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.end? {
            End::At(at) => Some(at),
            End::After(time) => Some(made_at + time),
        }
    }
}

fn date(value: &Value) -> Option<DateTime<Utc>> {
    parse_date(value.as_str()?).ok().map(|(at, _)| at)
}
