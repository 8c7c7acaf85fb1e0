//! The period of a query: how `from` and `to` are parsed, and which instants they include.
//!
//! We parse dates by hand because of OpenDialog's clients: they send a date alone, a space instead of `T`, no offset, an
//! offset without a colon or without minutes, and an unescaped `+` that arrives as a space. chrono parses each of these
//! only with a format of its own, and its date parser also accepts years such as `+022`.

use crate::model::invalid::Invalid;
use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use std::ops::RangeInclusive;

/// The years that RFC 3339 can write.
const YEARS: RangeInclusive<i32> = 0..=9999;

/// The period of a query; both ends are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The end as the client gave it; responses repeat it.
    pub to: DateTime<Utc>,
    /// The last instant. A `to` without a fraction includes that whole second, because OpenDialog stores whole seconds.
    pub last: DateTime<Utc>,
}

impl Period {
    /// Parses the two bounds with [`parse_date`]. Their order is not checked.
    ///
    /// # Errors
    /// Returns the names of the bounds (`from`, `to`) that are not valid dates.
    ///
    /// ```
    /// use shared::model::Period;
    ///
    /// let period = Period::parse("2022-09-21", "2022-09-21 23:59:59").unwrap();
    /// assert!(period.contains("2022-09-21T23:59:59.999999Z".parse().unwrap()));
    /// assert!(!period.contains("2022-09-22T00:00:00Z".parse().unwrap()));
    /// assert_eq!(Period::parse("2022-09-21", "tomorrow"), Err(vec!["to"]));
    /// ```
    pub fn parse(from: &str, to: &str) -> Result<Self, Vec<&'static str>> {
        match (parse_date(from), parse_date(to)) {
            (Ok((from, _)), Ok((to, exact))) => {
                let rest_of_second = chrono::TimeDelta::microseconds(if exact { 0 } else { 999_999 });
                Ok(Self { from, to, last: to + rest_of_second })
            }
            (from, to) => Err([("from", from.is_err()), ("to", to.is_err())]
                .into_iter()
                .filter_map(|(name, bad)| bad.then_some(name))
                .collect()),
        }
    }

    /// Whether the period includes an instant.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at <= self.last
    }
}

/// Parses `YYYY-MM-DD`, optionally with a time after a space or `T` (`HH:MM[:SS[.fraction]]`), optionally with an
/// offset (`Z`, `+01:00`, `+0100`, `+01`; without one the time is UTC). Also returns whether the text has a fraction:
/// such a date is exact.
///
/// A `+` that arrives as a space is accepted: the client did not percent-encode it.
///
/// # Errors
/// Returns [`Invalid`] if the text has no year, month and day, names a day or time that does not exist, or is in another
/// year than 0 to 9999 in UTC, which RFC 3339 cannot write.
pub fn parse_date(text: &str) -> Result<(DateTime<Utc>, bool), Invalid> {
    read(text.trim()).ok_or(Invalid::new("is not a valid date"))
}

fn read(text: &str) -> Option<(DateTime<Utc>, bool)> {
    let (day, rest) = text.split_at_checked(10)?;
    let shape = |(i, byte): (usize, u8)| if i == 4 || i == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    if !day.bytes().enumerate().all(shape) {
        return None;
    }
    let day: NaiveDate = day.parse().ok()?;
    if rest.is_empty() {
        return Some((day.and_time(NaiveTime::MIN).and_utc(), false));
    }
    let rest = rest.strip_prefix([' ', 'T', 't'])?;
    let end_of_time = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let (time, offset) = rest.split_at(end_of_time);
    let (time, exact) = read_time(time)?;
    let local: NaiveDateTime = day.and_time(time);
    let utc = local.and_local_timezone(read_offset(offset)?).single()?.to_utc();
    YEARS.contains(&utc.year()).then(|| (crate::model::time::whole_micros(utc), exact))
}

fn read_time(text: &str) -> Option<(NaiveTime, bool)> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let parts: Vec<u32> = clock.split(':').map(two_digits).collect::<Option<_>>()?;
    let (hour, minute, second) = match (parts.as_slice(), fraction) {
        (&[hour, minute], None) => (hour, minute, 0),
        (&[hour, minute, second], _) => (hour, minute, second),
        _ => return None,
    };
    let micros = match fraction {
        None => 0,
        Some(digits) if (1..=9).contains(&digits.len()) => format!("{digits:0<6}").get(..6)?.parse().ok()?,
        Some(_) => return None,
    };
    Some((NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?, fraction.is_some()))
}

fn two_digits(text: &str) -> Option<u32> {
    (text.len() == 2).then(|| text.parse().ok())?
}

fn read_offset(text: &str) -> Option<FixedOffset> {
    let sign = match text.as_bytes() {
        [] | [b'Z' | b'z'] => return FixedOffset::east_opt(0),
        [b'+' | b' ', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes).filter(|m| *m < 60)?);
    FixedOffset::east_opt(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Option<(String, bool)> {
        parse_date(text).ok().map(|(at, exact)| (crate::model::time::format(at), exact))
    }

    #[test]
    fn dates_are_read_with_and_without_time_fraction_and_offset() {
        for (text, instant, exact) in [
            ("2022-09-21", "2022-09-21T00:00:00.000000Z", false),
            ("2022-09-21 08:19:33", "2022-09-21T08:19:33.000000Z", false),
            ("2022-09-21T08:19", "2022-09-21T08:19:00.000000Z", false),
            ("2022-09-21T08:19:33Z", "2022-09-21T08:19:33.000000Z", false),
            ("2022-09-21T08:19:33.5+02:00", "2022-09-21T06:19:33.500000Z", true),
            ("2022-09-21T08:19:33.123456789Z", "2022-09-21T08:19:33.123456Z", true),
            ("2022-09-21T08:19:33 02:00", "2022-09-21T06:19:33.000000Z", false),
            ("2022-09-21 00:30:00-0130", "2022-09-21T02:00:00.000000Z", false),
            ("2022-09-21 00:30:00+01", "2022-09-20T23:30:00.000000Z", false),
        ] {
            assert_eq!(shown(text), Some((instant.to_owned(), exact)), "{text}");
        }
    }

    #[test]
    fn what_has_no_year_month_and_day_or_is_on_no_calendar_is_refused() {
        for text in [
            "",
            "now",
            "yesterday",
            "2022",
            "2022-09",
            "08:19:33",
            "2022-02-30",
            "2022-09-21T25:00:00",
            "21-09-2022",
            "2022-09-21 08",
            "2022-09-21 08:60:00",
            "2022-09-21 08:00:00+25:00:00",
            "2022-09-21 08:00:00.+01:00",
            "2022-09-21x",
            "2022-09-21T08:19:33.1234567890Z",
            "+022-09-21",
            "2022-09-2١",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn a_to_given_to_the_second_means_that_whole_second_and_one_with_a_fraction_is_exact() {
        let second = Period::parse("2022-09-21", "2022-09-21 23:59:59").unwrap();
        assert_eq!(second.last.timestamp_subsec_micros(), 999_999);
        let exact = Period::parse("2022-09-21", "2022-09-21 23:59:59.5").unwrap();
        assert_eq!(exact.last, exact.to);
    }

    #[test]
    fn every_bound_that_is_no_date_is_named() {
        assert!(Period::parse("2022-09-22", "2022-09-21").is_ok());
        assert_eq!(Period::parse("x", "y"), Err(vec!["from", "to"]));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _ = parse_date(&text);
        }

        #[test]
        fn what_is_written_is_read_back(micros in 0_i64..253_402_300_799_000_000) {
            let at = crate::model::time::from_micros(micros);
            prop_assert_eq!(parse_date(&crate::model::time::format(at)), Ok((at, true)));
        }
    }
}
