//! The waits between two attempts of a request: exponential backoff with jitter, and `Retry-After`.

use backon::ExponentialBuilder;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// Maximum number of retries of a request. Their waits add up to between 16 s and 32 s, unless the API asks for more.
const MAX_RETRIES: usize = 6;
/// The first wait without its jitter. Each further wait is twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// Maximum jitter on top of `Retry-After`: enough to spread clients that were refused at the same time.
const MAX_EXTRA: Duration = Duration::from_millis(500);
/// Longest wait before a retry. A response that asks for more is final.
const MAX_DELAY: Duration = Duration::from_mins(5);

/// The waits of a request. Jitter adds up to 100 %, so that clients that were refused at the same time do not return at
/// the same time.
pub(super) fn schedule() -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(FIRST_DELAY).with_factor(2.0).with_max_times(MAX_RETRIES).with_jitter()
}

/// Whether a later attempt may succeed: 429 or 5xx.
pub(super) fn is_transient(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// The `Retry-After` of a response: seconds, as the API sends them, or a date, as a proxy may (RFC 9110 section 10.2.3). A
/// date in the past asks for no wait.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |date: DateTime<FixedOffset>| (date.to_utc() - now).max(TimeDelta::zero()).to_std().ok();
    value.parse().map(Duration::from_secs).ok().or_else(|| until(DateTime::parse_from_rfc2822(value).ok()?))
}

/// The wait before the next attempt: never shorter than `Retry-After`. `None` if there are no retries left, or the API
/// asks for more than [`MAX_DELAY`].
pub(super) fn delay(retry_after: Option<Duration>, scheduled: Option<Duration>) -> Option<Duration> {
    let scheduled = scheduled?;
    let delay = retry_after.map_or(scheduled, |asked| asked.saturating_add(scheduled.min(MAX_EXTRA)));
    (delay <= MAX_DELAY).then_some(delay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backon::BackoffBuilder as _;
    use rstest::rstest;

    const ASKED: Duration = Duration::from_secs(7);

    #[test]
    fn waits_double_six_times_with_a_jitter_of_at_most_their_length() {
        for _ in 0..50 {
            let waits: Vec<_> = schedule().build().collect();
            assert_eq!(waits.len(), 6);
            for (attempt, wait) in (0..).zip(waits) {
                let least = FIRST_DELAY * (1 << attempt);
                assert!((least..=least * 2).contains(&wait), "wait {attempt} is {wait:?}");
            }
        }
    }

    #[test]
    fn a_wait_is_never_shorter_than_retry_after_and_at_most_half_a_second_longer() {
        for scheduled in schedule().build() {
            let wait = delay(Some(ASKED), Some(scheduled)).unwrap();
            assert!((ASKED..=ASKED + MAX_EXTRA).contains(&wait), "{wait:?}");
        }
    }

    #[rstest]
    #[case::no_retries_left(None, None)]
    #[case::no_retries_left_although_the_api_asks_for_one(Some(ASKED), None)]
    #[case::more_than_five_minutes(Some(MAX_DELAY), Some(FIRST_DELAY))]
    fn there_is_no_further_attempt(#[case] retry_after: Option<Duration>, #[case] scheduled: Option<Duration>) {
        assert_eq!(delay(retry_after, scheduled), None);
    }

    #[rstest]
    #[case::whole_seconds("7", Some(ASKED))]
    #[case::a_word("soon", None)]
    #[case::a_negative_number("-1", None)]
    #[case::a_date("Wed, 21 Oct 2015 07:28:07 GMT", Some(ASKED))]
    #[case::a_date_in_the_past("Wed, 21 Oct 2015 07:27:00 GMT", Some(Duration::ZERO))]
    fn retry_after_is_seconds_or_a_date(#[case] value: &str, #[case] expected: Option<Duration>) {
        let now = "2015-10-21T07:28:00Z".parse().unwrap();
        assert_eq!(retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]), now), expected);
    }
}
