//! The caller's account and tokens: show, list, revoke. The function `console` creates tokens.

mod shapes;
mod token_query;

use axum::extract::State;
use axum::routing::{delete, get};
use axum::{Json, Router};
use futures_util::future::try_join_all;
use http::StatusCode;
use shapes::{TokenList, TokenShape, Whoami};
use shared::app::App;
use shared::http::{ApiError, AuthErrors, Caller, CursorCodec, ListMeta, PageQuery, PathParam, Problem, TableErrors};
use shared::model::{Account, Role, Scope, Token, TokenId};
use token_query::{DEFAULT_LIMIT, Position, TokenQuery};
use utoipa::OpenApi;

const ADMINS_TOKEN: &str = "The token of an admin can only be changed by an admin.";

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/token", get(whoami))
        .route("/api/tokens", get(list))
        .route("/api/tokens/{id}", delete(revoke))
}

/// The operations of this function, for OpenAPI.
#[derive(Debug, OpenApi)]
#[openapi(paths(whoami, list, revoke))]
pub struct Api;

/// Who am I
///
/// The tenant, account and current scopes of your token, its expiry, and your limits.
#[utoipa::path(
    get, path = "/api/token", tag = "Tokens", operation_id = "whoami",
    responses((status = 200, body = Whoami, description = "The caller"), AuthErrors, TableErrors),
    security(("token" = []))
)]
async fn whoami(caller: Caller) -> Json<Whoami> {
    Json(Whoami::of(&caller))
}

/// List tokens
///
/// The tokens of your own account; with `tokens:manage`, of every account of your tenant. Secrets are never shown.
#[utoipa::path(
    get, path = "/api/tokens", tag = "Tokens", operation_id = "listTokens", params(PageQuery<TokenQuery, DEFAULT_LIMIT>),
    responses((status = 200, body = TokenList, description = "The tokens, newest first"), AuthErrors, TableErrors,
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The query or the cursor is not valid")),
    security(("token" = []))
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    query: PageQuery<TokenQuery, DEFAULT_LIMIT>,
) -> Result<Json<TokenList>, ApiError> {
    let cursors = CursorCodec::new(&app, &caller.tenant.id, "tokens", &query.pairs);
    let after: Option<Position> = cursors.decode(query.cursor.as_deref())?;
    let tokens = visible(&app, &caller).await?.into_iter().map(|(_, token)| token);
    let mut tokens = tokens
        .filter(|token| query.filter.is_none_or(|kind| token.kind == kind))
        .skip_while(|token| after.as_ref().is_some_and(|after| !after.is_before(token)));
    let page: Vec<_> = tokens.by_ref().take(query.limit).collect();
    let has_more = tokens.next().is_some();
    let next_cursor = page.last().filter(|_| has_more).map(|last| cursors.encode(&Position::of(last)));
    Ok(Json(TokenList { data: page.iter().map(TokenShape::of).collect(), meta: ListMeta { next_cursor } }))
}

/// Revoke a token
///
/// The token stops working at once. You can revoke your own account's tokens; with `tokens:manage`, those of every
/// account, but only an admin can revoke an admin's. Revoking a token again changes nothing.
#[utoipa::path(
    delete, path = "/api/tokens/{id}", tag = "Tokens", operation_id = "revokeToken",
    params(("id" = String, Path, description = "The token's id, never its secret", pattern = "^[A-Za-z0-9._-]{1,64}$", example = "tok_5vJ2mXq9TqLw")),
    responses((status = 204, description = "Revoked"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The token is an admin's"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "You have no such token"), AuthErrors, TableErrors),
    security(("token" = []))
)]
async fn revoke(
    State(app): State<App>,
    caller: Caller,
    PathParam(id): PathParam<TokenId>,
) -> Result<StatusCode, ApiError> {
    let (_, token) = changeable_token(&app, &caller, &id).await?;
    app.store.token_revoke(&token.tenant, &token.account, &token.id, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token that a caller may change, with its account.
///
/// # Errors
/// Returns [`ApiError::NotFound`] if the caller cannot see such a token, [`ApiError::Forbidden`] if it is an admin's and the
/// caller is none, and the error of the store.
pub async fn changeable_token(app: &App, caller: &Caller, id: &TokenId) -> Result<(Account, Token), ApiError> {
    let mut tokens = visible(app, caller).await?.into_iter();
    let (owner, token) = tokens.find(|(_, token)| token.id == *id).ok_or(ApiError::NotFound)?;
    if owner.role == Role::Admin && caller.account.role != Role::Admin {
        return Err(ApiError::Forbidden(ADMINS_TOKEN));
    }
    Ok((owner, token))
}

/// The tokens that a caller may see, each with its account, newest first.
async fn visible(app: &App, caller: &Caller) -> Result<Vec<(Account, Token)>, ApiError> {
    let tenant = &caller.tenant.id;
    let accounts = if caller.scopes.contains(&Scope::TokensManage) {
        app.store.account_list(tenant).await?
    } else {
        vec![caller.account.clone()]
    };
    let of_account = async |account: Account| {
        let tokens = app.store.token_list(tenant, &account.id).await?;
        Ok::<_, ApiError>(tokens.into_iter().map(|token| (account.clone(), token)).collect::<Vec<_>>())
    };
    let mut tokens = try_join_all(accounts.into_iter().map(of_account)).await?.concat();
    tokens.sort_by(|(_, a), (_, b)| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    Ok(tokens)
}
