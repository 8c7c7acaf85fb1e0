//! How long to wait before a request is sent again.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// Nobody waits longer for one answer.
pub(super) const LONGEST: Duration = Duration::from_mins(5);
/// The first wait is below; every next may be twice as long.
const FIRST: Duration = Duration::from_millis(500);

/// Whether what is in the way may pass.
pub(super) fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// The wait that an answer asks for.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Exponential with full jitter, so that those who were refused together do not come back together; and never before what
/// the API asked for.
pub(super) fn before(attempt: u32, asked: Option<Duration>) -> Duration {
    let ceiling = FIRST * (1 << attempt.min(6));
    let micros = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX);
    let jitter = Duration::from_micros(u64::from_be_bytes(shared::crypto::random()) % micros);
    asked.map_or(jitter, |asked| asked.saturating_add(jitter.min(FIRST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_grows_and_is_never_shorter_than_what_was_asked_for() {
        let asked = Duration::from_secs(7);
        for attempt in 0..40 {
            let ceiling = FIRST * (1 << attempt.min(6));
            assert!((0..50).all(|_| before(attempt, None) < ceiling), "{attempt}");
            let wait = before(attempt, Some(asked));
            assert!(asked <= wait && wait <= asked + FIRST, "{wait:?}");
        }
        assert!((0..200).any(|_| before(6, None) > FIRST), "it does grow");
    }

    #[test]
    fn only_whole_seconds_are_waited_for() {
        let asked = |text: &str| asked(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]));
        assert_eq!((asked("7"), asked("soon"), asked("-1")), (Some(Duration::from_secs(7)), None, None));
    }
}
