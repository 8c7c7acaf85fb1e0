//! A new account.

use crate::accounts::fields::{email, permissions};
use crate::accounts::manager::Manager;
use crate::accounts::shapes::AccountShape;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use shared::app::App;
use shared::http::{All as _, ApiError, Checked, Field, JsonBody, Members, field_error};
use shared::model::{Account, AccountId};

const TAKEN: &str = "Your tenant has an account of this name already.";

/// An account to create.
#[derive(Deserialize)]
struct CreateBody {
    id: Field,
    role: Field,
    scopes: Field,
    email: Field,
}

/// Creates an account. With a mail address, the person of that address can sign in as it.
pub(super) async fn create(
    State(app): State<App>,
    Manager(caller): Manager,
    body: JsonBody,
) -> Result<(StatusCode, Json<AccountShape>), ApiError> {
    let Members { known, unknown } = Members::<CreateBody>::of(body.value)?;
    let fields = (id(known.id), permissions(known.role, known.scopes), email(known.email), unknown.refuse());
    let (id, permissions, email, ()) = fields.all()?;
    let (role, scopes) = permissions.ok_or_else(|| ApiError::field("role", "The role field is required."))?;
    let account = Account { email, ..Account::new(id, role, scopes) };
    if app.store.account_create(&caller.tenant.id, &account).await? {
        Ok((StatusCode::CREATED, Json(account.into())))
    } else {
        Err(ApiError::field("id", TAKEN))
    }
}

fn id(id: Field) -> Checked<AccountId> {
    let id = id.required_string("id")?;
    id.parse::<AccountId>().map_err(|invalid| field_error("id", format!("The name {invalid}.")))
}
