//! An attempt to sign in: what the browser keeps while the person is at the provider.

use crate::cookie;
use crate::page_error::PageError;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::crypto::{Signed, base64url, random, sha256};

/// The cookie of an attempt. Browsers send it with the redirect from the provider, because that is a GET of the whole page.
const COOKIE: &str = "__Host-console-sign-in";

/// An attempt to sign in. Its values are random and bound to one browser, so that a response of the provider to another
/// browser is refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// The id of the session that the attempt opens, which is opened once.
    #[serde(rename = "jti")]
    pub(crate) id: String,
    /// Comes back with the redirect of the provider (RFC 6749 section 10.12).
    pub(crate) state: String,
    /// Comes back in the ID token (`OpenID` Connect Core section 3.1.2.1).
    pub(crate) nonce: String,
    /// The secret that proves that the code was asked for here (RFC 7636 section 4.1).
    pub(crate) verifier: String,
    iat: i64,
    exp: i64,
}

impl Signed for Attempt {
    const TYP: &'static str = "od-console-attempt+jwt";
    fn times(&self) -> (i64, i64) {
        (self.iat, self.exp)
    }
}

impl Attempt {
    /// Time for signing in at the provider, in seconds.
    const SECONDS: i64 = 600;

    /// A new attempt.
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        let iat = now.timestamp();
        let [state, nonce, verifier] = [random::<32>(), random(), random()].map(|bytes| base64url(&bytes));
        Self { id: base64url(&random::<16>()), state, nonce, verifier, iat, exp: iat + Self::SECONDS }
    }

    /// The challenge of the verifier, by the method `S256` (RFC 7636 section 4.2).
    pub(crate) fn challenge(&self) -> String {
        base64url(&sha256(self.verifier.as_bytes()))
    }

    /// The attempt of a browser, if it is not over.
    pub(crate) fn of(headers: &HeaderMap, app: &App) -> Option<Self> {
        app.config.signer.verify(cookie::value(headers, COOKIE)?, app.clock.now()).ok()
    }

    /// The header that stores the attempt in the browser.
    ///
    /// # Errors
    /// Returns [`PageError::Failed`] if the attempt is not a header value.
    pub(crate) fn set_cookie(&self, app: &App) -> Result<HeaderValue, PageError> {
        cookie::set(COOKIE, &app.config.signer.sign(self), Self::SECONDS)
    }

    /// The response, with a header that removes the attempt from the browser.
    ///
    /// # Errors
    /// Returns [`PageError::Failed`] if it is not a header value.
    pub(crate) fn end(mut response: Response) -> Result<Response, PageError> {
        response.headers_mut().append(header::SET_COOKIE, cookie::set(COOKIE, "", 0)?);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let attempt = Attempt { verifier, ..Attempt::new(DateTime::UNIX_EPOCH) };
        assert_eq!(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_values_of_an_attempt_are_alike() {
        let (one, other) = (Attempt::new(DateTime::UNIX_EPOCH), Attempt::new(DateTime::UNIX_EPOCH));
        let values = |attempt: Attempt| [attempt.id, attempt.state, attempt.nonce, attempt.verifier];
        let all: std::collections::HashSet<_> = values(one).into_iter().chain(values(other)).collect();
        assert_eq!(all.len(), 8);
    }
}
