//! The query of a request for interactions.

use serde::Deserialize;
use shared::http::{ApiError, Field, FieldErrors, Members, QueryPairs};
use shared::model::{Filters, Period, Snapshot, UserId};
use utoipa::IntoParams;

/// Maximum `limit`.
const MAX_LIMIT: usize = 1_000;

/// Which of OpenDialog's two APIs a client was written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `/api`: unknown query names are ignored.
    Legacy,
    /// `/public/api`: unknown query names are refused.
    Public,
}

/// A query that was checked.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) period: Period,
    pub(crate) user_id: Option<UserId>,
    pub(crate) filters: Filters,
    pub(crate) paging: Paging,
    /// Fields of the user that become columns of CSV.
    pub(crate) fields: Vec<String>,
}

/// Which page of a query is requested.
#[derive(Debug)]
pub(crate) struct Paging {
    pub(crate) limit: Option<usize>,
    pub(crate) cursor: Option<String>,
}

impl Paging {
    /// Whether the response is a page. Without `limit` and `cursor` it is whole or refused.
    pub(crate) fn is_requested(&self) -> bool {
        self.limit.is_some() || self.cursor.is_some()
    }
}

/// The query as it is sent. An empty value counts as absent, except that of `cursor`, which is an error.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueryParams {
    /// The first instant.
    #[param(value_type = String, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$", example = "2022-09-21 00:00:00")]
    from: Field,
    /// The last instant or second.
    #[param(value_type = String, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$", example = "2022-09-22 23:59:59")]
    to: Field,
    /// Only this user, compared byte by byte.
    #[param(value_type = Option<String>, max_length = 384)]
    user_id: Field,
    /// Contained in the user's network address. Every filter may also be written `filters[name]`.
    #[param(value_type = Option<String>)]
    ip_address: Field,
    /// Contained in the user's country.
    #[param(value_type = Option<String>)]
    country: Field,
    /// Contained in the language of the user's browser.
    #[param(value_type = Option<String>)]
    browser_language: Field,
    /// Contained in the user's operating system.
    #[param(value_type = Option<String>)]
    os: Field,
    /// Contained in the user's browser.
    #[param(value_type = Option<String>, example = "chrome")]
    browser: Field,
    /// Contained in the user's time zone.
    #[param(value_type = Option<String>)]
    timezone: Field,
    /// Contained in the user's email address.
    #[param(value_type = Option<String>)]
    email: Field,
    /// Contained in the name of the platform that the webchat ran on.
    #[param(value_type = Option<String>)]
    platform: Field,
    /// Contained in the id of the scenario.
    #[param(value_type = Option<String>)]
    selected_scenario: Field,
    /// Fields of the user that become further columns of CSV, separated by commas: `first_name`, `email`, … as in
    /// `chatbot_user_data`, `platform`, or `custom.` and a name.
    #[param(value_type = Option<String>, example = "first_name,custom.plan")]
    fields: Field,
    /// Maximum users of a page, or records of NDJSON or CSV: 1 to 1,000. The response is a page if `limit` or `cursor`
    /// is given.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1000)]
    limit: Field,
    /// `next_cursor` of the page before. Valid for one day, for the same query and format.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]*$")]
    cursor: Field,
}

/// Parses and checks a query. Of a name that is given twice the last counts, as in PHP.
///
/// # Errors
/// Returns [`ApiError::Refused`] for an unknown name in the public dialect, and [`ApiError::Invalid`] for a missing or
/// invalid date, an invalid user id or an invalid limit.
pub(crate) fn parse(query: &QueryPairs, dialect: Dialect) -> Result<Query, ApiError> {
    let plain = |name: &str| filter_name(name).filter(|name| Filters::NAMES.contains(name)).unwrap_or(name).to_owned();
    let pairs = query.0.iter().map(|(name, value)| (plain(name), value.clone())).collect();
    let Members { known, unknown } = Members::<QueryParams>::of_query(QueryPairs(pairs));
    if dialect == Dialect::Public
        && let Some(name) = unknown.names().next()
    {
        return Err(not_allowed(filter_name(name).unwrap_or(name)));
    }
    known.check()
}

/// The name of a filter that is written in brackets.
fn filter_name(name: &str) -> Option<&str> {
    name.strip_prefix("filters[")?.strip_suffix(']')
}

impl QueryParams {
    fn check(self) -> Result<Query, ApiError> {
        let period = parse_period(self.from.query_string(), self.to.query_string())?;
        let user_id = self.user_id.query_string().map(UserId::try_from).transpose();
        let user_id = user_id.map_err(|invalid| ApiError::field("user_id", format!("{invalid}.")))?;
        let limit = self.limit.query_string().map(|limit| parse_limit(&limit)).transpose()?;
        let cursor = self.cursor.cursor()?;
        let fields = parse_fields(&self.fields.query_string().unwrap_or_default())?;
        let mut filters = Filters::default();
        for (name, value) in [
            ("ip_address", self.ip_address),
            ("country", self.country),
            ("browser_language", self.browser_language),
            ("os", self.os),
            ("browser", self.browser),
            ("timezone", self.timezone),
            ("email", self.email),
            ("platform", self.platform),
            ("selected_scenario", self.selected_scenario),
        ] {
            filters.add(name, &value.query_string().unwrap_or_default());
        }
        Ok(Query { period, user_id, filters, paging: Paging { limit, cursor }, fields })
    }
}

fn parse_limit(limit: &str) -> Result<usize, ApiError> {
    let number = limit.parse().ok().filter(|number| (1..=MAX_LIMIT).contains(number));
    number.ok_or_else(|| ApiError::field("limit", "The limit must be a number from 1 to 1000."))
}

fn parse_fields(fields: &str) -> Result<Vec<String>, ApiError> {
    let names: Vec<_> = fields.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let is_wrong = |(index, name): (usize, &String)| !Snapshot::is_field(name) || names[..index].contains(name);
    match names.iter().enumerate().find(|named| is_wrong(*named)) {
        None => Ok(names),
        Some((_, name)) => Err(ApiError::field("fields", format!("The field '{name}' is unknown, or is given twice."))),
    }
}

fn parse_period(from: Option<String>, to: Option<String>) -> Result<Period, ApiError> {
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    let mut errors = FieldErrors::new();
    for (name, _) in [("from", &from), ("to", &to)].into_iter().filter(|(_, text)| text.trim().is_empty()) {
        errors.insert(name.into(), vec![format!("The {name} field is required.")]);
    }
    Period::parse(&from, &to).map_err(|not_dates| {
        for name in not_dates {
            errors.entry(name.into()).or_insert_with(|| vec![format!("The {name} is not a valid date.")]);
        }
        ApiError::Invalid(errors)
    })
}

fn not_allowed(name: &str) -> ApiError {
    let sentence = format!("The filter '{name}' is not allowed.");
    ApiError::Refused(sentence.clone(), FieldErrors::from([(format!("filters.{name}"), vec![sentence])]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(pairs: &[(&str, &str)], dialect: Dialect) -> Result<Query, ApiError> {
        let period = [("from", "2022-09-21"), ("to", "2022-09-22")];
        let pairs = period.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        parse(&QueryPairs(pairs.collect()), dialect)
    }

    #[test]
    fn every_filter_is_described() {
        let described = QueryParams::into_params(|| None);
        let names: Vec<_> = described.iter().map(|parameter| parameter.name.as_str()).collect();
        assert!(Filters::NAMES.iter().all(|filter| names.contains(filter)), "{names:?}");
    }

    #[test]
    fn every_filter_is_applied_with_and_without_brackets() {
        for name in Filters::NAMES {
            for given in [name.to_owned(), format!("filters[{name}]")] {
                let query = parsed(&[(&given, "x")], Dialect::Public).unwrap();
                assert_eq!(query.filters.get(name), Some("x"), "{given}");
            }
        }
    }

    #[test]
    fn brackets_do_not_make_a_filter_of_another_parameter() {
        assert!(parsed(&[("filters[user_id]", "ann")], Dialect::Public).is_err());
        assert_eq!(parsed(&[("filters[user_id]", "ann")], Dialect::Legacy).unwrap().user_id, None);
    }
}
