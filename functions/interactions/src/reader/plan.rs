//! What a page and a batch may take.

use shared::http::MAX_RESPONSE_BYTES;
use std::time::Duration;
use tokio::time::Instant;

/// Maximum time to read a page: API Gateway waits 30 s for a response, and writing and sending up to 3.5 MB takes its
/// part of them.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes at which a page ends rather than begin another batch, a quarter of the maximum: the rest of the page would have
/// to hold at least one batch, and a batch costs up to two requests per day however small it is.
const ENOUGH_BYTES: usize = MAX_RESPONSE_BYTES / 4;

/// What a page may still take.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// Users. `None` if the response has no pages: then it is whole or refused.
    pub(crate) users: Option<usize>,
    /// Bytes of the response.
    pub(crate) bytes: usize,
    /// Requests to DynamoDB.
    pub(crate) requests: usize,
    /// When reading has to end.
    pub(crate) deadline: Instant,
}

impl Budget {
    /// The budget of an empty page.
    pub(crate) fn new(users: Option<usize>, requests: usize) -> Self {
        Self { users, bytes: MAX_RESPONSE_BYTES, requests, deadline: Instant::now() + READ_TIMEOUT }
    }

    /// Whether the response is a page, which may end before the last user.
    pub(crate) fn is_paged(&self) -> bool {
        self.users.is_some()
    }

    /// Whether a page that has users should end rather than begin a batch with this number of requests.
    pub(crate) fn is_spent(&self, requests: usize) -> bool {
        self.users == Some(0)
            || self.bytes <= MAX_RESPONSE_BYTES - ENOUGH_BYTES
            || requests > self.requests
            || self.is_over()
    }

    /// Whether the time to read is over.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() > self.deadline
    }
}

/// The users to read in one batch, and how much of them.
#[derive(Clone, Debug)]
pub(crate) struct BatchPlan {
    /// The hash at which the batch begins.
    pub(crate) first: u128,
    /// The hash at which the batch ends, unless it ends earlier for its size.
    pub(crate) last: u128,
    /// Microsecond and id after which the first user's interactions begin.
    pub(crate) after: Option<(i64, String)>,
    /// Maximum number of users.
    pub(crate) users: usize,
    /// Maximum number of pairs of a user and an active day.
    pub(crate) user_days: usize,
    /// Maximum response bytes.
    pub(crate) bytes: usize,
    /// Whether the response is a page. If not, a part of the batch is worth nothing.
    pub(crate) is_paged: bool,
}
