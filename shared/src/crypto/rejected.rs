//! The one error of everything that verifies.

/// A key, signature or encoding is not valid. The error gives no reason, because the client may be an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not accepted")]
pub struct Rejected;
