//! Base64 for URLs.

use crate::crypto::rejected::Rejected;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE_NO_PAD};
use base64::{Engine as _, alphabet::URL_SAFE};

/// Bytes as URL-safe base64 without padding (RFC 4648 section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of URL-safe base64 without padding (RFC 4648 section 5).
///
/// # Errors
/// Returns [`Rejected`] if the text is anything else.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Rejected> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejected)
}

/// The bytes of a secret that a secret store generated: any characters of URL-safe base64, of which the last may have
/// bits that belong to no byte (decision 0010). Never use it for what clients send, where one value must have one text.
///
/// # Errors
/// Returns [`Rejected`] if the text is anything else.
pub fn secret_from_base64url(text: &str) -> Result<Vec<u8>, Rejected> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));
    LENIENT.decode(text).map_err(|_| Rejected)
}
