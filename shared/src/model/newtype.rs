//! The macro behind every newtype over text: all of them parse, print and deserialize alike.

/// Declares a newtype over text whose every value has passed a check: `FromStr`, `TryFrom<String>` and `Deserialize`
/// refuse any other text with [`Invalid`](crate::model::Invalid).
///
/// A `public` type also has `as_str`, `Display` and `Serialize`. A `redacted` type holds a secret or personal data: its
/// `Debug` hides the value, and the type itself decides what it shows.
///
/// A macro instead of the crate `nutype`: every type fails with the one error [`Invalid`](crate::model::Invalid) and its
/// own sentence, `Debug` can be redacted, and no procedural macro has to be compiled.
macro_rules! text_newtype {
    ($(#[$attribute:meta])* public $Name:ident, $check:path) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $Name(String);

        impl $Name {
            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::model::newtype::text_newtype!(@parse $Name, $check);
    };
    ($(#[$attribute:meta])* redacted $Name:ident, $check:path) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $Name(String);

        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($Name), "(redacted)"))
            }
        }

        $crate::model::newtype::text_newtype!(@parse $Name, $check);
    };
    (@parse $Name:ident, $check:path) => {
        impl TryFrom<String> for $Name {
            type Error = $crate::model::Invalid;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                $check(&text).map(|()| Self(text))
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::model::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.to_owned().try_into()
            }
        }
    };
}

pub(crate) use text_newtype;

/// Checks that text is `length` characters of URL-safe base64 (RFC 4648 section 5).
pub(crate) fn is_base64url(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::model::code::Code;
    use crate::model::link::LinkId;
    use crate::model::name::{AccountId, CampaignId, ScenarioId, TenantId, TokenId};
    use crate::model::user::{UserHash, UserId};
    use serde::de::DeserializeOwned;

    /// Asserts that only `good` deserializes, neither a `bad` text nor JSON of another kind.
    #[track_caller]
    pub(crate) fn assert_checked<T: DeserializeOwned>(good: &str, bad: &[&str]) {
        let read = |text: &str| serde_json::from_value::<T>(text.into());
        assert!(read(good).is_ok(), "{good}");
        for bad in bad {
            assert!(read(bad).is_err(), "{} accepts {bad}", std::any::type_name::<T>());
        }
        for json in ["7", "null", "{}", "[\"a\"]"] {
            assert!(serde_json::from_str::<T>(json).is_err(), "{} accepts {json}", std::any::type_name::<T>());
        }
    }

    #[test]
    fn json_cannot_bring_a_malformed_value_into_a_newtype() {
        let names = ["", "a b", "a#b", "ä", &"x".repeat(65)];
        assert_checked::<TenantId>("acme", &names);
        assert_checked::<AccountId>("crm", &names);
        assert_checked::<CampaignId>("spring", &names);
        assert_checked::<TokenId>("tok_0123456789ab", &names);
        assert_checked::<ScenarioId>("0x420", &names);
        assert_checked::<UserId>("ann", &["", &"x".repeat(385)]);
        let hex = "0123456789abcdef0123456789abcdef";
        assert_checked::<UserHash>(
            hex,
            &[
                "",
                "0",
                &hex[1..],
                &format!("{hex}0"),
                &hex.to_uppercase(),
                &hex.replace('0', "g"),
                &hex.replacen('0', "+", 1),
                &hex.replacen("01", "é", 1),
            ],
        );
        assert_checked::<LinkId>(
            "abcdefghijklmnopqrstuvwxyz0123-_",
            &["", hex.get(1..).unwrap(), &hex.replace('0', "+")],
        );
        assert_checked::<Code>("0123456789abcdEF", &["", "0123456789abcde", "0123456789abcde-", "0123456789abcdä"]);
    }
}
