//! The limits of a webchat session: the messages of its user in a minute and in a day, sent or reported.

use crate::app::App;
use crate::crypto::Session;
use crate::http::error::ApiError;
use crate::http::rate_limit::{Quota, RateLimits};
use crate::http::rate_limit_slot::RateLimitSlot;
use crate::model::{Window, time};
use crate::store::{CountedMessages, MessageCounts, NewMessages};
use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::request::Parts;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Messages of a user in a minute. A person types one in some seconds; a script that floods a conversation is stopped.
pub const TURNS_PER_MINUTE: u32 = 60;
/// Messages of a user in a UTC day: an hour of messages at the limit of a minute would be 3,600.
pub const TURNS_PER_DAY: u32 = 2_000;

/// Counts the messages of a session's user. The counter is the user's own item, which no other user's request writes.
#[derive(Debug)]
pub struct TurnLimits(RateLimitSlot);

impl<S: Sync> FromRequestParts<S> for TurnLimits {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<RateLimitSlot>().cloned().unwrap_or_default()))
    }
}

impl TurnLimits {
    /// Counts messages of the session's user. `times` has the messages to store, by message id, and `number` counts those
    /// too that will not be stored. Returns the times to store: a repeat gets the time of its first attempt.
    ///
    /// # Errors
    /// Returns [`ApiError::RateLimited`] if the messages of the minute or of the day are used up, and the error of the
    /// table.
    pub async fn count(
        &self,
        app: &App,
        session: &Session,
        times: BTreeMap<&str, DateTime<Utc>>,
        number: usize,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, DateTime<Utc>>, ApiError> {
        let messages = NewMessages {
            session_day: time::from_seconds(session.iat).date_naive(),
            times,
            number: i64::try_from(number).expect("a request has fewer messages than bytes"),
            most: MessageCounts { minute: TURNS_PER_MINUTE.into(), day: TURNS_PER_DAY.into() },
        };
        let counted = app.store.messages_count(&session.tenant, &session.user, &messages, now).await?;
        let (CountedMessages::Accepted { counts, .. } | CountedMessages::Refused(counts)) = &counted;
        let quota = |name, limit, used: i64, seconds| Quota { name, limit, used: used.unsigned_abs(), seconds };
        let quotas = [
            quota("minute", TURNS_PER_MINUTE, counts.minute, Window::MINUTE),
            quota("day", TURNS_PER_DAY, counts.day, Window::DAY),
        ];
        self.0.check(RateLimits::new(quotas, now))?;
        match counted {
            CountedMessages::Accepted { times, .. } => Ok(times),
            CountedMessages::Refused(_) => unreachable!("counts that the table refuses exceed a limit"),
        }
    }
}
