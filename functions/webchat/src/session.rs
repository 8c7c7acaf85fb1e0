//! Who writes from a webchat page: the person of a session, as long as neither the session's link nor its campaign is revoked.

use axum::extract::FromRequestParts;
use http::request::Parts;
use shared::app::App;
use shared::crypto::Session;
use shared::http::{ApiError, bearer};
use shared::model::{Link, LinkActivity, LinkStatus, Tenant};

/// The person of a live session. As a handler's argument it is taken before the body, so that a stranger learns nothing
/// of how a body is read.
pub(crate) struct WebchatSession {
    pub(crate) session: Session,
    pub(crate) tenant: Tenant,
    /// The session's link.
    pub(crate) link: Link,
    /// What became of it.
    pub(crate) state: LinkActivity,
}

impl FromRequestParts<App> for WebchatSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers)?;
        let session: Session = app.config.signer.verify(token, app.clock.now()).map_err(|_| ApiError::InvalidToken)?;
        let (link, tenant) = tokio::join!(app.store.link_get(&session.link), app.store.tenant_get(&session.tenant));
        let (Some((link, state)), Some(tenant)) = (link?, tenant?) else { return Err(ApiError::InvalidToken) };
        // A link that expires or is used up has opened its last session, and does not end it.
        match link.status(&state, app.clock.now()) {
            LinkStatus::Revoked => Err(ApiError::InvalidToken),
            LinkStatus::Live | LinkStatus::Expired | LinkStatus::UsedUp => Ok(Self { session, tenant, link, state }),
        }
    }
}
