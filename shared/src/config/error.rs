//! What is wrong with a setting.

/// A setting is missing or wrong. The sentence names the variable and the values that it accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {rule}")]
pub struct ConfigError {
    pub(super) variable: &'static str,
    pub(super) rule: &'static str,
}
