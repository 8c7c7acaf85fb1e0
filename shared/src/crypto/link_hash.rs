//! The name of a link in the keys of the table.

use crate::crypto::campaign_bucket::CampaignBucket;
use crate::model::newtype::{is_base64url, text_newtype};
use crate::model::{Invalid, read_suffix};

/// Characters of the hash of the code: 108 bits in base64url. The bucket's four characters come after them.
const HASH_LENGTH: usize = 18;

fn check(text: &str) -> Result<(), Invalid> {
    let parts = text.split_at_checked(HASH_LENGTH);
    let valid = parts.is_some_and(|(hash, bucket)| is_base64url(hash, HASH_LENGTH) && read_suffix(bucket).is_some());
    if valid { Ok(()) } else { Err(Invalid::new("must be 18 characters of base64url and 4 of base62")) }
}

text_newtype!(
    /// The key of a link in the table: the keyed hash of the link's [`Code`](crate::model::Code), then its campaign's
    /// `CampaignBucket`. A stolen table contains no code, and so no working link.
    public LinkHash, check
);

impl LinkHash {
    /// The number of characters.
    pub(super) const LENGTH: usize = HASH_LENGTH + 4;

    /// The hash of the code, without the bucket.
    pub(crate) fn code_hash(&self) -> &str {
        self.as_str().get(..HASH_LENGTH).expect("a link's hash begins with the hash of its code")
    }

    /// The link with this hash of its code in a bucket.
    ///
    /// # Errors
    /// Returns [`Invalid`] if `code_hash` is not 18 characters of base64url.
    pub(crate) fn of_parts(code_hash: &str, bucket: &CampaignBucket) -> Result<Self, Invalid> {
        format!("{code_hash}{bucket}").parse()
    }

    /// The bucket of the link's campaign.
    pub(crate) fn campaign_bucket(&self) -> CampaignBucket {
        let number = self.as_str().get(HASH_LENGTH..).and_then(read_suffix);
        CampaignBucket::new(number.expect("a link's hash ends with a bucket"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::newtype::tests::assert_checked;

    #[test]
    fn json_cannot_bring_a_malformed_hash_of_a_link() {
        let good = "-_cdefghijklmnopqr09zZ";
        let bad = ["-9zZ", "+9zZ", "09z", "09zZZ", "é9z", ""].map(|bucket| good.replace("09zZ", bucket));
        let bad: Vec<_> = bad.iter().map(String::as_str).chain(["", "09zZ", "é-cdefghijklmnopqr09zZ"]).collect();
        assert_checked::<LinkHash>(good, &bad);
        assert_checked::<LinkHash>(good, &["+_cdefghijklmnopqr09zZ", "-_cdefghijklmnopqé09zZ"]);
    }
}
