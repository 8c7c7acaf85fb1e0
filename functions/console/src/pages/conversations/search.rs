//! The query of the pages, and the users that the API finds for it.

use crate::pages::conversations::turn::Turn;
use crate::query::with_query;
use crate::texts::EN;
use crate::time::last_days;
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;

const EXPORT: &str = "/public/api/user-data-export";
/// Users of a page.
const USERS: &str = "25";
/// Days of the period that the page shows first.
const DAYS: u64 = 30;

/// The query of the pages: days as the form has them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) user_id: String,
    pub(super) cursor: String,
    pub(super) format: String,
}

#[derive(Deserialize)]
pub(super) struct Export {
    pub(super) data: Vec<BTreeMap<String, Conversation>>,
    pub(super) meta: Meta,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    pub(super) pagination: Pagination,
    pub(super) next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Pagination {
    pub(super) total: usize,
}

#[derive(Deserialize)]
pub(super) struct Conversation {
    pub(super) chatbot_user_data: User,
    pub(super) interactions: Vec<Turn>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) first_name: String,
    pub(super) last_name: String,
}

impl Search {
    /// The query with the last days where it names none.
    pub(super) fn or_last_days(mut self, now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        if self.from.is_empty() {
            self.from = last_days(today, DAYS).to_string();
        }
        if self.to.is_empty() {
            self.to = today.to_string();
        }
        self
    }

    /// The first and last second, as the API has them.
    pub(super) fn period(&self) -> (String, String) {
        (format!("{} 00:00:00", self.from), format!("{} 23:59:59", self.to))
    }

    pub(super) fn export_path(&self) -> String {
        let (from, to) = self.period();
        let query = [
            ("exportType", "json"),
            ("from", &from),
            ("to", &to),
            ("perPage", USERS),
            ("user_id", &self.user_id),
            ("cursor", &self.cursor),
        ];
        // The first of the pages that follow by cursor has an empty one.
        let first = if self.cursor.is_empty() { "&cursor=" } else { "" };
        with_query(EXPORT, &query) + first
    }

    /// The address of a page of this period.
    pub(super) fn path(&self, path: &str, more: &[(&str, &str)]) -> String {
        with_query(path, &[&[("from", self.from.as_str()), ("to", self.to.as_str())], more].concat())
    }
}

/// Links to the files of a query.
pub(super) fn downloads(search: &Search) -> Markup {
    let path = |format| search.path("/console/conversations/file", &[("user_id", &search.user_id), ("format", format)]);
    html! { (EN.user_messages) " " a href=(path("csv")) { "CSV" } " · " a href=(path("ndjson")) { "NDJSON" } }
}
