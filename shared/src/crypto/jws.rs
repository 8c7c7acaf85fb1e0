//! Signs and verifies handoffs, sessions and cursors: JWS with HMAC-SHA256 (RFC 7515).

use crate::crypto::rejected::Rejected;

use crate::crypto::claims::Signed;

use crate::crypto::encoding::{base64url, from_base64url};
use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

/// Maximum difference between the clocks of two machines, in seconds.
pub(super) const LEEWAY: i64 = 5;
/// Longest token, in bytes.
pub(super) const MAX_BYTES: usize = 4096;

/// The secrets for handoffs, sessions and cursors. The first signs, all verify.
#[derive(Clone)]
pub struct Signer(Vec<(String, hmac::Key, DecodingKey)>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(kid, ..)| kid)).finish()
    }
}

impl Signer {
    /// A signer with secrets by `kid`, the current one first.
    ///
    /// # Errors
    /// Returns [`Rejected`] if there is no secret, or if one has fewer than 32 bytes.
    pub fn new(secrets: &[(String, Vec<u8>)]) -> Result<Self, Rejected> {
        if secrets.is_empty() || secrets.iter().any(|(_, secret)| secret.len() < 32) {
            return Err(Rejected);
        }
        let keys = |(kid, secret): &(String, Vec<u8>)| {
            (kid.clone(), hmac::Key::new(hmac::HMAC_SHA256, secret), DecodingKey::from_secret(secret))
        };
        Ok(Self(secrets.iter().map(keys).collect()))
    }

    /// Signs claims with the current secret. The same claims give the same text.
    ///
    /// # Panics
    /// Never for the claims of this crate: they serialize.
    #[must_use]
    pub fn sign<S: Signed>(&self, content: &S) -> String {
        let (kid, key, _) = &self.0[0];
        let header = OurHeader { typ: S::TYP.into(), alg: Algorithm::HS256, kid: kid.clone() };
        let part = |json: serde_json::Result<Vec<u8>>| base64url(&json.expect("claims serialize"));
        let signed = format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(content)));
        // By hand: `jsonwebtoken::encode` brings every algorithm it knows into a function that only signs.
        let signature = hmac::sign(key, signed.as_bytes());
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    /// The claims of a text that one of the secrets signed as this kind, and that is valid at `now`.
    ///
    /// # Errors
    /// Returns [`Rejected`] for any other text. The error gives no reason, because the client may be an attacker.
    pub fn verify<S: Signed>(&self, text: &str, now: DateTime<Utc>) -> Result<S, Rejected> {
        let kid = kid(text, S::TYP, Algorithm::HS256)?;
        let (_, _, key) = self.0.iter().find(|(known, ..)| *known == kid).ok_or(Rejected)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false; // checked below, by the application's clock
        let content: S = jsonwebtoken::decode(text, key, &validation).map_err(|_| Rejected)?.claims;
        let (issued_at, expires_at) = content.times();
        let now = now.timestamp();
        if issued_at <= now + LEEWAY && now < expires_at { Ok(content) } else { Err(Rejected) }
    }
}

/// The header of our tokens. Any other member is refused, and with it every extension that a recipient must understand
/// (`crit`, RFC 7515 section 4.1.11).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OurHeader {
    typ: String,
    alg: Algorithm,
    kid: String,
}

/// The `kid` of a token of at most 4 KB that has the expected `typ` and algorithm.
pub(super) fn kid(token: &str, typ: &str, algorithm: Algorithm) -> Result<String, Rejected> {
    if token.len() > MAX_BYTES {
        return Err(Rejected);
    }
    let header = from_base64url(token.split('.').next().unwrap_or_default())?;
    let header: OurHeader = serde_json::from_slice(&header).map_err(|_| Rejected)?;
    if header.typ == typ && header.alg == algorithm { Ok(header.kid) } else { Err(Rejected) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::claims::{Handoff, Session};
    use crate::model::time::from_seconds;

    fn signer(secrets: &[(&str, u8)]) -> Signer {
        let secrets: Vec<_> = secrets.iter().map(|(kid, byte)| ((*kid).to_owned(), vec![*byte; 32])).collect();
        Signer::new(&secrets).unwrap()
    }

    fn handoff(now: i64) -> Handoff {
        let link = crate::crypto::DataKey::new(&[1; 32]).link_hash(&"0123456789abcdef".parse().unwrap());
        Handoff::new("a".parse().unwrap(), "0x420".parse().unwrap(), link, false, from_seconds(now))
    }

    #[test]
    fn a_handoff_is_good_for_two_minutes_and_not_before_it_was_made() {
        let signer = signer(&[("1", 1)]);
        let text = signer.sign(&handoff(1000));
        assert!(signer.verify::<Handoff>(&text, from_seconds(1000)).is_ok());
        assert!(signer.verify::<Handoff>(&text, from_seconds(995)).is_ok());
        assert!(signer.verify::<Handoff>(&text, from_seconds(994)).is_err());
        assert!(signer.verify::<Handoff>(&text, from_seconds(1119)).is_ok());
        assert!(signer.verify::<Handoff>(&text, from_seconds(1120)).is_err());
    }

    #[test]
    fn a_rotated_secret_still_verifies_and_a_foreign_one_never_did() {
        let old = signer(&[("1", 1)]).sign(&handoff(1000));
        let verify = |signer: Signer| signer.verify::<Handoff>(&old, from_seconds(1000)).is_ok();
        assert!(verify(signer(&[("2", 2), ("1", 1)])));
        assert!(!verify(signer(&[("2", 2)])));
        assert!(!verify(signer(&[("1", 2)])));
    }

    #[test]
    fn a_handoff_is_no_session_and_an_altered_one_is_nothing() {
        let signer = signer(&[("1", 1)]);
        let text = signer.sign(&handoff(1000));
        assert!(signer.verify::<Session>(&text, from_seconds(1000)).is_err());
        assert!(signer.verify::<Handoff>(&text[..text.len() - 1], from_seconds(1000)).is_err());
        assert!(Signer::new(&[("1".into(), vec![0; 31])]).is_err());
    }
}
