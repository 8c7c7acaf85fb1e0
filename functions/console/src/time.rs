//! Times on pages: in UTC, marked so that the script shows them in the zone of the person.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

/// A day.
pub(crate) fn day(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(rfc3339(at)) data-local="day" { (at.format("%Y-%m-%d")) } }
}

/// A minute.
pub(crate) fn minute(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(rfc3339(at)) data-local="minute" { (at.format("%Y-%m-%d %H:%M")) " UTC" } }
}

/// The first day of a period that ends today.
pub(crate) fn last_days(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(chrono::Days::new(days)).unwrap_or(today)
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
