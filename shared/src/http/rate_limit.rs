//! The limits of requests: how much of them is left, and the headers that say so.

use crate::model::Window;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue};

/// A limit and the number of requests that count towards it.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Quota {
    /// The name of the policy, as the headers spell it.
    pub(in crate::http) name: &'static str,
    /// The most requests of a window.
    pub(in crate::http) limit: u32,
    /// The requests of the window, with this one.
    pub(in crate::http) used: u64,
    /// The length of the window in seconds.
    pub(in crate::http) seconds: i64,
}

impl Quota {
    fn remaining(self) -> u64 {
        u64::from(self.limit).saturating_sub(self.used)
    }

    fn is_exceeded(self) -> bool {
        self.used > u64::from(self.limit)
    }
}

/// The limits of one caller at an instant.
#[derive(Clone, Debug)]
pub(in crate::http) struct RateLimits {
    quotas: [Quota; 2],
    now: DateTime<Utc>,
}

impl RateLimits {
    /// The limits that a request counts towards.
    pub(in crate::http) fn new(quotas: [Quota; 2], now: DateTime<Utc>) -> Self {
        Self { quotas, now }
    }

    /// Seconds until the caller may send a request again, if a limit is exceeded.
    pub(in crate::http) fn retry_after(&self) -> Option<u64> {
        self.quotas
            .iter()
            .filter(|quota| quota.is_exceeded())
            .map(|quota| self.resets(quota).seconds_left(self.now))
            .max()
    }

    fn resets(&self, quota: &Quota) -> Window {
        Window::at(self.now, quota.seconds)
    }

    /// Writes `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10) with every limit, and
    /// `X-RateLimit-*`, which Laravel's clients read, with the one of which the least is left.
    pub(in crate::http) fn write(&self, response: &mut Response) {
        let listed = |item: &dyn Fn(&Quota) -> String| self.quotas.iter().map(item).collect::<Vec<_>>().join(", ");
        let policy = listed(&|Quota { name, limit, seconds, .. }| format!("\"{name}\";q={limit};w={seconds}"));
        let state = listed(&|quota| {
            let left = self.resets(quota).seconds_left(self.now);
            format!("\"{}\";r={};t={left}", quota.name, quota.remaining())
        });
        let least = self.quotas.iter().min_by_key(|quota| quota.remaining()).expect("two limits");
        let headers = [
            ("ratelimit-policy", policy),
            ("ratelimit", state),
            ("x-ratelimit-limit", least.limit.to_string()),
            ("x-ratelimit-remaining", least.remaining().to_string()),
            ("x-ratelimit-reset", self.resets(least).ends_at().timestamp().to_string()),
        ];
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value).expect("digits and ASCII names");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_of_headers_say_the_same_numbers() {
        let quota = |name, limit, used| Quota { name, limit, used, seconds: Window::MINUTE };
        let now = "2026-01-01T08:00:18Z".parse().unwrap();
        let limits = RateLimits::new([quota("token", 600, 1), quota("tenant", 6_000, 5_990)], now);
        assert_eq!(limits.retry_after(), None);
        let mut response = Response::default();
        limits.write(&mut response);
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(header("ratelimit-policy"), r#""token";q=600;w=60, "tenant";q=6000;w=60"#);
        assert_eq!(header("ratelimit"), r#""token";r=599;t=42, "tenant";r=10;t=42"#);
        assert_eq!((header("x-ratelimit-limit"), header("x-ratelimit-remaining")), ("6000", "10"));
        assert_eq!(header("x-ratelimit-reset"), "1767254460");
    }

    #[test]
    fn a_request_after_the_limit_waits_for_the_end_of_the_longest_window_exceeded() {
        let quota = |seconds, used| Quota { name: "session", limit: 60, used, seconds };
        let now = "2026-01-01T23:00:59.5Z".parse().unwrap();
        let wait =
            |minute, day| RateLimits::new([quota(Window::MINUTE, minute), quota(Window::DAY, day)], now).retry_after();
        assert_eq!((wait(60, 60), wait(61, 60), wait(61, 61)), (None, Some(1), Some(3_541)));
    }
}
