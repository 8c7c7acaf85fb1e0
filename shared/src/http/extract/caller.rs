//! The caller: a bearer token, its record, and the scope that a route requires.

use crate::app::App;
use crate::crypto::{ConsoleSession, TokenClaims, TokenRejected};
use crate::http::error::ApiError;
use crate::http::extract::refused_tokens::Refusal;
use crate::http::rate_limit::{Quota, RateLimits};
use crate::http::rate_limit_slot::RateLimitSlot;
use crate::model::{Account, AccountId, Scope, Scopes, Tenant, TenantId, Token, Window};
use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use std::marker::PhantomData;
use std::sync::Arc;

/// The scope that a route requires.
pub trait Requires: Send {
    /// The scope, or none for any token.
    const SCOPE: Option<Scope>;
}

macro_rules! requirement {
    ($(#[$doc:meta])* $Name:ident, $scope:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Name;
        impl Requires for $Name {
            const SCOPE: Option<Scope> = $scope;
        }
    };
}

requirement!(
    /// No scope: any token.
    AnyScope,
    None
);
requirement!(
    /// `interactions:read`.
    InteractionsRead,
    Some(Scope::InteractionsRead)
);
requirement!(
    /// `interactions:write`.
    InteractionsWrite,
    Some(Scope::InteractionsWrite)
);
requirement!(
    /// `links:read`.
    LinksRead,
    Some(Scope::LinksRead)
);
requirement!(
    /// `links:write`.
    LinksWrite,
    Some(Scope::LinksWrite)
);
requirement!(
    /// `users:read`.
    UsersRead,
    Some(Scope::UsersRead)
);
requirement!(
    /// `users:erase`.
    UsersErase,
    Some(Scope::UsersErase)
);

/// An authenticated caller with the scope that the route requires. As a handler's argument it is extracted before the
/// body, so that a request without a valid token gets no errors about its body.
#[derive(Clone, Debug)]
pub struct Caller<R: Requires = AnyScope> {
    /// The tenant whose things the caller sees.
    pub tenant: Tenant,
    /// The account that owns the token.
    pub account: Account,
    /// The token's record.
    pub token: Token,
    /// What the token may do now: its scopes, as far as the account's role allows them.
    pub scopes: Scopes,
    requires: PhantomData<R>,
}

impl<R: Requires> FromRequestParts<App> for Caller<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        // A page of the console checks its session once, for all requests that it makes in this process.
        let caller = match parts.extensions.get::<Arc<Caller>>() {
            Some(checked) => Caller::clone(checked),
            None => Box::pin(Caller::check(parts, app)).await?, // a future of 19 KB
        };
        match R::SCOPE {
            Some(scope) if !caller.scopes.contains(&scope) => Err(ApiError::InsufficientScope(scope)),
            _ => {
                let Caller { tenant, account, token, scopes, .. } = caller;
                Ok(Self { tenant, account, token, scopes, requires: PhantomData })
            }
        }
    }
}

impl Caller {
    /// Checks the token or the session of a request, and counts it.
    async fn check(parts: &Parts, app: &App) -> Result<Self, ApiError> {
        let (now, slot) = (app.clock.now(), parts.extensions.get::<RateLimitSlot>().cloned().unwrap_or_default());
        let claims = match parts.extensions.get::<ConsoleSession>() {
            Some(session) => Claims::of_session(session),
            None => Claims::of_token(&app.config.token_verifier.verify(bearer(&parts.headers)?, now)?),
        };
        // So that the log names who sends too many requests, or those that are refused.
        let span = tracing::Span::current();
        span.record("tenant", claims.tenant.as_str()).record("account", claims.account.as_str());
        let (record, minute) = (claims.record.clone(), Window::at(now, Window::MINUTE));
        match slot.refused.get(&record, minute.number()) {
            Some(Refusal::Rejected(rejected)) => return Err(rejected.into()),
            Some(Refusal::OverLimit(quotas)) => slot.check(RateLimits::new(quotas, now))?,
            None => {}
        }
        let (token, owner, in_tenant) = tokio::join!(
            app.store.token_use(&record, minute, now),
            app.store.tenant_with_account(&claims.tenant, &claims.account),
            app.store.tenant_requests_add(&claims.tenant, minute, now),
        );
        let ((token, used), (tenant, account)) = match (token?, owner?) {
            (Some(token), Some(owner)) if is_as_claimed(&token.0, &claims) && token.0.is_live(now) => (token, owner),
            (token, _) => {
                let expired = token.is_some_and(|(token, _)| token.is_expired(now));
                let rejected = if expired { TokenRejected::Expired } else { TokenRejected::Invalid };
                slot.refused.note(&record, minute.number(), Refusal::Rejected(rejected));
                return Err(rejected.into());
            }
        };
        span.record("token", token.id.as_str());
        let in_tenant = match in_tenant? {
            Some(requests) => requests,
            None => app.store.tenant_requests_begin(&tenant.id, minute, now).await?,
        };
        let quotas = quotas(&tenant, used, in_tenant);
        if let Err(refused) = slot.check(RateLimits::new(quotas, now)) {
            slot.refused.note(&record, minute.number(), Refusal::OverLimit(quotas));
            return Err(refused);
        }
        let scopes: Scopes = token.scopes.intersection(&account.allowed()).copied().collect();
        Ok(Self { tenant, account, token, scopes, requires: PhantomData })
    }
}

/// Who sends a request, as its token or session says, and the record that decides.
struct Claims {
    tenant: TenantId,
    account: AccountId,
    record: String,
}

impl Claims {
    fn of_token(token: &TokenClaims) -> Self {
        Self { tenant: token.tenant.clone(), account: token.account.clone(), record: token.record() }
    }

    /// The console calls the API in its own process, with the session that it has verified. No client can send one.
    fn of_session(session: &ConsoleSession) -> Self {
        Self { tenant: session.tenant.clone(), account: session.account.clone(), record: session.record() }
    }
}

/// Whether a token's record agrees with its claims.
fn is_as_claimed(token: &Token, claims: &Claims) -> bool {
    token.tenant == claims.tenant && token.account == claims.account
}

/// The limits of a token, which has sent `used` requests, and of its tenant.
fn quotas(tenant: &Tenant, used: u64, in_tenant: u64) -> [Quota; 2] {
    let quota = |name, limit, used| Quota { name, limit, used, seconds: Window::MINUTE };
    let limits = tenant.limits;
    [quota("token", limits.requests_per_minute, used), quota("tenant", limits.tenant_requests_per_minute, in_tenant)]
}

/// The bearer token of a request (RFC 6750 section 2.1): the scheme in any case, one space or more, `b64token`.
///
/// # Errors
/// Returns [`ApiError::Unauthenticated`] without credentials, and [`ApiError::BadCredentials`] if they are not one
/// well-formed bearer token.
pub fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(ApiError::Unauthenticated) };
    if values.next().is_some() {
        return Err(ApiError::BadCredentials);
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(ApiError::BadCredentials)?;
    let token = token.trim_matches(' ');
    let characters = token.trim_end_matches('=');
    let b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if scheme.eq_ignore_ascii_case("bearer") && !characters.is_empty() && characters.bytes().all(b64token) {
        Ok(token)
    } else {
        Err(ApiError::BadCredentials)
    }
}
