//! The query of a user data export, checked as OpenDialog does.

use chrono::NaiveDateTime;
use serde::Deserialize;
use shared::http::{All as _, ApiError, Checked, ErrorCollector, Field, Members, QueryPairs, field_error};
use shared::model::{Period, UserId, time};
use std::collections::BTreeMap;
use utoipa::IntoParams;

const DATE: &str = "%Y-%m-%d %H:%M:%S";
const INVALID_DATE: &str = "Invalid date format. Expected format: YYYY-MM-DD HH:MM:SS";
/// The parameters that the response repeats (OpenDialog).
const REPEATED: [&str; 5] = ["exportType", "from", "to", "perPage", "page"];
/// Users of a page if `perPage` is not given, and at most (OpenDialog).
const DEFAULT_PER_PAGE: usize = 20;
const MAX_PER_PAGE: usize = 500;
/// More pages than a tenant has users. A page number within it is exact in every client: below 2^53.
const MAX_PAGE: usize = 1_000_000_000;

/// The query as it is sent. An empty value counts as absent, except that an empty `cursor` requests the first page of
/// those that follow by cursor.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportParams {
    /// Always `json`.
    #[param(value_type = String, pattern = "^json$", example = "json")]
    export_type: Field,
    /// The first second, `YYYY-MM-DD HH:MM:SS` in UTC. Requires `to`.
    #[param(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "2022-09-21 00:00:00")]
    from: Field,
    /// The last second. Requires `from`.
    #[param(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "2022-09-22 23:59:59")]
    to: Field,
    /// Only this user, compared byte by byte.
    #[param(rename = "user_id", value_type = Option<String>, max_length = 384)]
    #[serde(rename = "user_id")]
    user_id: Field,
    /// Maximum users of a page: 1 to 500, 20 by default.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 500)]
    per_page: Field,
    /// The number of the page, from 1 to 1,000,000,000.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1_000_000_000)]
    page: Field,
    /// `meta.next_cursor` of the page before; `cursor=` requests the first page. Only pages that follow by cursor are
    /// stable while data arrives.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]*$")]
    cursor: Field,
}

/// A query that was checked.
#[derive(Debug)]
pub(crate) struct ExportQuery {
    /// The period, or `None` for everything.
    pub(crate) period: Option<Period>,
    /// The user, if the query names one.
    pub(crate) user_id: Option<UserId>,
    pub(crate) per_page: usize,
    pub(crate) page: PageSelector,
    /// The parameters that the response repeats, as they were sent, and the period as instants (OpenDialog).
    pub(crate) sent: BTreeMap<String, String>,
}

/// Which page is requested.
#[derive(Debug)]
pub(crate) enum PageSelector {
    /// By number, from 1.
    Number(usize),
    /// The page after a cursor, or the first of those that follow by cursor.
    Cursor(Option<String>),
}

/// Parses and checks a query.
///
/// # Errors
/// Returns [`ApiError::Invalid`] with a sentence for each parameter that is missing, invalid or unknown, and
/// [`ApiError::BadRequest`] for a date in another format, as OpenDialog does.
pub(crate) fn parse(query: &QueryPairs) -> Result<ExportQuery, ApiError> {
    let Members { known, unknown } = Members::<ExportParams>::of_query(query.clone());
    let mut errors = ErrorCollector::default();
    errors.keep(unknown.refuse());
    let sent = query.0.iter().filter(|(name, _)| REPEATED.contains(&name.as_str())).cloned().collect();
    known.check(errors, sent)
}

impl ExportParams {
    fn check(self, mut errors: ErrorCollector, mut sent: BTreeMap<String, String>) -> Result<ExportQuery, ApiError> {
        match self.export_type.query_string().as_deref() {
            Some("json") => {}
            Some(_) => errors.note("exportType", "The export type must be json."),
            None => errors.note("exportType", "The export type field is required."),
        }
        let (from, to) = (self.from.query_string(), self.to.query_string());
        match (&from, &to) {
            (Some(_), None) => errors.note("to", "The to field is required when from is present."),
            (None, Some(_)) => errors.note("from", "The from field is required when to is present."),
            _ => {}
        }
        let per_page = number(self.per_page, "perPage", "per page", MAX_PER_PAGE);
        let page = number(self.page, "page", "page", MAX_PAGE);
        let is_by_cursor = self.cursor.is_given();
        let user_id = self.user_id.query_string().map(UserId::try_from).transpose();
        let user_id = user_id.map_err(|invalid| field_error("user_id", format!("{invalid}.")));
        let (per_page, page, user_id) = errors.finish((per_page, page, user_id).all())?;
        let page = if is_by_cursor {
            PageSelector::Cursor(self.cursor.query_string())
        } else {
            PageSelector::Number(page.unwrap_or(1))
        };
        let period = from.zip(to).map(period).transpose()?;
        if let Some(period) = &period {
            sent.extend(
                [("from", period.from), ("to", period.to)].map(|(name, at)| (name.to_owned(), time::format(at))),
            );
        }
        Ok(ExportQuery { period, user_id, per_page: per_page.unwrap_or(DEFAULT_PER_PAGE), page, sent })
    }
}

/// The number of a parameter, if given. The sentences are Laravel's.
fn number(field: Field, name: &str, shown: &str, max: usize) -> Checked<Option<usize>> {
    let Some(text) = field.query_string() else { return Ok(None) };
    let sentence = match text.parse::<i64>().map(usize::try_from) {
        Err(_) => format!("The {shown} must be an integer."),
        Ok(Err(_) | Ok(0)) => format!("The {shown} must be at least 1."),
        Ok(Ok(number)) if number > max => format!("The {shown} must not be greater than {max}."),
        Ok(Ok(number)) => return Ok(Some(number)),
    };
    Err(field_error(name, sentence))
}

fn period((from, to): (String, String)) -> Result<Period, ApiError> {
    // A date that is not the same when it is formatted again is one that chrono forgives: one digit, or spaces.
    let is_exact =
        |text: &str| NaiveDateTime::parse_from_str(text, DATE).is_ok_and(|at| at.format(DATE).to_string() == text);
    if !is_exact(&from) || !is_exact(&to) {
        return Err(ApiError::BadRequest(INVALID_DATE));
    }
    Period::parse(&from, &to).map_err(|_| ApiError::BadRequest(INVALID_DATE))
}
