//! Tokens that this process has refused in the current minute. It refuses them again without a request to the table, so
//! that a client that goes on regardless neither costs writes nor uses up its tenant's limit.

use crate::crypto::TokenRejected;
use crate::http::rate_limit::Quota;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why a token is refused for the rest of the minute.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) enum Refusal {
    /// It is unknown, revoked or expired.
    Rejected(TokenRejected),
    /// Its limit or its tenant's limit is exceeded.
    OverLimit([Quota; 2]),
}

/// The refused tokens, by the hash of their secret. Only tokens with a valid signature are in it, so a stranger cannot
/// fill it.
#[derive(Debug, Default)]
pub(in crate::http) struct RefusedTokens(Mutex<(i64, HashMap<String, Refusal>)>);

impl RefusedTokens {
    /// Whether a token was refused in this minute.
    pub(in crate::http) fn get(&self, record: &str, minute: i64) -> Option<Refusal> {
        let refused = self.lock();
        if refused.0 == minute { refused.1.get(record).copied() } else { None }
    }

    /// Notes that a token was refused in this minute.
    pub(in crate::http) fn note(&self, record: &str, minute: i64, why: Refusal) {
        let mut refused = self.lock();
        if refused.0 != minute {
            *refused = (minute, HashMap::new());
        }
        refused.1.insert(record.to_owned(), why);
    }

    fn lock(&self) -> MutexGuard<'_, (i64, HashMap<String, Refusal>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
