//! Requests that may be sent again: an `Idempotency-Key` makes the same request make the same links.

use crate::generate::request::GenerateRequest;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use shared::app::App;
use shared::crypto::{base64url, random};
use shared::http::{ApiError, Caller, FieldErrors, LinksWrite};

const OTHER_BODY: &str = "The Idempotency-Key was used with another body.";
const MALFORMED: &str = "The Idempotency-Key must be one header of 1 to 255 visible characters.";

/// What the links of a request follow from.
pub(crate) struct IdempotencySeed {
    /// With the body's hash it gives every code.
    pub(crate) seed: Vec<u8>,
    /// When the request came first.
    pub(crate) made_at: DateTime<Utc>,
    /// Whether everything was made before.
    pub(crate) done: bool,
    /// The hash of the key, if there is one.
    pub(crate) key: Option<String>,
}

impl IdempotencySeed {
    /// What a request follows from: of a repeated one the same as before. Nothing is written.
    pub(crate) async fn find(
        app: &App,
        caller: &Caller<LinksWrite>,
        headers: &HeaderMap,
        order: &GenerateRequest,
    ) -> Result<Self, ApiError> {
        let now = app.clock.now();
        let Some(key) = key(headers)? else {
            return Ok(Self { seed: random::<16>().to_vec(), made_at: now, done: false, key: None });
        };
        let found = app.store.idempotency_find(&caller.tenant.id, &caller.account.id, &key, now).await?;
        match found {
            None => Ok(Self::of_key(caller, key, now, false)),
            Some(begun) if begun.body_hash == base64url(&order.body_hash) => {
                Ok(Self::of_key(caller, key, begun.made_at, begun.done))
            }
            Some(_) => Err(ApiError::Refused(OTHER_BODY.into(), FieldErrors::new())),
        }
    }

    /// Lets the key stand for this request. If the same request was faster elsewhere, it follows from that one.
    pub(crate) async fn begin(
        self,
        app: &App,
        caller: &Caller<LinksWrite>,
        order: &GenerateRequest,
    ) -> Result<Self, ApiError> {
        let Some(key) = self.key.as_ref().filter(|_| !self.done) else { return Ok(self) };
        let body = base64url(&order.body_hash);
        let begun =
            app.store.idempotency_begin(&caller.tenant.id, &caller.account.id, key, &body, self.made_at).await?;
        if begun.body_hash != body {
            return Err(ApiError::Refused(OTHER_BODY.into(), FieldErrors::new()));
        }
        Ok(Self::of_key(caller, key.clone(), begun.made_at, begun.done))
    }

    /// Notes that everything was made: a repeat is answered without a write.
    pub(crate) async fn finish(&self, app: &App, caller: &Caller<LinksWrite>) -> Result<(), ApiError> {
        let Some(key) = &self.key else { return Ok(()) };
        Ok(app.store.idempotency_done(&caller.tenant.id, &caller.account.id, key).await?)
    }

    /// The instant belongs to the seed: a key used again after its seven days makes other links, and overwrites none.
    fn of_key(caller: &Caller<LinksWrite>, key: String, made_at: DateTime<Utc>, done: bool) -> Self {
        let seed = format!("{}#{key}#{}", caller.account.id, made_at.timestamp_micros());
        Self { seed: seed.into_bytes(), made_at, done, key: Some(key) }
    }
}

/// The hash of the request's key.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut given = headers.get_all("idempotency-key").iter();
    let Some(key) = given.next() else { return Ok(None) };
    let visible = key.as_bytes().iter().all(|byte| (0x21..=0x7e).contains(byte));
    if given.next().is_some() || !visible || !(1..=255).contains(&key.len()) {
        return Err(ApiError::field("Idempotency-Key", MALFORMED));
    }
    Ok(Some(base64url(&shared::crypto::sha256(key.as_bytes()))))
}
