//! When a new token expires.

use chrono::{DateTime, TimeDelta, Utc};
use shared::http::{All as _, Checked, ErrorCollector, Field, field_error};
use shared::model::time;

/// Lifetime of a token whose request does not say when it expires.
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::days(90);
/// Ten years, in seconds.
const MAX_SECONDS: i64 = 10 * 366 * 24 * 3600;
const NOT_WITHIN: &str = "The expires_at must be in the future, and at most ten years ahead.";

/// Reads when a token expires, in whole seconds, the resolution of its claim `exp` (RFC 7519).
///
/// # Errors
/// Returns [`FieldErrors`](shared::http::FieldErrors) of each field that is wrong, and if both are given.
pub(super) fn read(expires_at: Field, expires_in: Field, now: DateTime<Utc>) -> Checked<DateTime<Utc>> {
    let mut errors = ErrorCollector::default();
    if expires_at.is_given() && expires_in.is_given() {
        errors.note("expires_in", "Give expires_at or expires_in, not both.");
    }
    let (at, seconds) = (date(expires_at, now), expires_in.bounded_number("expires_in", 1..=MAX_SECONDS)).all()?;
    let after = seconds.map_or(DEFAULT_LIFETIME, TimeDelta::seconds);
    errors.finish(Ok(time::from_seconds(at.unwrap_or(now + after).timestamp())))
}

fn date(expires_at: Field, now: DateTime<Utc>) -> Checked<Option<DateTime<Utc>>> {
    let date = expires_at.date("expires_at")?;
    let is_within = date.is_none_or(|at| at > now && at <= now + TimeDelta::seconds(MAX_SECONDS));
    if is_within { Ok(date) } else { Err(field_error("expires_at", NOT_WITHIN)) }
}
