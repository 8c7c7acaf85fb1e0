//! Revocation buckets: a redirect reads a link and the revocation of its campaign in one request (decision 0032).

use crate::crypto::data_key::DataKey;

use crate::crypto::encoding::base64url;
use crate::model::{CampaignId, Code, TenantId, two_digits};
use std::fmt;

/// One of 3,844 items of the table that hold the revoked campaigns.
///
/// A revocation must be read together with the link, but the link's campaign is known only once the link has been read.
/// Therefore the bucket follows from the code alone:
///
/// - The bucket of a campaign is a keyed hash of tenant and campaign.
/// - The suffix of a [`Code`], its last two characters, is the campaign's bucket plus a mask. The mask is a keyed hash of
///   the code's prefix, so the codes of one campaign have nothing in common that a guesser could use.
/// - A [`LinkHash`](super::LinkHash) ends with the bucket itself.
///
/// All sums are modulo [`Code::SUFFIXES`]. The number of buckets keeps each of them small: DynamoDB reads 4 KB, about 300
/// revoked campaigns, for one unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RevocationBucket(u64);

/// The place of a campaign's revocation in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CampaignRevocation {
    /// The bucket.
    pub(crate) bucket: RevocationBucket,
    /// The campaign's name in the bucket, which reveals neither tenant nor campaign.
    pub(crate) entry: String,
}

impl RevocationBucket {
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

/// As in the keys of the table: two characters of base62.
impl fmt::Display for RevocationBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&two_digits(self.0))
    }
}

impl DataKey {
    /// The place of a campaign's revocation.
    #[must_use]
    pub(crate) fn campaign_revocation(&self, tenant: &TenantId, campaign: &CampaignId) -> CampaignRevocation {
        let hash = self.hash("campaign", &[tenant.as_str().as_bytes(), campaign.as_str().as_bytes()]);
        CampaignRevocation { bucket: RevocationBucket::new(leading_number(&hash)), entry: base64url(&hash[8..17]) }
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
            for row in 0..500 {
                let code = key.code((&tenant, &campaign), b"", b"", row);
                let bucket = key.campaign_revocation(&tenant, &campaign).bucket;
                assert_eq!(key.link_hash(&code).revocation_bucket(), bucket);
                assert!(key.link_hash(&code).as_str().ends_with(&bucket.to_string()));
                suffixes.insert(code.reveal()[14..].to_owned());
            }
        }
        assert!(suffixes.len() > 800, "1,000 of 3,844 at random are 880 different ones: {}", suffixes.len());
        let of = |tenant: &str, campaign: &str| {
            key.campaign_revocation(&tenant.parse().unwrap(), &campaign.parse().unwrap())
        };
        assert_ne!(of("a", "spring").bucket, of("a", "autumn").bucket);
        assert_ne!(of("a", "spring").bucket, of("b", "spring").bucket);
        assert_ne!(of("a", "spring").entry, of("b", "spring").entry);
    }
}
