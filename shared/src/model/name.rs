//! Names that we hand out or that operators choose: `[A-Za-z0-9._-]{1,64}`.

use super::Invalid;

fn check(name: &str) -> Result<(), Invalid> {
    let grammar = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(grammar) {
        Ok(())
    } else {
        Err(Invalid::new("must be 1 to 64 characters of letters, digits, dot, underscore and hyphen"))
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $Name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub struct $Name(String);

        impl $Name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $Name {
            type Error = Invalid;
            fn try_from(name: String) -> Result<Self, Invalid> {
                check(&name).map(|()| Self(name))
            }
        }

        impl std::str::FromStr for $Name {
            type Err = Invalid;
            fn from_str(name: &str) -> Result<Self, Invalid> {
                name.to_owned().try_into()
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A workspace of the platform; what a token belongs to decides what it can see.
    TenantId
);
name!(
    /// A person or integration of a tenant that owns API tokens.
    AccountId
);
name!(
    /// A set of links that were made together or belong together.
    CampaignId
);
name!(
    /// The public name of an API token, safe to log and to show.
    TokenId
);
name!(
    /// A conversational application of a tenant, by OpenDialog's id (`0x420`) or by its alias.
    ScenarioId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_digits_dot_underscore_hyphen() {
        for good in ["a", "0x420", "customer_support", "a.b-c_D", &"x".repeat(64)] {
            assert!(good.parse::<TenantId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "a#b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }
}
