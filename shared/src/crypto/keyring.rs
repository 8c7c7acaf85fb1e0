//! The keys of a new installation.

use super::{TokenIssuer, base64url, random};
use std::fmt;

/// What the functions of an installation are given, and what its operator keeps.
pub struct NewKeys {
    data_key: String,
    signing_keys: String,
    token_public_keys: String,
    /// The private key that API tokens are made with. No function needs it.
    pub token_key: String,
}

/// Keys that belong together: the functions accept the tokens that the private key makes.
#[must_use]
pub fn new_keys() -> NewKeys {
    let token_key = TokenIssuer::generate();
    let issuer = TokenIssuer::read(&token_key).expect("a key that was just made");
    NewKeys {
        data_key: base64url(&random::<32>()),
        signing_keys: format!("1:{}", base64url(&random::<32>())),
        token_public_keys: issuer.public(),
        token_key,
    }
}

impl NewKeys {
    /// The settings of every function, by variable, with the table that they are for.
    #[must_use]
    pub fn settings<'a>(&'a self, table: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("TABLE_NAME", table),
            ("DATA_KEY", &self.data_key),
            ("SIGNING_KEYS", &self.signing_keys),
            ("TOKEN_PUBLIC_KEYS", &self.token_public_keys),
        ]
    }

    /// The settings as lines `NAME=value`.
    #[must_use]
    pub fn env_lines(&self, table: &str) -> String {
        self.settings(table).map(|(name, value)| format!("{name}={value}\n")).concat()
    }
}

impl fmt::Debug for NewKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewKeys(redacted)")
    }
}
