//! The session of a webchat page. It ends when its link or the link's campaign is revoked.

use axum::extract::FromRequestParts;
use http::request::Parts;
use shared::app::App;
use shared::crypto::Session;
use shared::http::{ApiError, bearer};
use shared::model::{Link, LinkActivity, LinkStatus, Tenant};

/// A live session. As a handler's argument it is extracted before the body, so that a request without a session gets no
/// errors about its body.
pub(crate) struct WebchatSession {
    pub(crate) session: Session,
    pub(crate) tenant: Tenant,
    /// The link whose handoff was exchanged for the session.
    pub(crate) link: Link,
    /// Click and use counters of the link.
    pub(crate) state: LinkActivity,
}

impl FromRequestParts<App> for WebchatSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers)?;
        let session: Session = app.config.signer.verify(token, app.clock.now()).map_err(|_| ApiError::InvalidToken)?;
        let (link, tenant) = tokio::join!(app.store.link_get(&session.link), app.store.tenant_get(&session.tenant));
        let (Some((link, state)), Some(tenant)) = (link?, tenant?) else { return Err(ApiError::InvalidToken) };
        // A link that expired or is used up opens no further session. The sessions that it opened go on.
        match link.status(&state, app.clock.now()) {
            LinkStatus::Revoked => Err(ApiError::InvalidToken),
            LinkStatus::Live | LinkStatus::Expired | LinkStatus::UsedUp => Ok(Self { session, tenant, link, state }),
        }
    }
}
