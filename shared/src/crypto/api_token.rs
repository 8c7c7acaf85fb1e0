//! API tokens: JWT with EdDSA, prefixed `odx_`. Functions hold public keys; the private key is the operator's.

use super::jws::{LEEWAY, MAX_BYTES, kid};
use super::{Rejected, base64url, from_base64url, random};
use crate::model::{AccountId, Scopes, TenantId};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::fmt;

const PREFIX: &str = "odx_";
const TYP: &str = "od-api+jwt";
const ISSUER: &str = "external-api";
const AUDIENCE: &str = "external-api";

/// What an API token claims. The record in the table decides; these only lead to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenClaims {
    iss: String,
    aud: String,
    /// The account.
    #[serde(rename = "sub")]
    pub account: AccountId,
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    jti: String,
    scope: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl TokenClaims {
    /// The key of the token's record: a stolen table holds only hashes.
    #[must_use]
    pub fn record(&self) -> String {
        base64url(digest::digest(&digest::SHA256, self.jti.as_bytes()).as_ref())
    }
}

/// An API token itself, shown once.
pub struct ApiToken {
    /// The secret text, `odx_…`.
    pub secret: String,
    /// The key of its record.
    pub record: String,
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(redacted)")
    }
}

/// The operator's private key.
pub struct TokenIssuer {
    kid: String,
    key: EncodingKey,
    public: Vec<u8>,
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenIssuer({})", self.kid)
    }
}

impl TokenIssuer {
    /// A new private key, as PKCS#8 (RFC 8410) in base64url.
    ///
    /// # Panics
    /// When the system has no randomness to give.
    #[must_use]
    pub fn generate() -> String {
        let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new());
        base64url(document.expect("the system's random generator").as_ref())
    }

    /// The private key of [`TokenIssuer::generate`].
    ///
    /// # Errors
    /// Anything else.
    pub fn read(private: &str) -> Result<Self, Rejected> {
        let document = from_base64url(private.trim())?;
        let pair = Ed25519KeyPair::from_pkcs8(&document).map_err(|_| Rejected)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self { kid: kid_of(&public), key: EncodingKey::from_ed_der(&document), public })
    }

    /// What verifiers need, as `TOKEN_PUBLIC_KEYS` takes it: the public key in base64url; its `kid` follows from it.
    #[must_use]
    pub fn public(&self) -> String {
        base64url(&self.public)
    }

    /// Makes a token.
    ///
    /// # Panics
    /// Never: claims of our own serialise, and the key is of the header's algorithm.
    #[must_use]
    pub fn issue(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        scopes: &Scopes,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> ApiToken {
        let claims = TokenClaims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            account: account.clone(),
            tenant: tenant.clone(),
            jti: base64url(&random::<16>()),
            scope: scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: expires_at.timestamp(),
        };
        let header = Header { typ: Some(TYP.into()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let jwt = jsonwebtoken::encode(&header, &claims, &self.key).expect("claims of our own sign");
        ApiToken { secret: format!("{PREFIX}{jwt}"), record: claims.record() }
    }
}

/// The public keys that tokens are verified with, current and previous.
#[derive(Clone)]
pub struct TokenVerifier(Vec<(String, DecodingKey)>);

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(kid, _)| kid)).finish()
    }
}

impl TokenVerifier {
    /// Public keys of 32 bytes in base64url.
    ///
    /// # Errors
    /// No key at all, or one that is not of Ed25519.
    pub fn new<'a>(publics: impl IntoIterator<Item = &'a str>) -> Result<Self, Rejected> {
        let key = |public: &str| {
            let raw = from_base64url(public)?;
            if raw.len() != 32 {
                return Err(Rejected);
            }
            Ok((kid_of(&raw), DecodingKey::from_ed_components(public).map_err(|_| Rejected)?))
        };
        let keys: Vec<_> = publics.into_iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(Rejected) } else { Ok(Self(keys)) }
    }

    /// The claims of a token that one of our keys signed, in its time. No table is read.
    ///
    /// # Errors
    /// Everything else, without saying what: the caller is a stranger.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<TokenClaims, Rejected> {
        if token.len() > MAX_BYTES {
            return Err(Rejected);
        }
        let jwt = token.strip_prefix(PREFIX).ok_or(Rejected)?;
        let kid = kid(jwt, TYP, Algorithm::EdDSA)?;
        let (_, key) = self.0.iter().find(|(known, _)| *known == kid).ok_or(Rejected)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        // Times are checked below, by the one clock of the application instead of the crate's own.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims: TokenClaims = jsonwebtoken::decode(jwt, key, &validation).map_err(|_| Rejected)?.claims;
        let now = now.timestamp();
        let begun = claims.nbf <= now + LEEWAY && claims.iat <= now + LEEWAY;
        if begun && now - LEEWAY < claims.exp { Ok(claims) } else { Err(Rejected) }
    }
}

fn kid_of(public: &[u8]) -> String {
    base64url(&digest::digest(&digest::SHA256, public).as_ref()[..6])
}
