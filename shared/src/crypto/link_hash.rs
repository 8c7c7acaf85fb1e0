//! The name of a link in the keys of the table.

use crate::crypto::revocation_bucket::RevocationBucket;
use crate::model::newtype::{is_base64url, text_newtype};
use crate::model::{Invalid, from_two_digits};

/// Characters of the hash of the code: 120 bits in base64url. The bucket's two characters come after them.
const HASH_LENGTH: usize = 20;

fn check(text: &str) -> Result<(), Invalid> {
    let parts = text.split_at_checked(HASH_LENGTH);
    let valid =
        parts.is_some_and(|(hash, bucket)| is_base64url(hash, HASH_LENGTH) && from_two_digits(bucket).is_some());
    if valid { Ok(()) } else { Err(Invalid::new("must be 20 characters of base64url and 2 of base62")) }
}

text_newtype!(
    /// The key of a link in the table: the keyed hash of the link's [`Code`](crate::model::Code), then its campaign's
    /// `RevocationBucket`. A stolen table contains no code, and so no working link.
    public LinkHash, check
);

impl LinkHash {
    /// The number of characters.
    pub(super) const LENGTH: usize = HASH_LENGTH + 2;

    /// The bucket that holds the revocation of the link's campaign, if it was revoked.
    pub(crate) fn revocation_bucket(&self) -> RevocationBucket {
        let number = self.as_str().get(HASH_LENGTH..).and_then(from_two_digits);
        RevocationBucket::new(number.expect("a link's hash ends with a bucket"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::newtype::tests::assert_checked;

    #[test]
    fn json_cannot_bring_a_malformed_hash_of_a_link() {
        let good = "-_cdefghijklmnopqrst0z";
        let bad = ["-z", "+z", "0", "0zz", "é", ""].map(|bucket| good.replace("0z", bucket));
        let bad: Vec<_> = bad.iter().map(String::as_str).chain(["", "0z", "é-cdefghijklmnopqrst0z"]).collect();
        assert_checked::<LinkHash>(good, &bad);
        assert_checked::<LinkHash>(good, &["+_cdefghijklmnopqrst0z", "-_cdefghijklmnopqrsé0z"]);
    }
}
