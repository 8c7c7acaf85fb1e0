//! Idempotency: a repeated request with the same `Idempotency-Key` and body returns the same links.

use crate::generate::request::GenerateRequest;
use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use http::request::Parts;
use shared::app::App;
use shared::crypto::{base64url, random, sha256};
use shared::http::{ApiError, Caller, FieldErrors, LinksWrite, RequestOrigin};
use std::convert::Infallible;
use url::Url;
use utoipa::IntoParams;

const OTHER_BODY: &str = "The Idempotency-Key was used with another body.";
const MALFORMED: &str = "The Idempotency-Key must be one header of 1 to 255 visible characters.";

/// The `Idempotency-Key` headers of a request, not checked yet: errors about the body come first.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyKey {
    /// 1 to 255 visible characters, chosen by you.
    #[param(rename = "Idempotency-Key", value_type = Option<String>, nullable = false, pattern = "^[!-~]{1,255}$")]
    headers: Vec<HeaderValue>,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { headers: parts.headers.get_all("idempotency-key").iter().cloned().collect() })
    }
}

impl IdempotencyKey {
    /// The hash of the key, if the request has one.
    ///
    /// # Errors
    /// Returns [`ApiError::Invalid`] if there are two headers, or the key is not 1 to 255 visible ASCII characters.
    fn hash(&self) -> Result<Option<String>, ApiError> {
        let visible = |key: &HeaderValue| key.as_bytes().iter().all(|byte| (0x21..=0x7e).contains(byte));
        match self.headers.as_slice() {
            [] => Ok(None),
            [key] if (1..=255).contains(&key.len()) && visible(key) => Ok(Some(base64url(&sha256(key.as_bytes())))),
            _ => Err(ApiError::field("Idempotency-Key", MALFORMED)),
        }
    }
}

/// The values that all links of a request follow from. A repeated request has the same.
pub(crate) struct IdempotencySeed {
    /// Every code follows from these bytes, the hash of the body, and the index of the row.
    pub(crate) bytes: Vec<u8>,
    /// The base of the links: the configured one, or the origin of the first request with this key.
    pub(crate) base: Url,
    /// When the first request with this key arrived.
    pub(crate) made_at: DateTime<Utc>,
    /// Whether an earlier request stored all links.
    pub(crate) done: bool,
    /// Whether an earlier request may have stored some of them.
    pub(crate) repeated: bool,
    key_hash: Option<String>,
}

impl IdempotencySeed {
    /// The seed of a request: that of the first request with the same key, else a new one. Writes nothing.
    ///
    /// # Errors
    /// Returns [`ApiError::Invalid`] if the key is malformed, [`ApiError::Refused`] if it was used with another body,
    /// and the error of the store.
    pub(crate) async fn find(
        app: &App,
        caller: &Caller<LinksWrite>,
        key: &IdempotencyKey,
        request: &GenerateRequest,
        origin: RequestOrigin,
    ) -> Result<Self, ApiError> {
        let now = app.clock.now();
        let base = app.config.link_base.clone().unwrap_or(origin.0);
        let Some(key_hash) = key.hash()? else {
            return Ok(Self {
                bytes: random::<16>().to_vec(),
                base,
                made_at: now,
                done: false,
                repeated: false,
                key_hash: None,
            });
        };
        let first = app.store.idempotency_find(&caller.tenant.id, &caller.account.id, &key_hash, now).await?;
        match first {
            None => Ok(Self { repeated: false, ..Self::of_key(caller, key_hash, (base, now), false) }),
            Some(first) if first.body_hash == base64url(&request.body_hash) => {
                Ok(Self::of_key(caller, key_hash, (first.base, first.made_at), first.done))
            }
            Some(_) => Err(other_body()),
        }
    }

    /// Records the key with the body of this request. If a concurrent request with the same key and body was recorded
    /// first, returns the seed of that request.
    ///
    /// # Errors
    /// Returns [`ApiError::Refused`] if a concurrent request used the key with another body, and the error of the store.
    pub(crate) async fn begin(
        self,
        app: &App,
        caller: &Caller<LinksWrite>,
        request: &GenerateRequest,
    ) -> Result<Self, ApiError> {
        let Some(key_hash) = self.key_hash.as_ref().filter(|_| !self.done) else { return Ok(self) };
        let body_hash = base64url(&request.body_hash);
        let (tenant, account) = (&caller.tenant.id, &caller.account.id);
        let named = (body_hash.as_str(), &self.base);
        let first = app.store.idempotency_begin(tenant, account, key_hash, named, self.made_at).await?;
        if first.body_hash != body_hash {
            return Err(other_body());
        }
        let is_first = !self.repeated && first.made_at == self.made_at;
        let seed = Self::of_key(caller, key_hash.clone(), (first.base, first.made_at), first.done);
        Ok(Self { repeated: !is_first, ..seed })
    }

    /// Records that all links are stored, so that a repeat writes nothing.
    ///
    /// # Errors
    /// Returns the error of the store.
    pub(crate) async fn finish(&self, app: &App, caller: &Caller<LinksWrite>) -> Result<(), ApiError> {
        let Some(key_hash) = &self.key_hash else { return Ok(()) };
        Ok(app.store.idempotency_done(&caller.tenant.id, &caller.account.id, key_hash).await?)
    }

    /// The seed of an earlier request with the key. It contains the instant: a key that is used again after its seven days makes other links and overwrites
    /// none.
    fn of_key(
        caller: &Caller<LinksWrite>,
        key_hash: String,
        (base, made_at): (Url, DateTime<Utc>),
        done: bool,
    ) -> Self {
        let bytes = format!("{}#{key_hash}#{}", caller.account.id, made_at.timestamp_micros()).into_bytes();
        Self { bytes, base, made_at, done, repeated: true, key_hash: Some(key_hash) }
    }
}

fn other_body() -> ApiError {
    ApiError::Refused(OTHER_BODY.into(), FieldErrors::new()).with_code("idempotency_key_used")
}
