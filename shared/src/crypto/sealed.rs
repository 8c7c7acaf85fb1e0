//! Secrets of others, encrypted under the data key: the table holds none that can be read without it.

use crate::crypto::data_key::DataKey;
use crate::crypto::encoding::{base64url, from_base64url};
use crate::crypto::rejected::Rejected;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

impl DataKey {
    /// Encrypts a secret with AES-256-GCM under a key of its own purpose and owner. Every call returns another text.
    ///
    /// ```
    /// use shared::crypto::DataKey;
    ///
    /// let key = DataKey::new(&[7; 32]);
    /// let sealed = key.seal("sync token", "acme", "secret");
    /// assert_eq!(key.unseal("sync token", "acme", &sealed).unwrap(), "secret");
    /// assert!(key.unseal("sync token", "other", &sealed).is_err());
    /// ```
    ///
    /// # Panics
    /// Never: AES-256-GCM takes any text that fits into memory.
    #[must_use]
    pub fn seal(&self, purpose: &str, owner: &str, secret: &str) -> String {
        let mut text = secret.as_bytes().to_vec();
        let nonce = self.sealing_key(purpose, owner).seal_in_place_append_tag(Aad::empty(), &mut text);
        let nonce = nonce.expect("a text below 64 GB");
        base64url(&[nonce.as_ref().as_slice(), &text].concat())
    }

    /// Decrypts a secret of [`seal`](Self::seal).
    ///
    /// # Errors
    /// Returns [`Rejected`] if the text was sealed with another key, purpose or owner, or was changed.
    pub fn unseal(&self, purpose: &str, owner: &str, sealed: &str) -> Result<String, Rejected> {
        let mut bytes = from_base64url(sealed).map_err(|_| Rejected)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(Rejected)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Rejected)?;
        let secret = self.sealing_key(purpose, owner).open_in_place(nonce, Aad::empty(), text).map_err(|_| Rejected)?;
        String::from_utf8(secret.to_vec()).map_err(|_| Rejected)
    }

    fn sealing_key(&self, purpose: &str, owner: &str) -> RandomizedNonceKey {
        let key = self.hash("seal", &[purpose.as_bytes(), owner.as_bytes()]);
        RandomizedNonceKey::new(&AES_256_GCM, &key).expect("32 bytes are a key of AES-256")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sealed_secret_is_read_back_only_for_its_purpose_and_owner(secret in "\\PC{0,80}", flip in 0usize..8) {
            let key = DataKey::new(&[1; 32]);
            let sealed = key.seal("a", "acme", &secret);
            prop_assert_eq!(key.unseal("a", "acme", &sealed), Ok(secret.clone()));
            prop_assert_eq!(key.unseal("b", "acme", &sealed), Err(Rejected));
            prop_assert_eq!(key.unseal("a", "other", &sealed), Err(Rejected));
            prop_assert_eq!(DataKey::new(&[2; 32]).unseal("a", "acme", &sealed), Err(Rejected));
            prop_assert_ne!(key.seal("a", "acme", &secret), sealed.clone());
            let mut bytes = from_base64url(&sealed).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1 << flip;
            prop_assert_eq!(key.unseal("a", "acme", &base64url(&bytes)), Err(Rejected));
        }
    }
}
