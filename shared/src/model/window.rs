//! Fixed windows of time in which requests are counted.

use chrono::{DateTime, TimeDelta, Utc};

/// A window of the clock: a minute or a day, from its first instant on. All processes agree on the windows without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    seconds: i64,
    number: i64,
}

impl Window {
    /// Seconds of a minute.
    pub const MINUTE: i64 = 60;
    /// Seconds of a day.
    pub const DAY: i64 = 86_400;

    /// The window of this length that contains an instant.
    #[must_use]
    pub fn at(now: DateTime<Utc>, seconds: i64) -> Self {
        Self { seconds, number: now.timestamp().div_euclid(seconds) }
    }

    /// The number of the window since 1970.
    #[must_use]
    pub fn number(self) -> i64 {
        self.number
    }

    /// The first instant after the window.
    #[must_use]
    pub fn ends_at(self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds((self.number + 1) * self.seconds)
    }

    /// Whole seconds until the window has ended, at least one.
    #[must_use]
    pub fn seconds_left(self, now: DateTime<Utc>) -> u64 {
        let micros = (self.ends_at() - now).num_microseconds().unwrap_or(1).max(1);
        micros.cast_unsigned().div_ceil(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_after_its_last_instant_and_the_seconds_left_are_rounded_up() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let minute = Window::at(at("2026-01-01T08:00:59.999999Z"), Window::MINUTE);
        assert_eq!(minute.ends_at(), at("2026-01-01T08:01:00Z"));
        assert_eq!(minute.seconds_left(at("2026-01-01T08:00:59.999999Z")), 1);
        assert_eq!(minute.seconds_left(at("2026-01-01T08:00:00Z")), 60);
        assert_eq!(minute.seconds_left(at("2026-01-01T08:00:00.000001Z")), 60);
        let next = Window::at(at("2026-01-01T08:01:00Z"), Window::MINUTE);
        assert_eq!(next.number(), minute.number() + 1);
    }
}
