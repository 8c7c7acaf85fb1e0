//! Keys and hashes. The data key hashes names for the table and never rotates. The signing keys prove that this
//! installation issued a token, a handoff or a session. They rotate: `kid` distinguishes the current from the previous.

mod api_token;
mod claims;
mod data_key;
mod jws;
mod keygen;
mod link_hash;
mod revocation_bucket;
mod sha256;

pub use api_token::{ApiToken, TokenIssuer, TokenVerifier, issue_token};
pub use claims::{CursorClaims, Handoff, Session, Signed, TokenClaims};
pub use data_key::DataKey;
pub use jws::Signer;
pub use keygen::{NewKeys, new_keys};
pub use link_hash::LinkHash;
pub(crate) use revocation_bucket::{CampaignRevocation, RevocationBucket};
pub use sha256::{Sha256, sha256};

use aws_lc_rs::rand;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE_NO_PAD};
use base64::{Engine as _, alphabet::URL_SAFE};

/// A key, signature or encoding is not valid. The error gives no reason, because the client may be an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not accepted")]
pub struct Rejected;

/// Random bytes from the operating system's generator.
///
/// # Panics
/// Panics if the operating system cannot provide random bytes: nothing safe can be done without them.
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
