//! Calendar months.

use crate::model::invalid::Invalid;
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A calendar month in UTC, written `2022-09`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    first_day: NaiveDate,
}

impl Month {
    /// The month that a day belongs to.
    ///
    /// # Panics
    /// Never: every month has a first day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self { first_day: day.with_day(1).expect("every month has a first day") }
    }

    /// The days of the month, in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first_day.iter_days().take_while(move |day| Self::of(*day) == self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first_day.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let first_day = format!("{text}-01").parse().map(|first_day| Self { first_day });
        // chrono also reads `2022-9` and `+2022-09`: one month has one text.
        let month = first_day.ok().filter(|month| month.to_string() == text);
        month.ok_or(Invalid::new("must be a month, for example 2022-09"))
    }
}

impl TryFrom<String> for Month {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_month_is_read_back_and_has_the_days_of_the_calendar(days in 0_u64..40_000) {
            let day = NaiveDate::default() + chrono::Days::new(days);
            let month = Month::of(day);
            prop_assert_eq!(month.to_string().parse(), Ok(month));
            prop_assert_eq!(month.days().count(), usize::from(day.num_days_in_month()));
            prop_assert!(month.days().any(|of_month| of_month == day));
        }
    }
}
