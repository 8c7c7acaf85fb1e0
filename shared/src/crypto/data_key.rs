//! The data key: the names in the table cannot be guessed or read back without it.

use crate::crypto::encoding::base64url;
use crate::model::{Email, PersonHash, TenantId, UserHash, UserId};
use aws_lc_rs::hmac;
use std::sync::Arc;

/// The key that hashes users and codes. Without it the table is of no use, so it never rotates.
///
/// The purposes of the hashes (`"user"`, `"code"`, `"tail"`, …) are part of what is stored and never change.
///
/// ```
/// use shared::crypto::DataKey;
///
/// let key = DataKey::new(&[7; 32]);
/// let (acme, ann) = ("acme".parse().unwrap(), "ann".parse().unwrap());
/// let hash = key.user_hash(&acme, &ann);
/// assert_eq!(hash, key.user_hash(&acme, &ann));
/// assert_ne!(hash, key.user_hash(&"other".parse().unwrap(), &ann));
/// ```
#[derive(Clone)]
pub struct DataKey(Arc<hmac::Key>); // the key itself is costly to clone

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataKey({})", self.fingerprint())
    }
}

impl DataKey {
    /// The key of a secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// The user's name in keys and logs.
    #[must_use]
    pub fn user_hash(&self, tenant: &TenantId, user: &UserId) -> UserHash {
        let hash = self.hash("user", &[tenant.as_str().as_bytes(), user.as_str().as_bytes()]);
        UserHash::from_u128(u128::from_be_bytes(first_16(&hash)))
    }

    /// The person of a mail address in keys.
    #[must_use]
    pub fn email_hash(&self, email: &Email) -> PersonHash {
        let hash = self.hash("email", &[email.as_str().as_bytes()]);
        PersonHash::from_u128(u128::from_be_bytes(first_16(&hash)))
    }

    /// The person that an issuer calls `subject`, in keys (`OpenID` Connect Core section 2: the pair never names another).
    #[must_use]
    pub fn identity_hash(&self, issuer: &str, subject: &str) -> PersonHash {
        let hash = self.hash("identity", &[issuer.as_bytes(), subject.as_bytes()]);
        PersonHash::from_u128(u128::from_be_bytes(first_16(&hash)))
    }

    /// 16 bytes that follow from the row of a request as its code does: the same request gives the same bytes again.
    #[must_use]
    pub fn derive_bytes(&self, tenant: &TenantId, seed: &[u8], body_hash: &[u8], row: usize) -> [u8; 16] {
        let row = (row as u64).to_be_bytes();
        first_16(&self.hash("made up", &[tenant.as_str().as_bytes(), seed, body_hash, &row]))
    }

    /// A text that distinguishes this key from others and reveals nothing about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        base64url(&self.hash("fingerprint", &[])[..9])
    }

    /// A hash for one purpose. The length precedes each part, so that no two lists of parts hash alike.
    pub(super) fn hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [&[purpose.as_bytes()], parts].concat() {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("HMAC-SHA256 has 32 bytes")
    }
}

pub(super) fn first_16(hash: &[u8; 32]) -> [u8; 16] {
    *hash.first_chunk().expect("32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_depend_on_key_tenant_and_every_byte_of_the_id() {
        let (key, other) = (DataKey::new(&[1; 32]), DataKey::new(&[2; 32]));
        let user_hash =
            |key: &DataKey, tenant: &str, user: &str| key.user_hash(&tenant.parse().unwrap(), &user.parse().unwrap());
        let bob = user_hash(&key, "a", "bob");
        assert_eq!(bob, user_hash(&key, "a", "bob"));
        for different in [
            user_hash(&other, "a", "bob"),
            user_hash(&key, "b", "bob"),
            user_hash(&key, "a", "bob#1"),
            user_hash(&key, "a", "Bob"),
            user_hash(&key, "ab", "ob"),
        ] {
            assert_ne!(bob, different);
        }
        assert_ne!(key.fingerprint(), other.fingerprint());
    }
}
