//! `POST /api/tokens`.

use crate::tokens::expiry;
use crate::tokens::issue::{NewToken, issue};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use shared::app::App;
use shared::http::{
    All as _, ApiError, AuthErrors, BodyErrors, Caller, Checked, Field, JsonBody, Members, Problem, TableErrors,
    field_error,
};
use shared::model::{Account, AccountId, Scope, Scopes};
use utoipa::ToSchema;

/// Longest name of a token, in characters.
const MAX_NAME: usize = 100;
const OTHER_ACCOUNT: &str = "Only a token with the scope tokens:manage can create tokens of other accounts.";

/// A token to create.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateToken, example = json!({"name": "nightly export", "scopes": ["interactions:read"], "expires_in": 7_776_000}))]
pub(crate) struct CreateBody {
    /// A name by which its owner recognises the token.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field,
    /// The scopes of the token. If not given, all that you can give it.
    #[schema(value_type = Option<Vec<Scope>>, min_items = 1)]
    scopes: Field,
    /// The account that owns the token; your own if not given. Another one needs `tokens:manage`.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]{1,64}$")]
    account: Field,
    /// When the token expires: a date, or a date and time, at most ten years ahead.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    expires_at: Field,
    /// Instead of `expires_at`: seconds from now until the token expires. 90 days if neither is given.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 316_224_000)]
    expires_in: Field,
}

/// Create a token
///
/// Creates a token of your own account, or, with `tokens:manage`, of any account of your tenant. Its secret is in this
/// response alone. The scopes must be scopes of the account, and scopes that your own token has; with `tokens:manage`, scopes
/// that your account's role has.
#[utoipa::path(
    post, path = "/api/tokens", tag = "Tokens", operation_id = "createToken", request_body = CreateBody,
    responses((status = 201, body = NewToken, description = "The token with its secret"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The account is not yours"),
        (status = 501, body = Problem, content_type = "application/problem+json", description = "The installation has no private key"),
        BodyErrors, AuthErrors, TableErrors),
    security(("token" = []))
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    body: JsonBody,
) -> Result<(StatusCode, Json<NewToken>), ApiError> {
    let Members { known, unknown } = Members::<CreateBody>::of(body.value)?;
    let expires_at = expiry::read(known.expires_at, known.expires_in, app.clock.now());
    let fields = (name(known.name), scopes(known.scopes), account(known.account), expires_at, unknown.refuse());
    let (name, scopes, account, expires_at, ()) = fields.all()?;
    let owner = owner(&app, &caller, account).await?;
    let allowed = &giveable(&caller) & &owner.allowed();
    let scopes = within(scopes, &allowed)?;
    let token = issue(&app, &caller.tenant.id, &owner, &name, scopes, expires_at).await?;
    Ok((StatusCode::CREATED, Json(token)))
}

/// The scopes that a caller can give to a token: those of its own token, or with `tokens:manage` those of its role.
pub(super) fn giveable(caller: &Caller) -> Scopes {
    if caller.scopes.contains(&Scope::TokensManage) { caller.account.allowed() } else { caller.scopes.clone() }
}

/// The account that is to own the token.
async fn owner(app: &App, caller: &Caller, account: Option<AccountId>) -> Result<Account, ApiError> {
    match account.filter(|account| *account != caller.account.id) {
        None => Ok(caller.account.clone()),
        Some(_) if !caller.scopes.contains(&Scope::TokensManage) => Err(ApiError::Forbidden(OTHER_ACCOUNT)),
        Some(account) => {
            let found = app.store.account_get(&caller.tenant.id, &account).await?;
            found.ok_or_else(|| ApiError::field("account", "Your tenant has no such account."))
        }
    }
}

/// The scopes of the new token: those that were asked for, or all that are allowed.
fn within(scopes: Option<Scopes>, allowed: &Scopes) -> Checked<Scopes> {
    let scopes = scopes.unwrap_or_else(|| allowed.clone());
    let beyond: Vec<_> = scopes.difference(allowed).map(|scope| scope.as_str()).collect();
    if !beyond.is_empty() {
        let sentence = format!("The scopes {} are more than you or the account may have.", beyond.join(", "));
        return Err(field_error("scopes", sentence));
    }
    if scopes.is_empty() {
        Err(field_error("scopes", "There is no scope that the token could have."))
    } else {
        Ok(scopes)
    }
}

fn name(name: Field) -> Checked<String> {
    let name = name.required_string("name")?;
    let is_valid = name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control) && !name.trim().is_empty();
    let sentence = "The name must be 1 to 100 characters, with no control character.";
    if is_valid { Ok(name) } else { Err(field_error("name", sentence)) }
}

fn scopes(scopes: Field) -> Checked<Option<Scopes>> {
    let Some(given) = scopes.into_value() else { return Ok(None) };
    let scope = |scope: &Value| scope.as_str().and_then(|scope| scope.parse::<Scope>().ok());
    let scopes: Option<Scopes> = given.as_array().and_then(|scopes| scopes.iter().map(scope).collect());
    let sentence =
        || format!("The scopes must be a list of some of {}.", Scope::ALL.map(|scope| scope.as_str()).join(", "));
    scopes.filter(|scopes| !scopes.is_empty()).map(Some).ok_or_else(|| field_error("scopes", sentence()))
}

fn account(account: Field) -> Checked<Option<AccountId>> {
    let account = account.optional_string("account")?;
    let account = account.map(|account| account.parse::<AccountId>()).transpose();
    account.map_err(|invalid| field_error("account", format!("The account {invalid}.")))
}
