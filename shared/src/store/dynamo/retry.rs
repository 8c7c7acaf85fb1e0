//! Waits between the attempts of a request: exponential with full jitter, so that requests that were refused together do
//! not return together.
//!
//! Not `backon`: the wait is one line, and the crate would add a second random number generator to every function.

use crate::store::error::StoreError;
use std::time::Duration;

/// Upper limit of the first wait, in milliseconds. Each further limit is twice the one before.
const FIRST_WAIT: u64 = 50;
/// Doublings after which the limit stays, at 3.2 s.
const DOUBLINGS: u32 = 6;

/// The attempts of one request.
#[derive(Debug)]
pub(in crate::store) struct Retry {
    op: &'static str,
    attempts: u32,
    failed: u32,
    doublings: u32,
}

impl Retry {
    /// At most `attempts` attempts of an operation.
    pub(in crate::store) fn new(op: &'static str, attempts: u32) -> Self {
        Self { op, attempts, failed: 0, doublings: DOUBLINGS }
    }

    /// The same attempts, but the limit of a wait doubles only `doublings` times.
    pub(in crate::store) fn with_doublings(self, doublings: u32) -> Self {
        Self { doublings, ..self }
    }

    /// Counts a failed attempt and waits before the next one.
    ///
    /// # Errors
    /// Returns a busy [`StoreError`] after the last attempt, without a wait.
    pub(in crate::store) async fn again(&mut self) -> Result<(), StoreError> {
        self.failed += 1;
        if self.failed >= self.attempts {
            return Err(StoreError::retries_exhausted(self.op));
        }
        let limit = FIRST_WAIT << (self.failed - 1).min(self.doublings);
        let wait = u64::from_be_bytes(crate::crypto::random()) % limit;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        Ok(())
    }
}
