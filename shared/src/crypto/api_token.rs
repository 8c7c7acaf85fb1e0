//! API tokens: JWTs with EdDSA (RFC 8037), prefixed `odx_`. Functions hold public keys; only the operator has the private
//! key.

use crate::crypto::claims::TokenClaims;
use crate::crypto::encoding::{base64url, from_base64url};
use crate::crypto::jws::{LEEWAY, MAX_BYTES, kid};
use crate::crypto::random::random;
use crate::crypto::rejected::{Rejected, TokenRejected};
use crate::crypto::sha256::sha256;
use crate::model::{AccountId, Scopes, TenantId, Token, TokenId, TokenKind};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use std::fmt;

const PREFIX: &str = "odx_";
const TYP: &str = "od-api+jwt";
const ISSUER: &str = "external-api";
const AUDIENCE: &str = "external-api";

/// A new API token. Its secret is shown once.
pub struct ApiToken {
    /// The secret text, `odx_…`.
    pub secret: String,
    /// The key of the token's record ([`TokenClaims::record`]).
    pub record: String,
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(redacted)")
    }
}

/// The operator's private key, which signs API tokens.
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
    /// Generates a private key: PKCS#8 (RFC 8410) in base64url.
    ///
    /// # Panics
    /// Panics if the operating system cannot provide random bytes.
    #[must_use]
    pub fn generate() -> String {
        let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new());
        base64url(document.expect("the system's random generator").as_ref())
    }

    /// Reads a private key that [`TokenIssuer::generate`] wrote.
    ///
    /// # Errors
    /// Returns [`Rejected`] if the text is anything else.
    pub fn read(private: &str) -> Result<Self, Rejected> {
        let document = from_base64url(private.trim())?;
        let pair = Ed25519KeyPair::from_pkcs8(&document).map_err(|_| Rejected)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self { kid: kid_of(&public), key: EncodingKey::from_ed_der(&document), public })
    }

    /// The public key in base64url, for `TOKEN_PUBLIC_KEYS`. The `kid` follows from it.
    #[must_use]
    pub fn public(&self) -> String {
        base64url(&self.public)
    }

    /// Signs a token.
    fn issue(
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
        let jwt = jsonwebtoken::encode(&header, &claims, &self.key)
            .expect("claims serialize, and the key fits the algorithm");
        ApiToken { secret: format!("{PREFIX}{jwt}"), record: claims.record() }
    }
}

/// Issues an API token together with its record. The token is accepted only once the record is stored.
#[must_use]
pub fn issue_token(
    issuer: &TokenIssuer,
    tenant: &TenantId,
    account: &AccountId,
    name: &str,
    scopes: Scopes,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> (Token, ApiToken) {
    let secret = issuer.issue(tenant, account, &scopes, now, expires_at);
    let record = Token {
        id: token_id(),
        tenant: tenant.clone(),
        account: account.clone(),
        name: name.to_owned(),
        kind: TokenKind::Api,
        scopes,
        created_at: now,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    (record, secret)
}

/// A random public name: `tok_` and 12 characters of base62.
pub(super) fn token_id() -> TokenId {
    let number = u128::from_be_bytes(random()) % 62_u128.pow(12);
    format!("tok_{:0>12}", base62::encode(number)).parse().expect("letters, digits and an underscore")
}

/// The public keys that verify tokens, current and previous.
#[derive(Clone)]
pub struct TokenVerifier(Vec<(String, DecodingKey)>);

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(kid, _)| kid)).finish()
    }
}

impl TokenVerifier {
    /// Reads public keys: 32 bytes each, in base64url.
    ///
    /// # Errors
    /// Returns [`Rejected`] if there is no key, or if one is not an Ed25519 key.
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

    /// The claims of a token that one of the keys signed and that is valid at `now`. Reads no table.
    ///
    /// # Errors
    /// Returns [`TokenRejected`] for any other text. The error gives no reason but the expiry of a token that one of the
    /// keys signed, because the client may be an attacker.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<TokenClaims, TokenRejected> {
        if token.len() > MAX_BYTES {
            return Err(TokenRejected::Invalid);
        }
        let jwt = token.strip_prefix(PREFIX).ok_or(Rejected)?;
        let kid = kid(jwt, TYP, Algorithm::EdDSA)?;
        let (_, key) = self.0.iter().find(|(known, _)| *known == kid).ok_or(Rejected)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        // The times are checked below, by the application's clock instead of the crate's own.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims: TokenClaims = jsonwebtoken::decode(jwt, key, &validation).map_err(|_| Rejected)?.claims;
        let now = now.timestamp();
        if claims.nbf > now + LEEWAY || claims.iat > now + LEEWAY {
            return Err(TokenRejected::Invalid);
        }
        if now - LEEWAY < claims.exp { Ok(claims) } else { Err(TokenRejected::Expired) }
    }
}

/// The `kid` of a public key.
fn kid_of(public: &[u8]) -> String {
    base64url(&sha256(public)[..6])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Scope, time::from_seconds};

    #[test]
    fn the_record_says_what_the_token_claims() {
        let issuer = TokenIssuer::read(&TokenIssuer::generate()).unwrap();
        let (tenant, account) = ("acme".parse().unwrap(), "crm".parse().unwrap());
        let (now, end) = (from_seconds(1000), from_seconds(2000));
        let (record, token) = issue_token(&issuer, &tenant, &account, "CRM", [Scope::LinksRead].into(), now, end);
        let claims = TokenVerifier::new([issuer.public().as_str()]).unwrap().verify(&token.secret, now).unwrap();
        assert_eq!((&claims.tenant, &claims.account), (&record.tenant, &record.account));
        assert_eq!(claims.record(), token.record);
        assert!(record.is_live(now) && !record.is_live(end));
        assert!(record.id.as_str().starts_with("tok_") && record.id.as_str().len() == 16);
    }
}
