//! Chatbot users: personal data by their id, so keys and logs hold a keyed hash of it instead.

use super::Invalid;

/// A person who talks to a chatbot: 1 to 384 characters of Unicode, compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct UserId(String);

impl UserId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserId {
    type Error = Invalid;
    fn try_from(id: String) -> Result<Self, Invalid> {
        if (1..=384).contains(&id.chars().count()) {
            Ok(Self(id))
        } else {
            Err(Invalid::new("User id must be 1 to 384 characters"))
        }
    }
}

impl std::str::FromStr for UserId {
    type Err = Invalid;
    fn from_str(id: &str) -> Result<Self, Invalid> {
        id.to_owned().try_into()
    }
}

/// A user in keys and logs: 32 hex digits of a keyed hash of tenant and user id (`crypto::DataKey`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct UserHash(pub(crate) String);

impl UserHash {
    /// The hash as text; its order is the order of users in every export.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash as a number: hashes are spread evenly over all of them.
    #[must_use]
    pub fn place(&self) -> u128 {
        u128::from_str_radix(&self.0, 16).unwrap_or_default()
    }

    /// The hash at a place.
    #[must_use]
    pub fn at(place: u128) -> Self {
        Self(format!("{place:032x}"))
    }

    /// The leading byte of the hash, from which a shard takes its bits.
    #[must_use]
    pub fn leading_byte(&self) -> u8 {
        u8::from_str_radix(&self.0[..2], 16).unwrap_or_default()
    }
}

impl std::fmt::Display for UserHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
