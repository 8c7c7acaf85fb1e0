//! [`SyncError`]: a period that could not be copied.

use shared::model::Invalid;
use shared::store::StoreError;
use std::time::Duration;

/// Why a period could not be copied. The sentences are stored with the source and shown to operators; they contain nothing
/// of the answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    /// 401 or 403.
    #[error("OpenDialog refused the token with status {0}: register the source again with a new token")]
    Token(u16),
    /// Another status than 200. `retry_after` is what the answer asked for.
    #[error("OpenDialog answered with status {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    /// No answer, or only a part of it.
    #[error("OpenDialog could not be reached or did not answer in time: {0}")]
    Unreachable(String),
    /// The answer is no page of a `user-data-export`.
    #[error("the answer of OpenDialog {0}")]
    Unreadable(Invalid),
    /// A page is larger than memory allows.
    #[error("a page of OpenDialog's answer is larger than 16 MB")]
    PageTooLarge,
    /// The period has more pages than a run reads.
    #[error("the period has too many pages")]
    TooManyPages,
    /// Users came or went while the pages were read, every time.
    #[error("the pages of OpenDialog's answer changed while they were read, three times")]
    Changing,
    /// The run is over.
    #[error("the run ended before the period was read")]
    OutOfTime,
    /// The tenant was removed.
    #[error("the tenant does not exist")]
    NoTenant,
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SyncError {
    /// Whether the same request may succeed a moment later.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Unreachable(_) => true,
            _ => false,
        }
    }

    /// Whether a shorter period may succeed.
    pub(crate) fn is_about_length(&self) -> bool {
        matches!(self, Self::PageTooLarge | Self::TooManyPages | Self::Changing | Self::OutOfTime)
    }

    /// How long the answer asked to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
