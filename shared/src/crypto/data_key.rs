//! The data key: names in the table that cannot be guessed or read back without it.

use super::base64url;
use crate::model::{CampaignId, Code, LinkId, TenantId, UserHash, UserId};
use aws_lc_rs::hmac;
use std::fmt::Write as _;

/// The keyed hash of a link's code and the slot of its campaign, its key in the table: a stolen table gives no working
/// link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct LinkHash(String);

impl LinkHash {
    /// Characters of the hash proper, 120 bits; the slot comes after them.
    const HASH: usize = 20;

    /// The hash that a key of the table holds.
    #[must_use]
    pub(crate) fn of_key(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slot of its campaign.
    pub(crate) fn slot(&self) -> Slot {
        Slot(self.0.get(Self::HASH..).unwrap_or_default().to_owned())
    }
}

/// Where the revocation of a campaign stands, together with those of others: one of 3,844, so that none grows large. It
/// is known of a link before anything is read, so that the link and its campaign's revocation are read together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slot(String);

impl Slot {
    fn of(number: u64) -> Self {
        Self(format!("{:0>2}", base62::encode(number % Code::TAILS)))
    }

    /// The slot as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key that users and codes are hashed with. Losing it orphans the table.
#[derive(Clone)]
pub struct DataKey(hmac::Key);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataKey({})", self.fingerprint())
    }
}

impl DataKey {
    /// The key of 32 bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The user's name in keys.
    #[must_use]
    pub fn user_hash(&self, tenant: &TenantId, user: &UserId) -> UserHash {
        let hash = self.hash("user", &[tenant.as_str().as_bytes(), user.as_str().as_bytes()]);
        UserHash(hash[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }

    /// The code of a row of a request: the same tenant, seed, body and row give the same code again, if the campaign is
    /// the same. Its tail is the campaign's slot, hidden by what follows from its head.
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
        let random = u128::from_be_bytes(hash[..16].try_into().unwrap_or_default());
        Code::of(random, |head| number(&self.campaign(tenant, campaign)) + self.hiding(head))
    }

    /// The key of a code in the table.
    #[must_use]
    pub fn link_hash(&self, code: &Code) -> LinkHash {
        let (head, tail) = code.parts();
        let slot = Slot::of(tail + Code::TAILS - self.hiding(head));
        LinkHash(base64url(&self.hash("link", &[code.reveal().as_bytes()])[..15]) + slot.as_str())
    }

    /// The slot of a campaign, and its name there, which tells nothing of tenant and campaign.
    pub(crate) fn slot(&self, tenant: &TenantId, campaign: &CampaignId) -> (Slot, String) {
        let hash = self.campaign(tenant, campaign);
        (Slot::of(number(&hash)), base64url(&hash[8..17]))
    }

    /// The public name of a link.
    #[must_use]
    pub fn link_id(&self, tenant: &TenantId, link: &LinkHash) -> LinkId {
        let proof = self.hash("link id", &[tenant.as_str().as_bytes(), link.0.as_bytes()]);
        LinkId(format!("{}{}", link.0, &base64url(&proof)[..10]))
    }

    /// The link of a public name, if it is one of this tenant's: known without reading anything.
    #[must_use]
    pub fn link_of(&self, tenant: &TenantId, id: &LinkId) -> Option<LinkHash> {
        let link = LinkHash(id.as_str()[..22].to_owned());
        (self.link_id(tenant, &link) == *id).then_some(link)
    }

    /// 16 bytes that follow from the row of a request as its code does, for what else is made up for it.
    #[must_use]
    pub fn derive_bytes(&self, tenant: &TenantId, seed: &[u8], body_hash: &[u8], row: usize) -> [u8; 16] {
        let row = (row as u64).to_be_bytes();
        let hash = self.hash("made up", &[tenant.as_str().as_bytes(), seed, body_hash, &row]);
        hash[..16].try_into().unwrap_or_default()
    }

    /// What tells this key from another without telling anything about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        base64url(&self.hash("fingerprint", &[])[..9])
    }

    fn campaign(&self, tenant: &TenantId, campaign: &CampaignId) -> [u8; 32] {
        self.hash("campaign", &[tenant.as_str().as_bytes(), campaign.as_str().as_bytes()])
    }

    /// What hides the slot in the tail of a code: the codes of a campaign have nothing in common that a guesser could use.
    fn hiding(&self, head: &str) -> u64 {
        number(&self.hash("tail", &[head.as_bytes()]))
    }

    /// A hash for one purpose; each part is preceded by its length, so that no two lists of parts read alike.
    fn hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [&[purpose.as_bytes()], parts].concat() {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }
}

/// A number below that of tails.
fn number(hash: &[u8; 32]) -> u64 {
    u64::from_be_bytes(hash[..8].try_into().unwrap_or_default()) % Code::TAILS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

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
    fn a_repeated_request_gives_the_same_codes_and_no_two_rows_share_one() {
        let (key, tenant, campaign) = (DataKey::new(&[1; 32]), "a".parse().unwrap(), "spring".parse().unwrap());
        let code = |seed: &[u8], body: &[u8], row| key.code((&tenant, &campaign), seed, body, row).reveal().to_owned();
        assert_eq!(code(b"k", b"b", 0), code(b"k", b"b", 0));
        let others = [code(b"k", b"b", 1), code(b"k", b"c", 0), code(b"l", b"b", 0), code(b"kb", b"", 0)];
        assert!(others.iter().all(|other| *other != code(b"k", b"b", 0)));
    }

    #[test]
    fn a_code_leads_to_the_slot_of_its_campaign_and_shows_nothing_of_it() {
        let (key, tenant): (_, TenantId) = (DataKey::new(&[1; 32]), "a".parse().unwrap());
        let mut tails = HashSet::new();
        for campaign in ["spring", "autumn"].map(|name| name.parse().unwrap()) {
            for row in 0..500 {
                let code = key.code((&tenant, &campaign), b"", b"", row);
                assert_eq!(key.link_hash(&code).slot(), key.slot(&tenant, &campaign).0);
                tails.insert(code.reveal()[14..].to_owned());
            }
        }
        assert!(tails.len() > 800, "1,000 of 3,844 at random are 880 different ones: {}", tails.len());
        let slot = |tenant: &str, campaign: &str| key.slot(&tenant.parse().unwrap(), &campaign.parse().unwrap());
        assert!(slot("a", "spring") != slot("a", "autumn") && slot("a", "spring") != slot("b", "spring"));
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
