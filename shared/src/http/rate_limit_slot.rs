//! The place in a request where the extractor of the caller and the edge meet.

use crate::http::error::ApiError;
use crate::http::extract::refused_tokens::RefusedTokens;
use crate::http::rate_limit::RateLimits;
use std::sync::{Arc, OnceLock};

/// What the edge and the extractor of the caller share in the extensions of a request.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct RateLimitSlot {
    /// The caller's limits. The edge writes them into the response, whatever the handler answers.
    pub(in crate::http) limits: Arc<OnceLock<RateLimits>>,
    /// The tokens that this process has refused.
    pub(in crate::http) refused: Arc<RefusedTokens>,
}

impl RateLimitSlot {
    /// Leaves the limits for the edge.
    ///
    /// # Errors
    /// Returns [`ApiError::RateLimited`] if one is exceeded.
    pub(in crate::http) fn check(&self, limits: RateLimits) -> Result<(), ApiError> {
        let wait = limits.retry_after();
        // A request has one caller. Were there two, the first would count.
        drop(self.limits.set(limits));
        wait.map_or(Ok(()), |seconds| Err(ApiError::RateLimited(seconds)))
    }
}
