//! Who writes from a webchat page: the person of a session, as long as the session's link is not revoked.

use axum::extract::FromRequestParts;
use http::request::Parts;
use shared::app::App;
use shared::crypto::Session;
use shared::http::{ApiError, bearer};
use shared::model::{LinkState, Tenant};

/// The person of a live session. As a handler's argument it is taken before the body, so that a stranger learns nothing
/// of how a body is read.
pub(crate) struct Visitor {
    pub(crate) session: Session,
    pub(crate) tenant: Tenant,
    /// What became of the session's link.
    pub(crate) link: LinkState,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers)?;
        let session: Session = app.config.signer.verify(token, app.clock.now()).map_err(|_| ApiError::InvalidToken)?;
        let (link, tenant) = tokio::join!(app.store.link_get(&session.link), app.store.tenant_get(&session.tenant));
        match (link?, tenant?) {
            (Some((_, link)), Some(tenant)) if link.revoked_at.is_none() => Ok(Self { session, tenant, link }),
            _ => Err(ApiError::InvalidToken),
        }
    }
}
