//! Chatbot users: their id is personal data, so keys and logs hold a keyed hash of it instead.

use crate::model::invalid::Invalid;
use crate::model::newtype::text_newtype;
use std::{fmt, str::FromStr};

/// Longest user id, in characters.
const MAX_CHARACTERS: usize = 384;

fn check(id: &str) -> Result<(), Invalid> {
    if (1..=MAX_CHARACTERS).contains(&id.chars().count()) {
        Ok(())
    } else {
        Err(Invalid::new("User id must be 1 to 384 characters"))
    }
}

text_newtype!(
    /// The id of a person who talks to a chatbot: 1 to 384 characters of Unicode, compared byte by byte.
    ///
    /// ```
    /// use shared::model::UserId;
    ///
    /// let user: UserId = "ann@example.com".parse().unwrap();
    /// assert_eq!(user.as_str(), "ann@example.com");
    /// assert_eq!(format!("{user:?}"), "UserId(redacted)");
    /// assert!("".parse::<UserId>().is_err());
    /// ```
    #[derive(serde::Serialize)]
    redacted UserId, check
);

impl UserId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user in keys and logs: a keyed hash of tenant and user id (`crypto::DataKey::user_hash`), written as 32 lower-case
/// hexadecimal digits.
///
/// The order of hashes is the order of users in every export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserHash(u128);

impl UserHash {
    /// The hash as a number: hashes are spread evenly over all numbers.
    #[must_use]
    pub fn as_u128(&self) -> u128 {
        self.0
    }

    /// The hash of a number.
    #[must_use]
    pub fn from_u128(number: u128) -> Self {
        Self(number)
    }
}

impl fmt::Display for UserHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for UserHash {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(Invalid::new("must be 32 lower-case hexadecimal digits"))
    }
}

impl TryFrom<String> for UserHash {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<UserHash> for String {
    fn from(hash: UserHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_hash_is_read_back_and_its_text_sorts_as_its_number(one in any::<u128>(), other in any::<u128>()) {
            let (one, other) = (UserHash::from_u128(one), UserHash::from_u128(other));
            prop_assert_eq!(one.to_string().parse(), Ok(one.clone()));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }

        #[test]
        fn a_user_id_has_1_to_384_characters(id in "\\PC{0,400}") {
            prop_assert_eq!(id.parse::<UserId>().is_ok(), (1..=384).contains(&id.chars().count()));
        }
    }
}
