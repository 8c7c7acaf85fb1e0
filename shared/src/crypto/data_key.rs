//! The data key: the names in the table cannot be guessed or read back without it.

use super::{LinkHash, RevocationBucket, base64url};
use crate::model::{CampaignId, Code, LinkId, TenantId, UserHash, UserId};
use aws_lc_rs::hmac;

/// Characters of the proof of the tenant at the end of a [`LinkId`]: 60 bits.
const PROOF_LENGTH: usize = 10;

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
pub struct DataKey(hmac::Key);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataKey({})", self.fingerprint())
    }
}

impl DataKey {
    /// The key of a secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The user's name in keys and logs.
    #[must_use]
    pub fn user_hash(&self, tenant: &TenantId, user: &UserId) -> UserHash {
        let hash = self.hash("user", &[tenant.as_str().as_bytes(), user.as_str().as_bytes()]);
        UserHash::from_u128(u128::from_be_bytes(first_16(&hash)))
    }

    /// The code of a row of a request: the same tenant, seed, body, row and campaign give the same code again.
    #[must_use]
    pub fn code(
        &self,
        (tenant, campaign): (&TenantId, &CampaignId),
        seed: &[u8],
        body_hash: &[u8],
        row: usize,
    ) -> Code {
        let row = (row as u64).to_be_bytes();
        let hash = self.hash("code", &[tenant.as_str().as_bytes(), seed, body_hash, &row]);
        let bucket = self.campaign_revocation(tenant, campaign).bucket;
        Code::new(u128::from_be_bytes(first_16(&hash)), |prefix| bucket.suffix(self, prefix))
    }

    /// The key of a code in the table.
    ///
    /// # Panics
    /// Never: 15 bytes are 20 characters of base64url.
    #[must_use]
    pub fn link_hash(&self, code: &Code) -> LinkHash {
        let hash = base64url(&self.hash("link", &[code.reveal().as_bytes()])[..15]);
        format!("{hash}{}", RevocationBucket::of_code(self, code)).parse().expect("a hash and a bucket")
    }

    /// The public name of a link: its hash, and a proof that the link belongs to the tenant.
    ///
    /// # Panics
    /// Never: hash and proof are 32 characters of base64url.
    #[must_use]
    pub fn link_id(&self, tenant: &TenantId, link: &LinkHash) -> LinkId {
        let proof = base64url(&self.hash("link id", &[tenant.as_str().as_bytes(), link.as_str().as_bytes()]));
        format!("{link}{}", &proof[..PROOF_LENGTH]).parse().expect("a hash and a proof")
    }

    /// The link of a public name; `None` if the name does not belong to this tenant. Reads nothing.
    #[must_use]
    pub fn link_of(&self, tenant: &TenantId, id: &LinkId) -> Option<LinkHash> {
        let link = id.as_str().get(..LinkHash::LENGTH)?.parse().ok()?;
        (self.link_id(tenant, &link) == *id).then_some(link)
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

fn first_16(hash: &[u8; 32]) -> [u8; 16] {
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

    #[test]
    fn names_never_change_because_the_table_holds_them() {
        let (key, tenant, campaign): (_, TenantId, _) =
            (DataKey::new(&[7; 32]), "acme".parse().unwrap(), "spring".parse().unwrap());
        assert_eq!(key.fingerprint(), "kfWE80kZIRIQ");
        assert_eq!(key.user_hash(&tenant, &"ann".parse().unwrap()).to_string(), "a9ea561c27ebdc1e477501fd95cb4bca");
        let code = key.code((&tenant, &campaign), b"seed", b"body", 3);
        assert_eq!(code.reveal(), "rusMS4QLiPshRfsS");
        let link = key.link_hash(&code);
        assert_eq!(link.as_str(), "tXBl1rRx2YaPPJltwbKgwn");
        assert_eq!(key.link_id(&tenant, &link).as_str(), "tXBl1rRx2YaPPJltwbKgwnejjJmzsiTg");
        let revocation = key.campaign_revocation(&tenant, &campaign);
        assert_eq!((revocation.bucket.to_string().as_str(), revocation.entry.as_str()), ("wn", "iwqJkU2SQtue"));
        let derived = key.derive_bytes(&tenant, b"seed", b"body", 3);
        assert_eq!(hex::encode(derived), "d95754dfdb995a632179676b9a8b5c43");
    }

    #[test]
    fn a_repeated_request_gives_the_same_codes_and_no_two_rows_share_one() {
        let (key, tenant, campaign) = (DataKey::new(&[1; 32]), "a".parse().unwrap(), "spring".parse().unwrap());
        let code = |seed: &[u8], body: &[u8], row| key.code((&tenant, &campaign), seed, body, row).reveal().to_owned();
        assert_eq!(code(b"k", b"b", 0), code(b"k", b"b", 0));
        let others = [code(b"k", b"b", 1), code(b"k", b"c", 0), code(b"l", b"b", 0), code(b"kb", b"", 0)];
        assert!(others.iter().all(|other| *other != code(b"k", b"b", 0)));
    }

    #[test]
    fn a_link_id_is_a_name_and_says_nothing_of_the_code() {
        let (key, tenant): (_, TenantId) = (DataKey::new(&[1; 32]), "a".parse().unwrap());
        let code = key.code((&tenant, &"spring".parse().unwrap()), b"", b"", 0);
        let id = key.link_id(&tenant, &key.link_hash(&code));
        assert!(id.as_str().parse::<crate::model::TokenId>().is_ok() && id.as_str().len() == 32);
        assert!(!id.as_str().contains(code.reveal()));
        assert_eq!(key.link_of(&tenant, &id), Some(key.link_hash(&code)));
        assert_eq!(key.link_of(&"b".parse().unwrap(), &id), None);
    }
}
