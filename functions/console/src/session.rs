//! Who is signed in: the session in the cookie, and forms that come from a page of this session.

use crate::api::{Api, ApiRouter};
use crate::cookie;
use crate::layout::Frame;
use crate::page_error::PageError;
use axum::Extension;
use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::{HeaderValue, header, request::Parts};
use shared::app::App;
use shared::crypto::{ConsoleSession, base64url, sha256};
use shared::http::RequestOrigin;
use std::sync::Arc;
use url::form_urlencoded;

/// The cookie of a session.
const COOKIE: &str = "__Host-console";
/// The largest form, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// A person who is signed in, as far as the cookie says. Whether the session still holds is for the table to say, with the
/// first request to the API.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// The API with this person's rights.
    pub(crate) api: Api,
    /// The session.
    pub(crate) session: ConsoleSession,
    /// The value that proves that a form comes from a page of this session.
    csrf: String,
}

impl SignedIn {
    /// What the frame of a page shows.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame { account: self.session.account.as_str(), tenant: self.session.tenant.as_str(), csrf: &self.csrf }
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let cookie = cookie::value(&parts.headers, COOKIE).ok_or(PageError::SignIn)?;
        let session: ConsoleSession =
            app.config.signer.verify(cookie, app.clock.now()).map_err(|_| PageError::SignIn)?;
        let csrf = base64url(&sha256(format!("csrf {cookie}").as_bytes()));
        let Extension(router) =
            Extension::<Arc<ApiRouter>>::from_request_parts(parts, app).await.map_err(PageError::unexpected)?;
        Ok(Self { api: router.for_session(app, session.clone()), session, csrf })
    }
}

/// A form that a person sent from a page of their session.
#[derive(Debug)]
pub(crate) struct Form {
    /// Who sent it.
    pub(crate) person: SignedIn,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The value of a field, byte by byte, as user ids are compared; empty if there is none.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// The value of a field, without blanks around it; empty if there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The values of a field that can be given several times.
    pub(crate) fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<App> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let person = SignedIn::from_request_parts(&mut parts, app).await?;
        if !is_same_origin(&mut parts, app).await {
            return Err(PageError::Forged);
        }
        let body = to_bytes(body, MAX_FORM).await.map_err(|_| PageError::FormTooLarge)?;
        let form = Self { person, fields: form_urlencoded::parse(&body).into_owned().collect() };
        if form.field("csrf") == form.person.csrf { Ok(form) } else { Err(PageError::Forged) }
    }
}

/// Whether the request has one `Origin`, that of the page it is sent to.
async fn is_same_origin(parts: &mut Parts, app: &App) -> bool {
    let mut origins = parts.headers.get_all(header::ORIGIN).iter().cloned().collect::<Vec<_>>();
    let Ok(RequestOrigin(ours)) = RequestOrigin::from_request_parts(parts, app).await else { return false };
    origins.len() == 1 && origins.pop().is_some_and(|origin| origin == ours.origin().ascii_serialization())
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
