//! `POST /api/tokens/{id}/rotate`.

use crate::tokens::create::giveable;
use crate::tokens::expiry;
use crate::tokens::issue::{NewToken, issue};
use account::changeable_token;
use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    All as _, ApiError, AuthErrors, BodyErrors, Caller, Field, JsonBody, Members, PathParam, Problem, TableErrors,
};
use shared::model::{TokenId, TokenKind, time};
use utoipa::ToSchema;

/// How long the old token works if the request does not say it, in seconds.
const DEFAULT_GRACE: i64 = 24 * 3600;
/// The longest grace: 30 days, in seconds.
const MAX_GRACE: i64 = 30 * 24 * 3600;
const OVER: &str = "The token has expired or is revoked: create a new one instead.";
const NO_SCOPE: &str = "The account has none of the token's scopes any more: create a token with other scopes.";
const MORE_SCOPES: &str = "The token has scopes that your token lacks.";
const SESSION: &str = "This is the session of a person in the console, which ends by itself. Revoke it to end it now.";

/// How a token is replaced.
#[derive(Deserialize, ToSchema)]
#[schema(as = RotateToken, example = json!({"grace": 3600}))]
pub(crate) struct RotateBody {
    /// Seconds for which the old token still works, but never beyond its own expiry. A day if not given.
    #[schema(value_type = Option<u64>, minimum = 0, maximum = 2_592_000)]
    grace: Field,
    /// When the new token expires: a date, or a date and time, at most ten years ahead.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    expires_at: Field,
    /// Instead of `expires_at`: seconds from now until the new token expires. 90 days if neither is given.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 316_224_000)]
    expires_in: Field,
}

/// A new token, and the old one that it replaces.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "tok_5vJ2mXq9TqLw", "account": "crm", "name": "nightly export",
    "scopes": ["interactions:read"], "created_at": "2026-01-01T00:00:00.000000Z",
    "expires_at": "2026-04-01T00:00:00.000000Z", "token": "odx_eyJ0eXAiOiJvZC1hcGkrand0In0.eyJ0aWQiOiJhY21lIn0.c2lnbmVk",
    "replaces": {"id": "tok_0aZ81xYbC4fQ", "expires_at": "2026-01-02T00:00:00.000000Z"}}))]
pub(crate) struct RotatedToken {
    #[serde(flatten)]
    new: NewToken,
    replaces: ReplacedToken,
}

/// The old token.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "tok_0aZ81xYbC4fQ", "expires_at": "2026-01-02T00:00:00.000000Z"}))]
struct ReplacedToken {
    id: String,
    /// Until when the old token works.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Replace a token
///
/// Creates a token with the name and the scopes of an old one, which works for a period of grace. You can replace the tokens
/// that you can list, except that only an admin can replace an admin's. If the request fails, the old token keeps its expiry.
#[utoipa::path(
    post, path = "/api/tokens/{id}/rotate", tag = "Tokens", operation_id = "rotateToken", request_body = RotateBody,
    params(("id" = String, Path, description = "The token's id, never its secret", pattern = "^[A-Za-z0-9._-]{1,64}$", example = "tok_5vJ2mXq9TqLw")),
    responses((status = 201, body = RotatedToken, description = "The new token with its secret"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The token is an admin's"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "You have no such token"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The token does not work any more"),
        (status = 501, body = Problem, content_type = "application/problem+json", description = "The installation has no private key"),
        BodyErrors, AuthErrors, TableErrors),
    security(("token" = []))
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    PathParam(id): PathParam<TokenId>,
    body: JsonBody,
) -> Result<(StatusCode, Json<RotatedToken>), ApiError> {
    let (now, Members { known, unknown }) = (app.clock.now(), Members::<RotateBody>::of(body.value)?);
    let grace = known.grace.bounded_number("grace", 0..=MAX_GRACE);
    let expires_at = expiry::read(known.expires_at, known.expires_in, now);
    let (grace, expires_at, ()) = (grace, expires_at, unknown.refuse()).all()?;
    let (owner, old) = changeable_token(&app, &caller, &id).await?;
    if old.kind != TokenKind::Api {
        return Err(ApiError::Conflict(SESSION));
    }
    if !old.is_live(now) {
        return Err(ApiError::Conflict(OVER));
    }
    let scopes = &old.scopes & &owner.allowed();
    if scopes.is_empty() {
        return Err(ApiError::Conflict(NO_SCOPE));
    }
    if !scopes.is_subset(&giveable(&caller)) {
        return Err(ApiError::Forbidden(MORE_SCOPES));
    }
    let new = issue(&app, &caller.tenant.id, &owner, &old.name, scopes, expires_at).await?;
    let until = old.expires_at.min(now + TimeDelta::seconds(grace.unwrap_or(DEFAULT_GRACE)));
    app.store.token_expire(&old.tenant, &old.account, &old.id, until).await?;
    let replaces = ReplacedToken { id: old.id.as_str().to_owned(), expires_at: time::format(until) };
    Ok((StatusCode::CREATED, Json(RotatedToken { new, replaces })))
}
