//! Signing in with the `OpenID` provider: the way there, and the way back.

use crate::openid::accounts::accounts;
use crate::openid::attempt::Attempt;
use crate::openid::client::client_id;
use crate::openid::provider::{Provider, Registration};
use crate::openid::refusal::Refusal;
use crate::page_error::PageError;
use crate::sign_in::account::choose;
use crate::sign_in::opened::open_session;
use crate::sign_in::refused::refused;
use axum::extract::{FromRequestParts, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Extension, RequestPartsExt as _};
use http::{HeaderMap, header, request::Parts};
use serde::Deserialize;
use shared::app::App;
use shared::config::OidcSettings;
use shared::crypto::ConsoleSignIn;
use shared::http::RequestOrigin;
use shared::model::{AccountId, TenantId};
use std::sync::Arc;
use url::Url;

/// Where the provider sends people back to.
const CALLBACK: &str = "/console/sign-in/callback";

/// The provider, and the console as it knows it.
pub(crate) struct SignIn {
    app: App,
    provider: Arc<Provider>,
    settings: OidcSettings,
    client_id: String,
    redirect_uri: Url,
}

/// What the provider sends back with a person (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

impl FromRequestParts<App> for SignIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Extension(provider) = parts.extract::<Extension<Arc<Provider>>>().await.map_err(PageError::unexpected)?;
        let RequestOrigin(origin) = parts.extract().await.map_err(PageError::Failed)?;
        let settings = app.config.oidc.clone().ok_or(PageError::NotFound)?;
        let client_id = client_id(&settings, &parts.extensions).ok_or(PageError::NotFound)?;
        let redirect_uri = origin.join(CALLBACK).map_err(PageError::unexpected)?;
        Ok(Self { app: app.clone(), provider, settings, client_id, redirect_uri })
    }
}

/// `GET /console/sign-in/start`: leads to the provider.
pub(crate) async fn start(sign_in: SignIn) -> Result<Response, PageError> {
    let now = sign_in.app.clock.now();
    let attempt = Attempt::new(now);
    match sign_in.provider.authorization_url(sign_in.registration(), &attempt, now).await {
        Ok(url) => {
            let cookie = attempt.set_cookie(&sign_in.app)?;
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(url.as_str())).into_response())
        }
        Err(refusal) => refused(refusal),
    }
}

/// `GET /console/sign-in/callback`: signs in the person that the provider sends back.
pub(crate) async fn callback(
    State(app): State<App>,
    sign_in: SignIn,
    headers: HeaderMap,
    Query(callback): Query<Callback>,
) -> Result<Response, PageError> {
    let Some(attempt) = Attempt::of(&headers, &app) else { return refused(Refusal::NoAttempt) };
    match sign_in.accounts(&attempt, &callback).await {
        Ok(accounts) => match <[_; 1]>::try_from(accounts) {
            Ok([(tenant, account)]) => {
                let of_attempt = ConsoleSignIn::of_attempt(attempt.id, tenant, account, app.clock.now());
                let opened = open_session(&app, of_attempt).await?;
                let opened = opened.map_or_else(|| refused(Refusal::NoAttempt), Ok)?;
                Attempt::end(opened)
            }
            Err(several) => Ok(choose(&app, &attempt, several)),
        },
        Err(refusal) => refused(refusal),
    }
}

impl SignIn {
    fn registration(&self) -> Registration<'_> {
        Registration { settings: &self.settings, client_id: &self.client_id, redirect_uri: &self.redirect_uri }
    }

    /// The accounts of the person that the provider sent back.
    async fn accounts(&self, attempt: &Attempt, callback: &Callback) -> Result<Vec<(TenantId, AccountId)>, Refusal> {
        let now = self.app.clock.now();
        let is_of_attempt = callback.state.as_ref() == Some(&attempt.state);
        if !is_of_attempt || !self.provider.is_issuer(&self.settings, callback.iss.as_deref(), now).await? {
            return Err(Refusal::NoAttempt);
        }
        let code = match (&callback.code, &callback.error) {
            (Some(code), None) => code,
            (_, Some(error)) if error == "access_denied" => return Err(Refusal::Declined),
            _ => return Err(Refusal::provider("the provider sends people back without a code")),
        };
        let person = self.provider.person(self.registration(), attempt, code, now).await?;
        accounts(&self.app, &self.settings.issuer, &person).await
    }
}
