//! A change of an account: of its role, or of the person who uses it.

use crate::accounts::fields::{email, permissions};
use crate::accounts::manager::Manager;
use crate::accounts::shapes::AccountShape;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::app::App;
use shared::http::{All as _, ApiError, Field, JsonBody, Members, PathParam};
use shared::model::{Account, AccountId};

const CHANGED: &str = "The account was changed meanwhile. Look at it and try again.";

/// What to change.
#[derive(Deserialize)]
struct ChangeBody {
    role: Field,
    scopes: Field,
    email: Field,
}

/// Changes the role or the mail address of an account. Another address takes the account from the person who had it.
pub(super) async fn change(
    State(app): State<App>,
    manager: Manager,
    PathParam(id): PathParam<AccountId>,
    body: JsonBody,
) -> Result<Json<AccountShape>, ApiError> {
    let Members { known, unknown } = Members::<ChangeBody>::of(body.value)?;
    let fields = (permissions(known.role, known.scopes), email(known.email), unknown.refuse());
    let (permissions, email, ()) = fields.all()?;
    let tenant = &manager.0.tenant.id;
    let mut account = app.store.account_get(tenant, &id).await?.ok_or(ApiError::NotFound)?;
    if let Some(email) = email {
        if !app.store.account_set_person(tenant, &account, Some(&email), None, app.clock.now()).await? {
            return Err(ApiError::Conflict(CHANGED));
        }
        account = Account { email: Some(email), identity: None, ..account };
    }
    if let Some((role, scopes)) = permissions {
        manager.not_own(&id)?;
        if !app.store.account_set_role(tenant, &id, role, &scopes).await? {
            return Err(ApiError::NotFound);
        }
        account = Account { role, scopes, ..account };
    }
    Ok(Json(account.into()))
}
