//! The two kinds of keys. The data key names things in the table and never rotates; signing keys prove who made a
//! token, a handoff or a session, and rotate: current and previous by `kid`.

mod api_token;
mod claims;
mod data_key;
mod jws;
mod keyring;
mod new_token;

pub use api_token::{ApiToken, TokenClaims, TokenIssuer, TokenVerifier};
pub use claims::{CursorClaims, Handoff, Session, Signed};
pub(crate) use data_key::Slot;
pub use data_key::{DataKey, LinkHash};
pub use jws::Signer;
pub use keyring::{NewKeys, new_keys};
pub use new_token::issue_token;

use aws_lc_rs::rand;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE_NO_PAD};
use base64::{Engine as _, alphabet::URL_SAFE};

/// Something was not signed by us, is not of the expected kind, or its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not accepted")]
pub struct Rejected;

/// Random bytes from the system's generator.
///
/// # Panics
/// When the system has no randomness to give: nothing safe can be done without it.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random generator");
    bytes
}

/// Bytes as URL-safe base64 without padding (RFC 4648 section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes of URL-safe base64 without padding.
///
/// # Errors
/// Anything else.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Rejected> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejected)
}

/// The bytes of a secret as a secret store makes it: any characters of URL-safe base64, where the last of them may
/// have bits that belong to no byte. Never for what strangers send: there one text must stand for one value.
///
/// # Errors
/// Anything else.
pub fn secret_from_base64url(text: &str) -> Result<Vec<u8>, Rejected> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));
    LENIENT.decode(text).map_err(|_| Rejected)
}
