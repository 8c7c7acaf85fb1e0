//! People who sign in to the console: their mail address, and who they are to the identity provider.

use crate::model::invalid::Invalid;
use crate::model::newtype::text_newtype;

/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3, without the brackets).
const MAX_BYTES: usize = 254;

fn check(address: &str) -> Result<(), Invalid> {
    let sides = address.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    let has_two_sides = sides.is_some_and(|(_, host)| !host.contains('@'));
    if has_two_sides && address.len() <= MAX_BYTES && address.chars().all(is_plain) && address == address.to_lowercase()
    {
        Ok(())
    } else {
        Err(Invalid::new("must be a mail address of at most 254 bytes"))
    }
}

text_newtype!(
    /// The mail address of a person, in lower case: two addresses that differ only in case are one.
    ///
    /// ```
    /// use shared::model::Email;
    ///
    /// let ann = Email::read(" Ann@Example.com ").unwrap();
    /// assert_eq!(ann.as_str(), "ann@example.com");
    /// assert_eq!(format!("{ann:?}"), "Email(redacted)");
    /// assert!(Email::read("ann").is_err());
    /// ```
    #[derive(serde::Serialize)]
    redacted Email, check
);

impl Email {
    /// The address that a person typed or a provider sent, in any case and with blanks around it.
    ///
    /// # Errors
    /// Returns [`Invalid`] if the text is not an address of at most 254 bytes.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        text.trim().to_lowercase().try_into()
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_hash(hash: &str) -> Result<(), Invalid> {
    let digits = hash.len() == 32 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits { Ok(()) } else { Err(Invalid::new("must be 32 lower-case hexadecimal digits")) }
}

text_newtype!(
    /// A person in keys: a keyed hash of the mail address, or of what the identity provider calls the person
    /// (`crypto::DataKey::{email_hash, identity_hash}`), written as 32 lower-case hexadecimal digits.
    public PersonHash, check_hash
);

impl PersonHash {
    /// The hash of a number.
    #[must_use]
    pub fn from_u128(number: u128) -> Self {
        Self(format!("{number:032x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::newtype::tests::assert_checked;

    #[test]
    fn a_hash_is_32_digits() {
        let hash = PersonHash::from_u128(255);
        assert_eq!(hash.as_str(), "000000000000000000000000000000ff");
        assert_checked::<PersonHash>(hash.as_str(), &["", "ff", &hash.as_str().to_uppercase()]);
    }

    #[test]
    fn an_address_has_a_name_and_a_host() {
        let bad = ["", "ann", "@example.com", "ann@", "a@b@c", "an n@example.com", "a\n@b", "Ann@example.com"];
        assert_checked::<Email>("ann@example.com", &bad);
        assert_checked::<Email>("ä+b@exämple.com", &[&format!("{}@b", "x".repeat(253))]);
    }
}
