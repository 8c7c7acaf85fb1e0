//! The one error of everything that verifies.

/// A key, signature or encoding is not valid. The error gives no reason, because the client may be an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not accepted")]
pub struct Rejected;

/// An API token is not accepted. Only the holder of a token that this installation signed learns that it has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejected {
    /// It was valid until a time that is over.
    #[error("expired")]
    Expired,
    /// Any other reason.
    #[error("not accepted")]
    Invalid,
}

impl From<Rejected> for TokenRejected {
    fn from(Rejected: Rejected) -> Self {
        Self::Invalid
    }
}
