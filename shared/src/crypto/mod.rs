//! Keys and hashes. The data key hashes names for the table and never rotates. The signing keys prove that this
//! installation issued a token, a handoff or a session. They rotate: `kid` distinguishes the current from the previous.

mod api_token;
mod campaign_bucket;
mod claims;
mod console_session;
mod data_key;
mod encoding;
mod jws;
mod keygen;
mod link_codes;
mod link_hash;
mod random;
mod rejected;
mod sealed;
mod sha256;
mod token_signing_key;

pub use api_token::{ApiToken, TokenIssuer, TokenVerifier, issue_token};
pub(crate) use campaign_bucket::{CampaignBucket, CampaignTag};
pub use claims::{CursorClaims, Handoff, Session, Signed, TokenClaims};
pub use console_session::{ConsoleSession, ConsoleSignIn, console_token};
pub use data_key::DataKey;
pub use encoding::{base64url, from_base64url, secret_from_base64url};
pub use jws::Signer;
pub use keygen::{NewKeys, new_keys};
pub use link_hash::LinkHash;
pub use random::random;
pub use rejected::{Rejected, TokenRejected};
pub use sha256::{Sha256, sha256};
pub use token_signing_key::TokenSigningKey;
