//! The codes of links, the names of links in the table, and their public ids, all derived with the data key.

use crate::crypto::campaign_bucket::CampaignBucket;
use crate::crypto::data_key::{DataKey, first_16};
use crate::crypto::encoding::base64url;
use crate::crypto::link_hash::LinkHash;
use crate::model::{CampaignId, Code, LinkId, TenantId};

/// Characters of the proof of the tenant at the end of a [`LinkId`]: 60 bits.
const PROOF_LENGTH: usize = 10;

impl DataKey {
    /// The codes of the rows of a request, in their order, each with its key in the table: the same tenant, campaign, seed
    /// and body give the same codes again.
    pub fn codes(
        &self,
        (tenant, campaign): (&TenantId, &CampaignId),
        seed: &[u8],
        body_hash: &[u8],
    ) -> impl Iterator<Item = (Code, LinkHash)> {
        let bucket = self.campaign_tag(tenant, campaign).bucket;
        (0_u64..).map(move |row| {
            let hash = self.hash("code", &[tenant.as_str().as_bytes(), seed, body_hash, &row.to_be_bytes()]);
            let code = Code::new(u128::from_be_bytes(first_16(&hash)), |prefix| bucket.suffix(self, prefix));
            let link = self.link_hash_in(&code, &bucket);
            (code, link)
        })
    }

    /// The key of a code in the table.
    ///
    /// # Panics
    /// Never: a hash and a bucket are a link's hash.
    #[must_use]
    pub fn link_hash(&self, code: &Code) -> LinkHash {
        self.link_hash_in(code, &CampaignBucket::of_code(self, code))
    }

    fn link_hash_in(&self, code: &Code, bucket: &CampaignBucket) -> LinkHash {
        // 14 bytes are 19 characters of base64url; the last has only four bits.
        let hash = base64url(&self.hash("link", &[code.reveal().as_bytes()])[..14]);
        LinkHash::of_parts(&hash[..18], bucket).expect("a hash and a bucket")
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_change_because_the_table_holds_them() {
        let (key, tenant, campaign): (_, TenantId, _) =
            (DataKey::new(&[7; 32]), "acme".parse().unwrap(), "spring".parse().unwrap());
        assert_eq!(key.fingerprint(), "kfWE80kZIRIQ");
        assert_eq!(key.user_hash(&tenant, &"ann".parse().unwrap()).to_string(), "a9ea561c27ebdc1e477501fd95cb4bca");
        let (code, link) = key.codes((&tenant, &campaign), b"seed", b"body").nth(3).unwrap();
        assert_eq!(code.reveal(), "sMS4QLiPshRfAuDn");
        assert_eq!(key.link_hash(&code), link);
        assert_eq!(link.as_str(), "W8WkiHCfbx5WVauvqwIXwn");
        assert_eq!(key.link_id(&tenant, &link).as_str(), "W8WkiHCfbx5WVauvqwIXwnjGAZq5ZMhr");
        let tag = key.campaign_tag(&tenant, &campaign);
        assert_eq!((tag.bucket.to_string().as_str(), tag.name.as_str()), ("IXwn", "iwqJkU2SQtue"));
        let derived = key.derive_bytes(&tenant, b"seed", b"body", 3);
        assert_eq!(hex::encode(derived), "d95754dfdb995a632179676b9a8b5c43");
    }

    #[test]
    fn a_repeated_request_gives_the_same_codes_and_no_two_rows_share_one() {
        let (key, tenant, campaign) = (DataKey::new(&[1; 32]), "a".parse().unwrap(), "spring".parse().unwrap());
        let code = |seed: &[u8], body: &[u8], row| {
            let mut codes = key.codes((&tenant, &campaign), seed, body);
            codes.nth(row).unwrap().0.reveal().to_owned()
        };
        assert_eq!(code(b"k", b"b", 0), code(b"k", b"b", 0));
        let others = [code(b"k", b"b", 1), code(b"k", b"c", 0), code(b"l", b"b", 0), code(b"kb", b"", 0)];
        assert!(others.iter().all(|other| *other != code(b"k", b"b", 0)));
    }

    #[test]
    fn a_link_id_is_a_name_and_says_nothing_of_the_code() {
        let (key, tenant): (_, TenantId) = (DataKey::new(&[1; 32]), "a".parse().unwrap());
        let campaign = "spring".parse().unwrap();
        let (code, _) = key.codes((&tenant, &campaign), b"", b"").next().unwrap();
        let id = key.link_id(&tenant, &key.link_hash(&code));
        assert!(id.as_str().parse::<crate::model::TokenId>().is_ok() && id.as_str().len() == 32);
        assert!(!id.as_str().contains(code.reveal()));
        assert_eq!(key.link_of(&tenant, &id), Some(key.link_hash(&code)));
        assert_eq!(key.link_of(&"b".parse().unwrap(), &id), None);
    }
}
