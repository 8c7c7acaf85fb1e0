//! Codes of short URLs.

use crate::model::invalid::Invalid;
use crate::model::newtype::text_newtype;

const LENGTH: usize = 16;
const PREFIX_LENGTH: usize = 12;
const SUFFIX_LENGTH: usize = LENGTH - PREFIX_LENGTH;

fn check(text: &str) -> Result<(), Invalid> {
    if text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(Invalid::new("must be 16 letters and digits"))
    }
}

text_newtype!(
    /// The secret of a short URL: 16 characters of base62. A holder of the code can open the link.
    ///
    /// The first 12 characters, the prefix, are random. With the data key, the last four, the suffix, name the bucket of
    /// the link's campaign (`crypto::CampaignBucket`); without it they are as random as the prefix.
    redacted Code, check
);

impl Code {
    /// Number of suffixes: four characters of base62.
    pub(crate) const SUFFIXES: u64 = 62 * 62 * 62 * 62;

    /// The code of a random number, with the suffix for its prefix. Every prefix is equally likely, because 2^128 is
    /// 10^17 times 62^12.
    #[must_use]
    pub(crate) fn new(random: u128, suffix: impl FnOnce(&str) -> u64) -> Self {
        let prefix = format!("{:0>PREFIX_LENGTH$}", base62::encode(random % 62_u128.pow(12)));
        let suffix = suffix_text(suffix(&prefix));
        Self(prefix + &suffix)
    }

    /// The prefix, and the number of the suffix.
    #[must_use]
    pub(crate) fn split(&self) -> (&str, u64) {
        let (prefix, suffix) = self.0.split_at(PREFIX_LENGTH);
        (prefix, read_suffix(suffix).expect("a code is letters and digits"))
    }

    /// The secret itself, for the one response that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A number, modulo [`Code::SUFFIXES`], as four characters of base62.
pub(crate) fn suffix_text(number: u64) -> String {
    format!("{:0>SUFFIX_LENGTH$}", base62::encode(number % Code::SUFFIXES))
}

/// The number of four characters of base62; `None` for any other text.
pub(crate) fn read_suffix(text: &str) -> Option<u64> {
    let number = if text.len() == SUFFIX_LENGTH { base62::decode(text).ok()? } else { return None };
    number.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_and_suffix_give_a_code_that_is_read_back(random in any::<u128>(), suffix in 0..Code::SUFFIXES) {
            let code = Code::new(random, |_| suffix);
            prop_assert_eq!(code.reveal().parse::<Code>(), Ok(code.clone()));
            prop_assert_eq!(code.split(), (&code.reveal()[..12], suffix));
            let shown = format!("{code:?}");
            prop_assert!(!shown.contains(code.reveal()));
        }

        #[test]
        fn only_sixteen_letters_and_digits_are_a_code(text in "[0-9A-Za-z+/_é-]{14,18}") {
            let expected = text.len() == 16 && text.chars().all(|c| c.is_ascii_alphanumeric());
            prop_assert_eq!(text.parse::<Code>().is_ok(), expected);
        }
    }

    #[test]
    fn what_is_not_sixteen_letters_and_digits_is_no_code() {
        for text in ["", "favicon.ico", "0123456789abcde", "0123456789abcdef0", "0123456789abcde-", "0123456789abcdä"]
        {
            assert!(text.parse::<Code>().is_err(), "{text}");
        }
    }
}
