//! How long and how often a link works.

use chrono::{DateTime, TimeDelta, Utc};
use shared::http::{All as _, Checked, ErrorCollector, Field, field_error};
use shared::model::time;

/// Ten years, in seconds: longer than a message with a link is kept.
const MAX_SECONDS: i64 = 10 * 366 * 24 * 3600;
const MAX_USES: u64 = 1_000_000;
pub(crate) const NOT_IN_FUTURE: &str = "The expires_at must be in the future.";
const USES: &str = "The max_uses must be a whole number from 1 to 1000000.";

/// The limits of a link's use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkValidity {
    expiry: Option<Expiry>,
    /// Maximum number of exchanges.
    pub(crate) max_uses: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Expiry {
    At(DateTime<Utc>),
    After(TimeDelta),
}

impl LinkValidity {
    /// Reads the fields of a whole request.
    ///
    /// # Errors
    /// Returns [`FieldErrors`](shared::http::FieldErrors) for each field that is wrong.
    pub(crate) fn of_request(expires_at: Field, expires_in: Field, max_uses: Field) -> Checked<Self> {
        let mut errors = ErrorCollector::default();
        let has_date = expires_at.is_given();
        let at = errors.keep(expires_at.date("expires_at")).flatten().map(Expiry::At);
        let seconds = errors.keep(expires_in.bounded_number("expires_in", 1..=MAX_SECONDS)).flatten();
        if has_date && seconds.is_some() {
            errors.note("expires_in", "Give expires_at or expires_in, not both.");
        }
        let expiry = at.or(seconds.map(|seconds| Expiry::After(TimeDelta::seconds(seconds))));
        let max_uses = max_uses.bounded_number("max_uses", 1..=MAX_USES);
        errors.finish(max_uses.map(|max_uses| Self { expiry, max_uses }))
    }

    /// Reads the fields of a row.
    ///
    /// # Errors
    /// Returns [`FieldErrors`](shared::http::FieldErrors) for each field that is wrong.
    pub(crate) fn of_row(expires_at: Field, max_uses: Field) -> Checked<Self> {
        // Unlike `Field::bounded_number`, a row accepts no number as text.
        let uses = max_uses.into_value().map(|uses| uses.as_u64().filter(|uses| (1..=MAX_USES).contains(uses)));
        let max_uses = match uses {
            Some(None) => Err(field_error("max_uses", USES)),
            uses => Ok(uses.flatten()),
        };
        let (at, max_uses) = (expires_at.date("expires_at"), max_uses).all()?;
        Ok(Self { expiry: at.map(Expiry::At), max_uses })
    }

    /// These limits; each that is not set is taken from `request`.
    pub(crate) fn or(self, request: Self) -> Self {
        Self { expiry: self.expiry.or(request.expiry), max_uses: self.max_uses.or(request.max_uses) }
    }

    /// When a link expires that is changed now.
    ///
    /// # Errors
    /// Returns [`FieldErrors`](shared::http::FieldErrors) of `expires_at` if that is not in the future.
    pub(crate) fn changed_end(self, now: DateTime<Utc>) -> Checked<Option<DateTime<Utc>>> {
        match self.expires_at(now) {
            Some(at) if at <= now => Err(field_error("expires_at", NOT_IN_FUTURE)),
            end => Ok(end),
        }
    }

    /// When a link that is made at `made_at` expires.
    pub(crate) fn expires_at(self, made_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.expiry? {
            Expiry::At(at) => Some(at),
            Expiry::After(time) => Some(made_at + time),
        }
    }
}

/// Checks that a new end is within the time that a link is kept.
///
/// # Errors
/// Returns [`FieldErrors`](shared::http::FieldErrors) of `expires_at` if it is later.
pub(crate) fn within(expires_at: Option<DateTime<Utc>>, kept_until: DateTime<Utc>) -> Checked<()> {
    if expires_at.is_none_or(|end| end <= kept_until) {
        return Ok(());
    }
    let until = time::format(kept_until);
    Err(field_error("expires_at", format!("The expires_at must be at most {until}: it is kept until then.")))
}
