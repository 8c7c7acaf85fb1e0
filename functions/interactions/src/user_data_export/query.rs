//! The query of a user data export, read and checked as OpenDialog does.

use chrono::NaiveDateTime;
use serde::Deserialize;
use shared::http::{ApiError, Fields, QueryPairs};
use shared::model::Period;
use std::collections::BTreeMap;
use utoipa::IntoParams;

const DATE: &str = "%Y-%m-%d %H:%M:%S";
const INVALID_DATE: &str = "Invalid date format. Expected format: YYYY-MM-DD HH:MM:SS";
const NAMES: [&str; 5] = ["exportType", "from", "to", "perPage", "page"];

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `read` takes from the pairs")]
pub(crate) struct ExportQuestion {
    /// Always `json`.
    #[param(example = "json")]
    export_type: String,
    /// The first second, `YYYY-MM-DD HH:MM:SS` in UTC. With `to`, or neither.
    #[param(example = "2022-09-21 00:00:00")]
    from: Option<String>,
    /// The last second.
    #[param(example = "2022-09-22 23:59:59")]
    to: Option<String>,
    /// Users a page: 1 to 500, 20 if not given.
    per_page: Option<u64>,
    /// The number of the page, from 1 on.
    page: Option<u64>,
    /// `meta.next_cursor` of the page before; `cursor=` begins. Pages by cursor alone are stable while data arrives.
    cursor: Option<String>,
}

/// What is wanted.
#[derive(Debug)]
pub(crate) struct ExportWanted {
    /// The period, or everything.
    pub(crate) period: Option<Period>,
    pub(crate) per_page: usize,
    pub(crate) page: Which,
    /// The query as it was given.
    pub(crate) filters: BTreeMap<String, String>,
}

/// Which page.
#[derive(Debug)]
pub(crate) enum Which {
    /// By its number, from 1 on.
    Number(usize),
    /// After a cursor, or the first of those that follow by cursor.
    Cursor(Option<String>),
}

/// Reads a query.
pub(crate) fn read(query: &QueryPairs) -> Result<ExportWanted, ApiError> {
    let by_cursor = query.0.iter().any(|(name, _)| name == "cursor");
    let filters = query.0.iter().filter(|(name, _)| NAMES.contains(&name.as_str())).cloned().collect();
    let mut fields = Fields::of_query(query.clone());
    match fields.query_string("exportType").as_deref() {
        Some("json") => {}
        Some(_) => fields.wrong("exportType", "The export type must be json."),
        None => fields.wrong("exportType", "The export type field is required."),
    }
    let (from, to) = (fields.query_string("from"), fields.query_string("to"));
    match (&from, &to) {
        (Some(_), None) => fields.wrong("to", "The to field is required when from is present."),
        (None, Some(_)) => fields.wrong("from", "The from field is required when to is present."),
        _ => {}
    }
    let per_page = number(&mut fields, "perPage", "per page", 20, 500);
    let page = number(&mut fields, "page", "page", 1, usize::MAX / 500);
    let cursor = fields.query_string("cursor");
    fields.refuse_unknown();
    fields.finish()?;
    let page = if by_cursor { Which::Cursor(cursor) } else { Which::Number(page) };
    Ok(ExportWanted { period: from.zip(to).map(period).transpose()?, per_page, page, filters })
}

/// A number of the query, in Laravel's words.
fn number(fields: &mut Fields, name: &str, shown: &str, default: usize, most: usize) -> usize {
    let Some(given) = fields.query_string(name) else { return default };
    match given.parse::<i64>().map(|number| usize::try_from(number).unwrap_or(0)) {
        Err(_) => fields.wrong(name, format!("The {shown} must be an integer.")),
        Ok(0) => fields.wrong(name, format!("The {shown} must be at least 1.")),
        Ok(number) if number > most => fields.wrong(name, format!("The {shown} must not be greater than {most}.")),
        Ok(number) => return number,
    }
    default
}

fn period((from, to): (String, String)) -> Result<Period, ApiError> {
    // Written again, so that what chrono forgives (one digit, spaces) is refused.
    let strict =
        |text: &str| NaiveDateTime::parse_from_str(text, DATE).is_ok_and(|at| at.format(DATE).to_string() == text);
    if !strict(&from) || !strict(&to) {
        return Err(ApiError::BadRequest(INVALID_DATE));
    }
    Period::parse(&from, &to).map_err(|_| ApiError::BadRequest(INVALID_DATE))
}
