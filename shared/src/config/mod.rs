//! Every setting, read once. Nothing else reads the environment.

mod error;
mod oidc;

use crate::crypto::{DataKey, Signer, TokenSigningKey, TokenVerifier, secret_from_base64url};
use std::sync::Arc;
use url::Url;

pub use error::ConfigError;
pub use oidc::OidcSettings;

/// The settings of every function.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TABLE_NAME`: the DynamoDB table.
    pub table: String,
    /// `DATA_KEY`: hashes users and codes for the keys of the table; never rotates.
    pub data_key: DataKey,
    /// `SIGNING_KEYS`: sign handoffs, sessions and cursors; `kid:secret`, the current one first, comma-separated.
    pub signer: Arc<Signer>,
    /// `TOKEN_PUBLIC_KEYS`: verify API tokens; comma-separated.
    pub token_verifier: Arc<TokenVerifier>,
    /// `TOKEN_SIGNING_KEY`: the private key that signs API tokens; `None` in every function but the console's.
    pub token_signing_key: Option<TokenSigningKey>,
    /// The `OpenID` provider that people sign in to the console with; `None` in every function but the console's.
    pub oidc: Option<OidcSettings>,
    /// `LINK_BASE_URL`: the origin of short URLs; `None` means the request's own domain.
    pub link_base: Option<Url>,
    /// `METRICS_NAMESPACE`: the CloudWatch namespace of business metrics; `None` means no metrics.
    pub metrics_namespace: Option<String>,
    /// How to reach the table.
    pub aws: AwsConfig,
}

/// How to reach the table, by the variables of every AWS tool.
#[derive(Clone, Default)]
pub struct AwsConfig {
    /// `AWS_REGION`; Lambda sets it.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL_DYNAMODB`: an endpoint instead of the region's, for example a local DynamoDB.
    pub endpoint: Option<String>,
    /// `AWS_ACCESS_KEY_ID`; Lambda sets it.
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`; Lambda sets it.
    pub secret_access_key: Option<String>,
    /// `AWS_SESSION_TOKEN`; Lambda sets it.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for AwsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AwsConfig({:?}, {:?})", self.region, self.endpoint)
    }
}

impl Config {
    /// The settings of this process's environment.
    ///
    /// # Errors
    /// Returns [`ConfigError`] for the first variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(variable)
    }

    /// The settings of any source of variables. An empty value counts as missing.
    ///
    /// # Errors
    /// Returns [`ConfigError`] for the first variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name: &'static str, rule| optional(name).ok_or(ConfigError { variable: name, rule });
        Ok(Self {
            table: required("TABLE_NAME", "must name the DynamoDB table")?,
            data_key: data_key(&required("DATA_KEY", DATA_KEY_RULE)?)?,
            signer: Arc::new(signer(&required("SIGNING_KEYS", SIGNING_KEYS_RULE)?)?),
            token_verifier: Arc::new(token_verifier(&required("TOKEN_PUBLIC_KEYS", TOKEN_PUBLIC_KEYS_RULE)?)?),
            token_signing_key: optional("TOKEN_SIGNING_KEY").map(|key| token_signing_key(&key)).transpose()?,
            oidc: OidcSettings::read(optional)?,
            link_base: optional("LINK_BASE_URL").map(|url| link_base(&url)).transpose()?,
            metrics_namespace: optional("METRICS_NAMESPACE").map(metrics_namespace).transpose()?,
            aws: AwsConfig {
                region: optional("AWS_REGION"),
                endpoint: optional("AWS_ENDPOINT_URL_DYNAMODB"),
                access_key_id: optional("AWS_ACCESS_KEY_ID"),
                secret_access_key: optional("AWS_SECRET_ACCESS_KEY"),
                session_token: optional("AWS_SESSION_TOKEN"),
            },
        })
    }
}

/// A variable of this process's environment.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

const DATA_KEY_RULE: &str = "must be 32 bytes in base64url (make them with `odx keys new`)";
const SIGNING_KEYS_RULE: &str =
    "must be `kid:secret`, secrets of at least 32 bytes in base64url, the current one first, separated by commas";
const TOKEN_PUBLIC_KEYS_RULE: &str = "must be Ed25519 public keys in base64url, separated by commas";

fn data_key(text: &str) -> Result<DataKey, ConfigError> {
    let wrong = ConfigError { variable: "DATA_KEY", rule: DATA_KEY_RULE };
    let bytes = secret_from_base64url(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(|bytes: [u8; 32]| DataKey::new(&bytes)).ok_or(wrong)
}

fn signer(text: &str) -> Result<Signer, ConfigError> {
    let secret = |pair: &str| {
        let (kid, secret) = pair.trim().split_once(':')?;
        Some((kid.to_owned(), secret_from_base64url(secret).ok()?))
    };
    let secrets: Option<Vec<_>> = text.split(',').map(secret).collect();
    let wrong = ConfigError { variable: "SIGNING_KEYS", rule: SIGNING_KEYS_RULE };
    secrets.and_then(|secrets| Signer::new(&secrets).ok()).ok_or(wrong)
}

fn token_verifier(text: &str) -> Result<TokenVerifier, ConfigError> {
    let wrong = ConfigError { variable: "TOKEN_PUBLIC_KEYS", rule: TOKEN_PUBLIC_KEYS_RULE };
    TokenVerifier::new(text.split(',').map(str::trim)).map_err(|_| wrong)
}

fn token_signing_key(text: &str) -> Result<TokenSigningKey, ConfigError> {
    let rule = "must be the private key in the file `token-key` of `odx keys new`, or empty";
    TokenSigningKey::new(text).map_err(|_| ConfigError { variable: "TOKEN_SIGNING_KEY", rule })
}

fn link_base(text: &str) -> Result<Url, ConfigError> {
    let wrong = ConfigError {
        variable: "LINK_BASE_URL",
        rule: "must be an http or https origin, for example https://go.example.com",
    };
    let url: Url = text.parse().map_err(|_| wrong.clone())?;
    let origin = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if origin { Ok(url) } else { Err(wrong) }
}

fn metrics_namespace(text: String) -> Result<String, ConfigError> {
    let character = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    if text.len() <= 255 && text.chars().all(character) && !text.starts_with("AWS/") {
        Ok(text)
    } else {
        let rule = "must be letters, digits, `.`, `-`, `_`, `/` and `#`, at most 255, and not begin with AWS/";
        Err(ConfigError { variable: "METRICS_NAMESPACE", rule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{TokenIssuer, base64url, new_keys};
    use std::collections::HashMap;

    fn read(changes: &[(&'static str, &str)]) -> Result<Config, ConfigError> {
        let public = TokenIssuer::read(&TokenIssuer::generate()).unwrap().public();
        let key = base64url(&[7; 32]);
        let mut variables = HashMap::from([
            ("TABLE_NAME", "t".to_owned()),
            ("DATA_KEY", key.clone()),
            ("SIGNING_KEYS", format!("2:{key},1:{key}")),
            ("TOKEN_PUBLIC_KEYS", public),
        ]);
        variables.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Config::read(|name| variables.get(name).cloned())
    }

    #[test]
    fn every_wrong_setting_is_named() {
        assert!(read(&[]).is_ok() && read(&[("LINK_BASE_URL", "https://go.example.com")]).is_ok());
        for (name, value) in [
            ("TABLE_NAME", ""),
            ("DATA_KEY", "short"),
            ("SIGNING_KEYS", "1:short"),
            ("SIGNING_KEYS", "nokid"),
            ("TOKEN_PUBLIC_KEYS", "x"),
            ("TOKEN_SIGNING_KEY", "x"),
            ("OIDC_ISSUER", "http://accounts.example.com"),
            ("LINK_BASE_URL", "ftp://go.example.com"),
            ("LINK_BASE_URL", "https://go.example.com/path"),
            ("METRICS_NAMESPACE", "two words"),
            ("METRICS_NAMESPACE", "AWS/Lambda"),
        ] {
            let error = read(&[(name, value)]).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn new_keys_are_settings_that_can_be_read_and_no_two_are_alike() {
        let keys = new_keys();
        let settings = keys.settings("t");
        let value =
            |name: &str| settings.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        assert!(Config::read(value).is_ok());
        assert_eq!(keys.env_lines("t").lines().next(), Some("TABLE_NAME=t"));
        assert_ne!(keys.env_lines("t"), new_keys().env_lines("t"));
        assert!(!keys.env_lines("t").contains(&keys.token_key));
    }

    #[test]
    fn any_43_letters_and_digits_are_a_secret() {
        for last in ('A'..='Z').chain('a'..='z').chain('0'..='9') {
            let secret = format!("{}{last}", "x".repeat(42));
            assert!(read(&[("DATA_KEY", &secret), ("SIGNING_KEYS", &format!("a1:{secret}"))]).is_ok(), "{secret}");
        }
        let secret = "x".repeat(43);
        for wrong in [&secret[1..], &format!("{secret}="), &format!("{secret}A"), &secret.replacen('x', "+", 1)] {
            assert!(read(&[("DATA_KEY", wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_secret_is_shown_by_debug() {
        let shown = format!("{:?}", read(&[("AWS_SECRET_ACCESS_KEY", "hidden")]).unwrap());
        assert!(!shown.contains("hidden") && !shown.contains(&base64url(&[7; 32])), "{shown}");
    }
}
