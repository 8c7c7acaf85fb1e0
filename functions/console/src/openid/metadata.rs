//! What a provider says of itself (`OpenID` Connect Discovery 1.0).

use crate::openid::fetch;
use crate::openid::refusal::Refusal;
use jsonwebtoken::jwk::Jwk;
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The members of the provider's metadata that signing in needs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    jwks_uri: Url,
    /// How a client proves itself; `client_secret_basic` if the provider does not say (section 3).
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether each response names the issuer (RFC 9207 section 3).
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Metadata {
    /// Reads the metadata of an issuer.
    ///
    /// # Errors
    /// Returns [`Refusal::Provider`] if there is none, if it is another issuer's (section 4.3), or has an address without TLS.
    pub(crate) async fn fetch(client: &Client, issuer: &str) -> Result<Self, Refusal> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Self = fetch::json(client.get(address)).await?;
        if metadata.issuer != issuer {
            return Err(Refusal::provider("the metadata is of another issuer than OIDC_ISSUER"));
        }
        let addresses = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        // OIDC_ISSUER is without TLS only on this machine.
        if issuer.starts_with("https:") && addresses.iter().any(|address| address.scheme() != "https") {
            return Err(Refusal::provider("the metadata has an address without TLS"));
        }
        Ok(metadata)
    }

    /// Reads the keys that sign ID tokens. Keys of kinds that this program does not know are left out (RFC 7517 section 5).
    ///
    /// # Errors
    /// Returns [`Refusal::Provider`] if the provider does not answer with a set of keys.
    pub(crate) async fn fetch_keys(&self, client: &Client) -> Result<Vec<Jwk>, Refusal> {
        let set: KeySet = fetch::json(client.get(self.jwks_uri.clone())).await?;
        Ok(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
    }

    /// Whether a client sends its secret in the header rather than in the body.
    pub(crate) fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }
}
