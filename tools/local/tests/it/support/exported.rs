//! Exports in all three formats, page by page, and the interactions that they contain.

use super::ingestion::{users, with_query};
use super::{TestEnvironment, TestResponse, TestTenant};
use http::header;
use serde_json::Value;

/// The formats of an export, by `Accept`.
pub(crate) const JSON: &str = "application/json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const CSV: &str = "text/csv";

/// An interaction of an export: the members that every format has, `data` as JSON text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExportedInteraction {
    pub(crate) user: String,
    pub(crate) date: String,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) data: String,
}

/// The interactions in a fixed order, to compare two sets.
pub(crate) fn sorted(mut interactions: Vec<ExportedInteraction>) -> Vec<ExportedInteraction> {
    interactions.sort();
    interactions
}

impl TestEnvironment {
    /// Requests one page in a format.
    pub(crate) async fn export_page(
        &self,
        tenant: &TestTenant,
        path: &str,
        pairs: &[(&str, &str)],
        format: &str,
    ) -> TestResponse {
        let bearer = format!("Bearer {}", tenant.token);
        self.visit(&with_query(path, pairs), &[("authorization", &bearer), ("accept", format)]).await
    }

    /// Requests every page of a query. Checks that each page has a `Link` header if and only if it has a cursor.
    pub(crate) async fn export_pages(
        &self,
        tenant: &TestTenant,
        path: &str,
        pairs: &[(&str, &str)],
        format: &str,
    ) -> Vec<TestResponse> {
        let mut pages = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let more = cursor.as_deref().map(|cursor| ("cursor", cursor));
            let asked: Vec<_> = pairs.iter().copied().chain(more).collect();
            let page = self.export_page(tenant, path, &asked, format).await;
            assert_eq!(page.status, 200, "{}", page.text());
            cursor = next_cursor(&page, format);
            let link = page.headers.get(header::LINK).map(|link| link.to_str().expect("text").to_owned());
            assert_eq!(link.is_some(), cursor.is_some(), "a page has a Link header if there is a next page");
            assert!(
                link.is_none_or(|link| link.starts_with(&format!("<{path}?")) && link.ends_with(r#">; rel="next""#))
            );
            pages.push(page);
            if cursor.is_none() {
                return pages;
            }
            assert!(pages.len() < 10_000, "pages without an end");
        }
    }

    /// Requests every page of a query and returns the interactions of all pages.
    pub(crate) async fn export_all(
        &self,
        tenant: &TestTenant,
        path: &str,
        pairs: &[(&str, &str)],
        format: &str,
    ) -> Vec<ExportedInteraction> {
        let pages = self.export_pages(tenant, path, pairs, format).await;
        pages.iter().flat_map(|page| exported_interactions(page, format)).collect()
    }
}

/// The cursor of the next page, if there is one.
pub(crate) fn next_cursor(page: &TestResponse, format: &str) -> Option<String> {
    let meta = match format {
        JSON => page.json()["meta"].clone(),
        NDJSON => trailer(page),
        _ => return page.headers.get("x-next-cursor").map(|cursor| cursor.to_str().expect("text").to_owned()),
    };
    meta["next_cursor"].as_str().map(str::to_owned)
}

/// The trailer of a page in NDJSON.
pub(crate) fn trailer(page: &TestResponse) -> Value {
    let last = page.text().lines().last().expect("a trailer");
    serde_json::from_str::<Value>(last).expect("JSON")["_meta"].clone()
}

/// The interactions of a page. Checks the page's own count and checksum.
#[track_caller]
pub(crate) fn exported_interactions(page: &TestResponse, format: &str) -> Vec<ExportedInteraction> {
    let (exported, count) = match format {
        JSON => (by_user(page), page.json()["meta"]["interactions"].as_u64()),
        NDJSON => {
            let meta = trailer(page);
            let end = page.text().trim_end().rfind('\n').map_or(0, |end| end + 1);
            assert_eq!(meta["sha256"], sha256(&page.body[..end]));
            let lines = page.text()[..end].lines().map(|line| serde_json::from_str(line).expect("JSON"));
            (lines.map(|line| of_line(&line)).collect(), meta["interactions"].as_u64())
        }
        _ => {
            assert_eq!(page.header("x-sha256"), sha256(&page.body));
            (of_csv(&page.body), page.header("x-interactions").parse().ok())
        }
    };
    assert!(count.is_none_or(|count| count == exported.len() as u64), "{count:?} is not {}", exported.len());
    exported
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(shared::crypto::sha256(bytes))
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// A line of NDJSON, or a change.
pub(crate) fn of_line(line: &Value) -> ExportedInteraction {
    ExportedInteraction {
        user: text(&line["user_id"]),
        date: text(&line["date"]),
        kind: text(&line["type"]),
        text: text(&line["text"]),
        data: line["data"].to_string(),
    }
}

fn by_user(page: &TestResponse) -> Vec<ExportedInteraction> {
    let mut all = Vec::new();
    for (id, user) in users(page).into_iter().flatten() {
        let mut said = user["interactions"].as_array().expect("interactions").clone();
        for said in &mut said {
            said["user_id"] = id.as_str().into();
        }
        assert!(said.is_sorted_by_key(|said| text(&said["date"])), "a user's interactions are in time order");
        all.extend(said.iter().map(of_line));
    }
    all
}

/// The text of a cell: without the apostrophe at its beginning and after each semicolon, tab and line end.
fn unguarded(cell: &str) -> String {
    let parts = cell.split_inclusive([';', '\t', '\r', '\n']);
    parts.map(|part| part.strip_prefix('\'').unwrap_or(part)).collect()
}

fn of_csv(body: &[u8]) -> Vec<ExportedInteraction> {
    let mut reader = csv::Reader::from_reader(body);
    let names: Vec<String> = reader.headers().expect("names").iter().map(str::to_owned).collect();
    let line = |record: csv::StringRecord| {
        let cell = |name: &str| {
            let cell = &record[names.iter().position(|other| other == name).expect("a column")];
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "a formula: {cell}");
            unguarded(cell)
        };
        let data = Some(cell("data")).filter(|data| !data.is_empty()).unwrap_or_else(|| "null".to_owned());
        ExportedInteraction { user: cell("user_id"), date: cell("date"), kind: cell("type"), text: cell("text"), data }
    };
    reader.records().map(|record| line(record.expect("a record"))).collect()
}
