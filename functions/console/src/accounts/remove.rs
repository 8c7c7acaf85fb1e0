//! The removal of an account.

use crate::accounts::manager::Manager;
use axum::extract::State;
use http::StatusCode;
use shared::app::App;
use shared::http::{ApiError, PathParam};
use shared::model::AccountId;

/// Removes an account. Its tokens and sessions stop working at once; links that it created keep working.
pub(super) async fn remove(
    State(app): State<App>,
    manager: Manager,
    PathParam(id): PathParam<AccountId>,
) -> Result<StatusCode, ApiError> {
    manager.not_own(&id)?;
    if app.store.account_remove(&manager.0.tenant.id, &id, app.clock.now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound)
    }
}
