//! The check of an ID token (`OpenID` Connect Core section 3.1.3.7).

use crate::openid::refusal::Refusal;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// Algorithms that are accepted: signatures by a public key. `none` and those of a shared secret are not among them, so that
/// a public key is never taken for a secret (RFC 8725 sections 2.1 and 3.1).
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// Longest ID token, in bytes. Those of Entra with 200 groups have some 10 KB.
const MAX_BYTES: usize = 64 * 1024;
/// Maximum difference between our clock and the provider's, in seconds.
const LEEWAY: i64 = 60;

/// What an ID token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
}

/// A person, as an ID token names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// What the issuer calls the person, for ever.
    pub(crate) subject: String,
    /// The mail address, if the issuer has verified it.
    pub(crate) verified_email: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
    exp: f64,
    iat: f64,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The id of the key that signed a token, or `None` if it does not say.
///
/// # Errors
/// Returns [`Refusal::IdToken`] if the text is no token of an accepted algorithm.
pub(crate) fn key_id(token: &str) -> Result<Option<String>, Refusal> {
    header(token).map(|(_, key_id)| key_id)
}

fn header(token: &str) -> Result<(Algorithm, Option<String>), Refusal> {
    if token.len() > MAX_BYTES {
        return Err(Refusal::IdToken("it has more than 64 KB"));
    }
    let header = decode_header(token).map_err(|_| Refusal::IdToken("its header cannot be read"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Refusal::IdToken("its algorithm is not accepted"));
    }
    Ok((header.alg, header.kid))
}

/// The key of a token among those of its issuer. A token without a key id needs an issuer with one key.
pub(crate) fn find_key<'a>(keys: &'a [Jwk], key_id: Option<&str>) -> Option<&'a Jwk> {
    let mut signing = keys.iter().filter(|key| {
        !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption))
            && (key_id.is_none() || key.common.key_id.as_deref() == key_id)
    });
    signing.next().filter(|_| key_id.is_some() || signing.next().is_none())
}

/// The person of an ID token that a key signed.
///
/// # Errors
/// Returns [`Refusal::IdToken`] with what is wrong: signature, issuer, audience, times or nonce.
pub(crate) fn verify(token: &str, key: &Jwk, expected: Expected, now: DateTime<Utc>) -> Result<Person, Refusal> {
    let (algorithm, _) = header(token)?;
    if key.common.key_algorithm.is_some_and(|of_key| of_key.to_string() != format!("{algorithm:?}")) {
        return Err(Refusal::IdToken("its algorithm is not that of the key"));
    }
    let decoding = DecodingKey::from_jwk(key).map_err(|_| Refusal::IdToken("its key cannot be read"))?;
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.validate_exp = false; // checked below, by the application's clock
    let claims: Claims = decode(token, &decoding, &validation)
        .map_err(|_| Refusal::IdToken("its signature, issuer or audience is wrong"))?
        .claims;
    // Of several audiences, the token names the one that it was issued to (sections 2 and 3.1.3.7).
    let issued_to = match (&claims.aud, &claims.azp) {
        (_, Some(authorized)) => Some(authorized),
        (Audience::One(audience), None) => Some(audience),
        (Audience::Several(audiences), None) => audiences.first().filter(|_| audiences.len() == 1),
    };
    if issued_to.is_none_or(|client| client != expected.client_id) {
        return Err(Refusal::IdToken("it was issued to another client"));
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
    let (now, leeway) = (now.timestamp() as f64, LEEWAY as f64);
    if claims.exp <= now - leeway || claims.iat > now + leeway {
        return Err(Refusal::IdToken("it has expired, or is from the future"));
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Refusal::IdToken("its nonce is another one"));
    }
    // Some providers send the text "true".
    let is_verified = claims.email_verified == Value::Bool(true) || claims.email_verified == "true";
    Ok(Person { subject: claims.sub, verified_email: claims.email.filter(|_| is_verified) })
}
