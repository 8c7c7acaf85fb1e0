//! Signing a token and storing its record.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::app::App;
use shared::crypto::issue_token;
use shared::http::ApiError;
use shared::model::{Account, Scopes, TenantId, Token, time};
use utoipa::ToSchema;

const DISABLED: &str = "Tokens cannot be created here: the operator has not given this installation its private key.";

/// A new token. Its secret is in this response alone.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedToken, example = json!({"id": "tok_5vJ2mXq9TqLw", "account": "crm", "name": "nightly export",
    "scopes": ["interactions:read"], "created_at": "2026-01-01T00:00:00.000000Z",
    "expires_at": "2026-04-01T00:00:00.000000Z", "token": "odx_eyJ0eXAiOiJvZC1hcGkrand0In0.eyJ0aWQiOiJhY21lIn0.c2lnbmVk"}))]
pub(crate) struct NewToken {
    id: String,
    account: String,
    name: String,
    scopes: Vec<shared::model::Scope>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// The secret, for the header `Authorization: Bearer`. It cannot be shown again.
    token: String,
}

/// Signs a token of an account, stores its record, and returns both.
///
/// # Errors
/// Returns [`ApiError::NotImplemented`] without a private key, and the error of the store.
pub(super) async fn issue(
    app: &App,
    tenant: &TenantId,
    account: &Account,
    name: &str,
    scopes: Scopes,
    expires_at: DateTime<Utc>,
) -> Result<NewToken, ApiError> {
    let disabled = || ApiError::NotImplemented(DISABLED).with_code("token_signing_disabled");
    let key = app.config.token_signing_key.as_ref().ok_or_else(disabled)?;
    let issuer = key.issuer().map_err(|_| ApiError::Unexpected("TOKEN_SIGNING_KEY is not a private key".into()))?;
    let (record, token) = issue_token(&issuer, tenant, &account.id, name, scopes, app.clock.now(), expires_at);
    app.store.token_create(&token.record, &record).await?;
    Ok(NewToken::of(&record, token.secret))
}

impl NewToken {
    fn of(token: &Token, secret: String) -> Self {
        Self {
            id: token.id.as_str().to_owned(),
            account: token.account.as_str().to_owned(),
            name: token.name.clone(),
            scopes: token.scopes.iter().copied().collect(),
            created_at: time::format(token.created_at),
            expires_at: time::format(token.expires_at),
            token: secret,
        }
    }
}
