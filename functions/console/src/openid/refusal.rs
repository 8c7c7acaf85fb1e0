//! Why a person is not signed in.

use shared::store::StoreError;
use std::error::Error;

/// Why a person who came back from the provider is not signed in.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The provider does not answer, or not as `OpenID` Connect says. The log has the reason.
    Provider(Box<dyn Error + Send + Sync>),
    /// The provider refused the person, or the person declined.
    Declined,
    /// The response belongs to no attempt of this browser, or to one that is over.
    NoAttempt,
    /// The ID token is not valid. The log has the reason.
    IdToken(&'static str),
    /// The provider has not verified the mail address; it calls the person by this subject.
    Unverified(String),
    /// No account has this mail address.
    Unknown(String),
    /// The table rejected a request.
    Table(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Table(error)
    }
}

impl Refusal {
    /// A failure of the provider.
    pub(crate) fn provider(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Provider(error.into())
    }
}
