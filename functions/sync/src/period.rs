//! The periods that a run reads, one after the other.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use shared::model::SyncSource;

/// How far a period reaches back before what is copied already: OpenDialog may store a message after a later one.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);
/// The last minute is left to the next run: its pages would change while they are read.
const SETTLE: TimeDelta = TimeDelta::minutes(1);

/// A period in whole seconds, both ends included, as OpenDialog takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Period {
    /// The next period of a source; `None` if everything up to a minute ago is copied.
    pub(crate) fn next(source: &SyncSource, now: DateTime<Utc>) -> Option<Self> {
        let end = whole_second(now - SETTLE);
        let to = whole_second(source.synced_until + source.step()).min(end);
        (source.synced_until < end).then(|| Self { from: whole_second(source.synced_until - OVERLAP), to })
    }
}

fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::seconds(1)).expect("a time between the years 1678 and 2262")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use shared::model::time;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[rstest]
    #[case::nothing_is_new("2026-01-02T12:00:00Z", 86_400, None)]
    #[case::an_hour_is_new("2026-01-02T11:00:00.5Z", 86_400, Some(("2026-01-02T10:45:00Z", "2026-01-02T11:59:00Z")))]
    #[case::a_year_is_new("2025-01-02T00:00:00Z", 86_400, Some(("2025-01-01T23:45:00Z", "2025-01-03T00:00:00Z")))]
    #[case::a_step_was_halved("2026-01-02T00:00:00Z", 3_600, Some(("2026-01-01T23:45:00Z", "2026-01-02T01:00:00Z")))]
    #[case::a_step_is_a_minute_at_least("2026-01-02T00:00:00Z", 1, Some(("2026-01-01T23:45:00Z", "2026-01-02T00:01:00Z")))]
    fn a_period_overlaps_the_last_and_ends_a_minute_ago(
        #[case] synced_until: &str,
        #[case] step_seconds: i64,
        #[case] expected: Option<(&str, &str)>,
    ) {
        let now = at("2026-01-02T12:00:00.9Z");
        let address = "https://acme.example".parse().expect("a URL");
        let source = SyncSource::new("acme".parse().expect("a name"), address, String::new(), at(synced_until), now);
        let period = Period::next(&SyncSource { step_seconds, ..source }, now);
        assert_eq!(period, expected.map(|(from, to)| Period { from: at(from), to: at(to) }), "{}", time::format(now));
    }
}
