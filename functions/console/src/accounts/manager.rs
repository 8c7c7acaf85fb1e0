//! The caller of these operations: an admin.

use axum::extract::FromRequestParts;
use http::request::Parts;
use shared::app::App;
use shared::http::{ApiError, Caller};
use shared::model::{AccountId, Role, Scope};

const NOT_ADMIN: &str = "Only an admin manages accounts.";
const OWN: &str = "Another admin has to do this: nobody changes their own role, or removes their own account.";

/// An admin who is signed in.
pub(crate) struct Manager(pub(super) Caller);

impl FromRequestParts<App> for Manager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let is_admin = caller.account.role == Role::Admin && caller.scopes.contains(&Scope::TokensManage);
        if is_admin { Ok(Self(caller)) } else { Err(ApiError::Forbidden(NOT_ADMIN)) }
    }
}

impl Manager {
    /// Refuses the manager's own account, so that a tenant always has an admin.
    ///
    /// # Errors
    /// Returns [`ApiError::Forbidden`] if it is.
    pub(super) fn not_own(&self, account: &AccountId) -> Result<(), ApiError> {
        if *account == self.0.account.id { Err(ApiError::Forbidden(OWN)) } else { Ok(()) }
    }
}
