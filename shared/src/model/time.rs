//! Instants in UTC with microseconds, and their text.

use chrono::{DateTime, NaiveDate, Utc};

/// The instant as OpenDialog writes it: UTC with six fraction digits and `Z`.
#[must_use]
pub fn format(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The instant truncated to whole microseconds, the precision of everything stored.
#[must_use]
pub fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    from_micros(at.timestamp_micros())
}

/// The instant at a number of microseconds since 1970. A number out of the range of [`DateTime`] gives 1970.
#[must_use]
pub fn from_micros(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// The instant at a number of seconds since 1970. A number out of the range of [`DateTime`] gives 1970.
#[must_use]
pub fn from_seconds(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// The first instant of a UTC day.
#[must_use]
pub fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The last second of the UTC day of an instant.
#[must_use]
pub fn end_of_day(at: DateTime<Utc>) -> DateTime<Utc> {
    from_seconds(at.timestamp() - at.timestamp().rem_euclid(86_400) + 86_399)
}

/// `serde(with = "time::iso")`: an instant in JSON as [`format()`] writes it.
pub mod iso {
    use super::{DateTime, Utc};
    use serde::Serializer;

    /// Serializes the instant.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn serialize<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::format(*at))
    }
}

/// `serde(with = "time::iso_option")`: an optional instant in JSON.
pub mod iso_option {
    use super::{DateTime, Utc};
    use serde::{Serialize, Serializer};

    /// Serializes the instant or null.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
        at.map(super::format).serialize(to)
    }
}
