//! The private key of API tokens in a setting.

use crate::crypto::api_token::TokenIssuer;
use crate::crypto::encoding::from_base64url;
use crate::crypto::rejected::Rejected;
use std::fmt;

/// The private key as a setting has it. It is parsed when a token is signed: the parser would add 1.6 MB to every function
/// that reads settings.
#[derive(Clone)]
pub struct TokenSigningKey(String);

impl fmt::Debug for TokenSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSigningKey(redacted)")
    }
}

impl TokenSigningKey {
    /// A key of a setting.
    ///
    /// # Errors
    /// Returns [`Rejected`] if the text is not base64url.
    pub fn new(text: &str) -> Result<Self, Rejected> {
        from_base64url(text.trim()).map(|_| Self(text.to_owned()))
    }

    /// The key, to sign with.
    ///
    /// # Errors
    /// Returns [`Rejected`] if the text is not a private key that [`TokenIssuer::generate`] wrote.
    pub fn issuer(&self) -> Result<TokenIssuer, Rejected> {
        TokenIssuer::read(&self.0)
    }
}
