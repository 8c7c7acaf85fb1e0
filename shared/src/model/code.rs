//! Codes of short URLs.

use super::Invalid;
use std::{fmt, str::FromStr};

/// The secret of a short URL: 16 characters of base62. Whoever has it can open the link. To whoever has the data key its
/// tail says in which slot the revocation of its campaign would stand; to others it is as random as the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    const LENGTH: usize = 16;
    const HEAD: usize = 14;
    /// What its two last characters can say.
    pub(crate) const TAILS: u64 = 62 * 62;

    /// The code of a random number and a tail; 2^128 is so much more than 62^14 that every head is as likely as another.
    #[must_use]
    pub(crate) fn of(random: u128, tail: impl FnOnce(&str) -> u64) -> Self {
        let head = format!("{:0>14}", base62::encode(random % 62_u128.pow(14)));
        let tail = tail(&head) % Self::TAILS;
        Self(format!("{head}{:0>2}", base62::encode(tail)))
    }

    /// Its first 14 characters, and what its last two say.
    #[must_use]
    pub(crate) fn parts(&self) -> (&str, u64) {
        let (head, tail) = self.0.split_at(Self::HEAD);
        let digits = base62::decode(tail).ok().and_then(|tail| tail.try_into().ok());
        (head, digits.unwrap_or_default())
    }

    /// The secret itself, for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() == Self::LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("must be 16 letters and digits"))
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_and_tail_give_a_code_that_is_read_back(random in any::<u128>(), tail in 0..Code::TAILS) {
            let code = Code::of(random, |_| tail);
            prop_assert_eq!(code.reveal().parse::<Code>(), Ok(code.clone()));
            prop_assert_eq!(code.parts(), (&code.reveal()[..14], tail));
            let shown = format!("{code:?}");
            prop_assert!(!shown.contains(code.reveal()));
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
