//! Who is signed in: the session in the cookie.

use crate::api::{Api, ApiRouter};
use crate::cookie;
use crate::layout::Frame;
use crate::page_error::PageError;
use axum::Extension;
use axum::extract::FromRequestParts;
use http::{HeaderValue, request::Parts};
use shared::app::App;
use shared::crypto::ConsoleSession;
use shared::http::{Caller, RequestOrigin};
use std::sync::Arc;

/// The cookie of a session.
const COOKIE: &str = "__Host-console";

/// A person who is signed in. The session is checked and counted once for each page, in one round trip to the table.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// The API with this person's rights.
    pub(crate) api: Api,
    /// The person's account and tenant, and the session.
    pub(crate) caller: Arc<Caller>,
    /// The value that proves that a form comes from a page of this session.
    pub(crate) csrf: String,
}

impl SignedIn {
    /// What the frame of a page shows.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame { account: self.caller.account.id.as_str(), tenant: self.caller.tenant.id.as_str(), csrf: &self.csrf }
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let cookie = cookie::value(&parts.headers, COOKIE).ok_or(PageError::SignIn)?;
        let session: ConsoleSession =
            app.config.signer.verify(cookie, app.clock.now()).map_err(|_| PageError::SignIn)?;
        let csrf = ConsoleSession::form_proof(cookie);
        let Extension(router) =
            Extension::<Arc<ApiRouter>>::from_request_parts(parts, app).await.map_err(PageError::unexpected)?;
        parts.extensions.insert(session);
        let caller = Caller::from_request_parts(parts, app).await.map_err(PageError::of_session)?;
        let caller = Arc::new(caller);
        let RequestOrigin(origin) = RequestOrigin::from_request_parts(parts, app).await.map_err(PageError::Failed)?;
        Ok(Self { api: router.for_session(app, caller.clone(), &origin), caller, csrf })
    }
}

/// The header that stores a session in the browser.
///
/// # Errors
/// Returns [`PageError::Unexpected`] if the session is not a header value.
pub(crate) fn set_cookie(session: &str) -> Result<HeaderValue, PageError> {
    cookie::set(COOKIE, session, ConsoleSession::SECONDS)
}

/// The header that removes the session from the browser.
pub(crate) fn removed_cookie() -> Result<HeaderValue, PageError> {
    cookie::set(COOKIE, "", 0)
}
