//! The query of the pages, and the users that the API finds for it.

use crate::pages::conversations::turn::Turn;
use crate::query::with_query;
use crate::texts::EN;
use crate::time::last_days;
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;
use shared::model::Filters;
use std::collections::BTreeMap;

const INTERACTIONS: &str = "/public/api/user-interactions";
const EXPORT: &str = "/public/api/user-data-export";
/// Users of a page.
pub(super) const USERS: &str = "25";
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
    /// What the users' profiles contain, by the API's names of filters.
    #[serde(flatten)]
    filters: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct Export {
    pub(super) data: Vec<BTreeMap<String, Conversation>>,
    pub(super) meta: Meta,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    /// Of the list without filters.
    pub(super) pagination: Option<Pagination>,
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

    /// The filters that the query names, with a value.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let value = |name: &'static str| Some((name, self.filters.get(name)?.trim()));
        Filters::NAMES.into_iter().filter_map(value).filter(|(_, value)| !value.is_empty())
    }

    /// The value of a filter, empty if there is none.
    pub(super) fn filter(&self, name: &str) -> &str {
        self.filters.get(name).map_or("", String::as_str)
    }

    pub(super) fn has_filters(&self) -> bool {
        self.filters().next().is_some()
    }

    /// The path of users with their messages: both sides, or with filters the messages of the users who pass them.
    pub(super) fn users_path(&self, users: &str, cursor: &str) -> String {
        if !self.has_filters() {
            return self.export_path(users, cursor);
        }
        let (from, to) = self.period();
        let page =
            [("from", from.as_str()), ("to", &to), ("user_id", &self.user_id), ("limit", users), ("cursor", cursor)];
        let filters: Vec<_> = self.filters().collect();
        with_query(INTERACTIONS, &[&page[..], &filters].concat())
    }

    /// The path of both sides of conversations, a page of users at a time.
    pub(super) fn export_path(&self, users: &str, cursor: &str) -> String {
        let (from, to) = self.period();
        let query = [
            ("exportType", "json"),
            ("from", &from),
            ("to", &to),
            ("perPage", users),
            ("user_id", &self.user_id),
            ("cursor", cursor),
        ];
        // The first of the pages that follow by cursor has an empty one.
        let first = if cursor.is_empty() { "&cursor=" } else { "" };
        with_query(EXPORT, &query) + first
    }

    /// The address of a page of this query.
    pub(super) fn path(&self, path: &str, more: &[(&str, &str)]) -> String {
        let filters: Vec<_> = self.filters().collect();
        with_query(path, &[&[("from", self.from.as_str()), ("to", self.to.as_str())], more, &filters].concat())
    }
}

/// Links to the files of a query.
pub(super) fn downloads(search: &Search) -> Markup {
    let path = |format| search.path("/console/conversations/file", &[("user_id", &search.user_id), ("format", format)]);
    let text = if search.has_filters() { EN.user_messages } else { EN.download_conversations };
    html! { (text) " " a href=(path("csv")) { "CSV" } " · " a href=(path("ndjson")) { "NDJSON" } }
}
