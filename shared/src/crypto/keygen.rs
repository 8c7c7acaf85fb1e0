//! The keys of a new installation. Only tools generate keys; functions never do.

use crate::crypto::api_token::TokenIssuer;

use crate::crypto::encoding::base64url;

use crate::crypto::random::random;
use std::fmt;

/// The keys of a new installation: the settings of its functions, and the operator's private key.
pub struct NewKeys {
    data_key: String,
    signing_keys: String,
    token_public_keys: String,
    /// The operator's private key, which signs API tokens. No function has it.
    pub token_key: String,
}

/// Generates keys that belong together: the functions accept the tokens that the private key signs.
#[must_use]
pub fn new_keys() -> NewKeys {
    let token_key = TokenIssuer::generate();
    let issuer = TokenIssuer::read(&token_key).expect("the key was just generated");
    NewKeys {
        data_key: base64url(&random::<32>()),
        signing_keys: format!("1:{}", base64url(&random::<32>())),
        token_public_keys: issuer.public(),
        token_key,
    }
}

impl NewKeys {
    /// The settings of every function, by variable, for a table.
    #[must_use]
    pub fn settings<'a>(&'a self, table: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("TABLE_NAME", table),
            ("DATA_KEY", &self.data_key),
            ("SIGNING_KEYS", &self.signing_keys),
            ("TOKEN_PUBLIC_KEYS", &self.token_public_keys),
        ]
    }

    /// [`NewKeys::settings`] as lines `NAME=value`.
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
