//! The list of accounts, and one of them.

use crate::accounts::manager::Manager;
use crate::accounts::shapes::{AccountList, AccountShape};
use axum::Json;
use axum::extract::State;
use shared::app::App;
use shared::http::{ApiError, PathParam};
use shared::model::AccountId;

/// The accounts of the tenant, by name.
pub(super) async fn list(State(app): State<App>, Manager(caller): Manager) -> Result<Json<AccountList>, ApiError> {
    let accounts = app.store.account_list(&caller.tenant.id).await?;
    Ok(Json(AccountList { data: accounts.into_iter().map(AccountShape::from).collect() }))
}

/// One account.
pub(super) async fn show(
    State(app): State<App>,
    Manager(caller): Manager,
    PathParam(id): PathParam<AccountId>,
) -> Result<Json<AccountShape>, ApiError> {
    let account = app.store.account_get(&caller.tenant.id, &id).await?;
    account.map(|account| Json(account.into())).ok_or(ApiError::NotFound)
}
