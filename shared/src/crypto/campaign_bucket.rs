//! Campaign buckets: the code of a link leads to the items of its campaign (decisions 0032 and 0070).

use crate::crypto::data_key::DataKey;
use crate::crypto::encoding::base64url;
use crate::model::{CampaignId, Code, TenantId, suffix_text};
use std::fmt;

/// One of 14.8 million groups of campaigns. Nearly every campaign has its own.
///
/// The revocation of a campaign and the activity of its links must be read together with a link, but the link's campaign
/// is known only once the link has been read. Therefore the bucket follows from the code alone:
///
/// - The bucket of a campaign is a keyed hash of tenant and campaign.
/// - The suffix of a [`Code`], its last four characters, is the campaign's bucket plus a mask. The mask is a keyed hash of
///   the code's prefix, so the codes of one campaign have nothing in common that a guesser could use.
/// - A [`LinkHash`](super::LinkHash) ends with the bucket itself.
///
/// All sums are modulo [`Code::SUFFIXES`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CampaignBucket(u64);

/// The place of a campaign in the items that are found by its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CampaignTag {
    /// The bucket.
    pub(crate) bucket: CampaignBucket,
    /// The campaign's name in the bucket: 72 bits that reveal neither tenant nor campaign.
    pub(crate) name: String,
}

impl CampaignBucket {
    /// The bucket of a number, modulo the number of buckets.
    pub(super) fn new(number: u64) -> Self {
        Self(number % Code::SUFFIXES)
    }

    /// The bucket that a code leads to.
    pub(super) fn of_code(key: &DataKey, code: &Code) -> Self {
        let (prefix, suffix) = code.split();
        Self::new(suffix + Code::SUFFIXES - mask(key, prefix))
    }

    /// The number of the suffix that makes a code with this prefix lead to the bucket.
    pub(super) fn suffix(&self, key: &DataKey, prefix: &str) -> u64 {
        (self.0 + mask(key, prefix)) % Code::SUFFIXES
    }
}

/// What is added to a bucket in the suffix of a code, below [`Code::SUFFIXES`].
fn mask(key: &DataKey, prefix: &str) -> u64 {
    leading_number(&key.hash("tail", &[prefix.as_bytes()])) % Code::SUFFIXES
}

fn leading_number(hash: &[u8; 32]) -> u64 {
    u64::from_be_bytes(*hash.first_chunk().expect("32 bytes"))
}

/// As in the keys of the table: four characters of base62.
impl fmt::Display for CampaignBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&suffix_text(self.0))
    }
}

impl DataKey {
    /// The place of a campaign.
    #[must_use]
    pub(crate) fn campaign_tag(&self, tenant: &TenantId, campaign: &CampaignId) -> CampaignTag {
        let hash = self.hash("campaign", &[tenant.as_str().as_bytes(), campaign.as_str().as_bytes()]);
        CampaignTag { bucket: CampaignBucket::new(leading_number(&hash)), name: base64url(&hash[8..17]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_code_leads_to_the_bucket_of_its_campaign_and_shows_nothing_of_it() {
        let (key, tenant): (_, TenantId) = (DataKey::new(&[1; 32]), "a".parse().unwrap());
        let mut suffixes = HashSet::new();
        for campaign in ["spring", "autumn"].map(|name| name.parse().unwrap()) {
            let bucket = key.campaign_tag(&tenant, &campaign).bucket;
            for (code, link) in key.codes((&tenant, &campaign), b"", b"").take(500) {
                assert_eq!(key.link_hash(&code), link);
                assert_eq!(link.campaign_bucket(), bucket);
                assert!(link.as_str().ends_with(&bucket.to_string()));
                suffixes.insert(code.reveal()[12..].to_owned());
            }
        }
        assert_eq!(suffixes.len(), 1000, "1,000 of 14.8 million at random are nearly always different");
        let of = |tenant: &str, campaign: &str| key.campaign_tag(&tenant.parse().unwrap(), &campaign.parse().unwrap());
        assert_ne!(of("a", "spring").bucket, of("a", "autumn").bucket);
        assert_ne!(of("a", "spring").bucket, of("b", "spring").bucket);
        assert_ne!(of("a", "spring").name, of("b", "spring").name);
    }
}
