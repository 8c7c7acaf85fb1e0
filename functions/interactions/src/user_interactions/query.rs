//! The query of a request for interactions, read and checked.

use serde::Deserialize;
use shared::http::{ApiError, FieldErrors, QueryPairs};
use shared::model::{Filters, Period, UserId};
use std::collections::BTreeMap;
use utoipa::IntoParams;

/// Which of OpenDialog's two APIs a client was written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `/api`: unknown query names are ignored.
    Legacy,
    /// `/public/api`: unknown query names are refused.
    Public,
}

/// What is wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) period: Period,
    pub(crate) user_id: Option<UserId>,
    pub(crate) filters: Filters,
    pub(crate) paged: Paged,
}

/// How much of it is asked for at a time.
#[derive(Debug, Default)]
pub(crate) struct Paged {
    /// `limit`, if given.
    pub(crate) limit: Option<usize>,
    /// `cursor`, if given.
    pub(crate) cursor: Option<String>,
}

impl Paged {
    /// The most that a page may be asked for.
    pub(crate) const MOST: usize = 1_000;

    /// Reads `limit` and `cursor`, of which an empty one is none.
    pub(crate) fn read(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, ApiError> {
        let limit = limit.filter(|limit| !limit.is_empty()).map(|limit| {
            let number = limit.parse().ok().filter(|number| (1..=Self::MOST).contains(number));
            number.ok_or_else(|| ApiError::field("limit", "The limit must be a number from 1 to 1000."))
        });
        let cursor = cursor.filter(|cursor| !cursor.is_empty()).map(str::to_owned);
        Ok(Self { limit: limit.transpose()?, cursor })
    }

    /// Whether pages are asked for.
    pub(crate) fn asked(&self) -> bool {
        self.limit.is_some() || self.cursor.is_some()
    }
}

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` takes from the pairs")]
pub(crate) struct Question {
    /// The first instant.
    #[param(example = "2022-09-21 00:00:00")]
    from: String,
    /// The last instant or second.
    #[param(example = "2022-09-22 23:59:59")]
    to: String,
    /// Only this user, compared byte by byte.
    user_id: Option<String>,
    /// Contained in the user's network address. Every filter may also be written `filters[name]`.
    ip_address: Option<String>,
    /// Contained in the user's country.
    country: Option<String>,
    /// Contained in the language of the user's browser.
    browser_language: Option<String>,
    /// Contained in the user's operating system.
    os: Option<String>,
    /// Contained in the user's browser.
    #[param(example = "chrome")]
    browser: Option<String>,
    /// Contained in the user's time zone.
    timezone: Option<String>,
    /// Contained in the user's mail address.
    email: Option<String>,
    /// Contained in the name of the platform that the webchat ran on.
    platform: Option<String>,
    /// Contained in the id of the scenario.
    selected_scenario: Option<String>,
    /// Users a page, or lines of NDJSON or CSV: 1 to 1,000. Who asks for pages gets pages.
    limit: Option<u64>,
    /// `next_cursor` of the page before; good for a day, for the same query and format.
    cursor: Option<String>,
}

/// Reads a query. A name given twice counts as given last, as in PHP.
pub(crate) fn read(query: &QueryPairs, dialect: Dialect) -> Result<Wanted, ApiError> {
    let mut plain: BTreeMap<&str, &str> = BTreeMap::new();
    let mut filters = Filters::default();
    for (name, value) in &query.0 {
        let filter = name.strip_prefix("filters[").and_then(|name| name.strip_suffix(']'));
        match (name.as_str(), filter) {
            (name @ ("from" | "to" | "user_id" | "limit" | "cursor"), None) => drop(plain.insert(name, value)),
            (name, filter) => {
                let name = filter.unwrap_or(name);
                if !filters.add(name, value) && dialect == Dialect::Public {
                    return Err(not_allowed(name));
                }
            }
        }
    }
    let period = period(plain.get("from").copied(), plain.get("to").copied())?;
    let user_id = plain.get("user_id").filter(|id| !id.is_empty()).map(|id| id.parse::<UserId>()).transpose();
    let user_id = user_id.map_err(|invalid| ApiError::field("user_id", format!("{invalid}.")))?;
    let paged = Paged::read(plain.get("limit").copied(), plain.get("cursor").copied())?;
    Ok(Wanted { period, user_id, filters, paged })
}

fn not_allowed(name: &str) -> ApiError {
    let sentence = format!("The filter '{name}' is not allowed.");
    ApiError::Refused(sentence.clone(), FieldErrors::from([(format!("filters.{name}"), vec![sentence])]))
}

fn period(from: Option<&str>, to: Option<&str>) -> Result<Period, ApiError> {
    let given = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    let mut errors = FieldErrors::new();
    for (name, _) in [("from", from), ("to", to)].into_iter().filter(|(_, text)| !given(*text)) {
        errors.insert(name.into(), vec![format!("The {name} field is required.")]);
    }
    let period = Period::parse(from.unwrap_or_default(), to.unwrap_or_default());
    let not_dates = period.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    for name in not_dates {
        errors.entry((*name).into()).or_insert_with(|| vec![format!("The {name} is not a valid date.")]);
    }
    period.map_err(|_| ApiError::Invalid(errors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::model::Filters;

    #[test]
    fn every_filter_is_described() {
        let described = Question::into_params(|| None);
        let names: Vec<_> = described.iter().map(|parameter| parameter.name.as_str()).collect();
        assert!(Filters::NAMES.iter().all(|filter| names.contains(filter)), "{names:?}");
    }
}
