//! The macro behind every enum that is written as text: one list of names serves parsing, printing and JSON.

/// Declares an enum with the text of each variant: `ALL`, `as_str`, `FromStr`, `Display`, `Serialize` and `Deserialize`.
///
/// A macro instead of the crate `strum`: with `strum`, serde needs the list of names a second time.
macro_rules! text_enum {
    ($(#[$attribute:meta])* $Name:ident { $($(#[$doc:meta])* $Variant:ident = $text:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $Name {
            $($(#[$doc])* $Variant,)+
        }

        impl $Name {
            /// Every value, in the order of the documentation.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$Variant),+];

            /// The value as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $text,)+
                }
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::model::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|value| value.as_str() == text);
                found.ok_or_else(|| {
                    Self::Err::new(format!("must be one of {}", Self::ALL.map(Self::as_str).join(", ")))
                })
            }
        }

        impl TryFrom<String> for $Name {
            type Error = $crate::model::Invalid;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$Name> for &'static str {
            fn from(value: $Name) -> Self {
                value.as_str()
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use crate::model::account::{Role, Scope};
    use crate::model::link::HandoffMode;
    use serde::{Serialize, de::DeserializeOwned};
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    #[track_caller]
    fn assert_read_back<T>(values: &[T])
    where
        T: Copy + Debug + Display + DeserializeOwned + FromStr<Err: Debug> + PartialEq + Serialize,
    {
        for value in values {
            let text = value.to_string();
            assert_eq!(text.parse::<T>().unwrap(), *value);
            assert_eq!(serde_json::to_value(value).unwrap(), serde_json::Value::from(text.as_str()));
            assert_eq!(serde_json::from_value::<T>(text.into()).unwrap(), *value);
        }
        assert!("x".parse::<T>().is_err() && serde_json::from_value::<T>("x".into()).is_err());
    }

    #[test]
    fn a_value_is_one_text_in_json_on_the_command_line_and_in_messages() {
        assert_read_back(&Scope::ALL);
        assert_read_back(&Role::ALL);
        assert_read_back(&HandoffMode::ALL);
        assert_eq!("x".parse::<HandoffMode>().unwrap_err().to_string(), "must be one of handoff, opendialog");
    }
}
