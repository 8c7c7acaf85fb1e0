//! The provider: where people sign in, and what it says of a person who did.

use crate::openid::attempt::Attempt;
use crate::openid::fetch;
use crate::openid::id_token::{self, Expected, Person};
use crate::openid::metadata::Metadata;
use crate::openid::refusal::Refusal;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use shared::config::OidcSettings;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

/// How long a process keeps the metadata and the keys of the provider.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// How long a process waits before it asks again for the keys, for a token of an unknown key.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The provider, as far as this process knows it.
#[derive(Debug, Default)]
pub(crate) struct Provider(Mutex<Option<Known>>);

#[derive(Clone, Debug)]
struct Known {
    client: Client,
    metadata: Metadata,
    keys: Vec<Jwk>,
    read_at: DateTime<Utc>,
}

/// The console as the provider knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registration<'a> {
    pub(crate) settings: &'a OidcSettings,
    pub(crate) client_id: &'a str,
    /// Where the provider sends people back to.
    pub(crate) redirect_uri: &'a Url,
}

/// The response to a code (`OpenID` Connect Core section 3.1.3.3).
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    /// The address at the provider where an attempt begins.
    ///
    /// # Errors
    /// Returns [`Refusal::Provider`] if the provider cannot be reached.
    pub(crate) async fn authorization_url(
        &self,
        registration: Registration<'_>,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> Result<Url, Refusal> {
        let mut url = self.known(registration.settings, now, KEPT).await?.metadata.authorization_endpoint;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", registration.client_id)
            .append_pair("redirect_uri", registration.redirect_uri.as_str())
            .append_pair("scope", "openid email")
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Whether a response of the provider may be without the issuer's name, or has the right one (RFC 9207 section 2.4).
    ///
    /// # Errors
    /// Returns [`Refusal::Provider`] if the provider cannot be reached.
    pub(crate) async fn is_issuer(
        &self,
        settings: &OidcSettings,
        named: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, Refusal> {
        let names_itself =
            self.known(settings, now, KEPT).await?.metadata.authorization_response_iss_parameter_supported;
        Ok(named.map_or(!names_itself, |named| named == settings.issuer))
    }

    /// The person who signed in, for a code.
    ///
    /// # Errors
    /// Returns [`Refusal::Provider`] if the provider does not take the code or cannot be reached, and [`Refusal::IdToken`] if its
    /// token is not valid.
    pub(crate) async fn person(
        &self,
        registration: Registration<'_>,
        attempt: &Attempt,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Person, Refusal> {
        let Registration { settings, client_id, .. } = registration;
        let known = self.known(settings, now, KEPT).await?;
        let Tokens { id_token } = fetch::json(token_request(&known, registration, attempt, code)).await?;
        let key_id = id_token::key_id(&id_token)?;
        let key = match id_token::find_key(&known.keys, key_id.as_deref()) {
            Some(key) => Some(key.clone()),
            // The provider may have new keys.
            None => id_token::find_key(&self.known(settings, now, PAUSE).await?.keys, key_id.as_deref()).cloned(),
        };
        let key = key.ok_or(Refusal::IdToken("no key of the provider signed it"))?;
        let expected = Expected { issuer: &settings.issuer, client_id, nonce: &attempt.nonce };
        id_token::verify(&id_token, &key, expected, now)
    }

    /// The metadata and the keys, read again if they are older than `age`. Requests wait for the one that reads.
    async fn known(&self, settings: &OidcSettings, now: DateTime<Utc>, age: TimeDelta) -> Result<Known, Refusal> {
        let mut known = self.0.lock().await;
        if let Some(known) = known.as_ref().filter(|known| now - known.read_at < age) {
            return Ok(known.clone());
        }
        let client = match known.take() {
            Some(known) => known.client,
            None => fetch::client()?,
        };
        let metadata = Metadata::fetch(&client, &settings.issuer).await?;
        let keys = metadata.fetch_keys(&client).await?;
        Ok(known.insert(Known { client, metadata, keys, read_at: now }).clone())
    }
}

/// The request that exchanges a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
fn token_request(known: &Known, registration: Registration, attempt: &Attempt, code: &str) -> RequestBuilder {
    let Registration { settings, client_id, redirect_uri } = registration;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("code_verifier", &attempt.verifier);
    let request = known.client.post(known.metadata.token_endpoint.clone());
    let request = match &settings.client_secret {
        Some(secret) if known.metadata.takes_basic() => {
            // Both parts are encoded as in a form (RFC 6749 section 2.3.1).
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request.basic_auth(encoded(client_id), Some(encoded(secret)))
        }
        secret => {
            form.append_pair("client_id", client_id);
            if let Some(secret) = secret {
                form.append_pair("client_secret", secret);
            }
            request
        }
    };
    request
        .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(http::header::ACCEPT, "application/json")
        .body(form.finish())
}
