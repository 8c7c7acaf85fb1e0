//! The session of a webchat page. It ends when its link or the link's campaign is revoked.

use axum::extract::FromRequestParts;
use http::request::Parts;
use shared::app::App;
use shared::crypto::Session;
use shared::http::{ApiError, bearer};
use shared::model::{LinkStatus, Tenant};
use shared::store::{Freshness, LinkRecord};
use std::sync::Arc;

/// A live session. As a handler's argument it is extracted before the body, so that a request without a session gets no
/// errors about its body.
pub(crate) struct WebchatSession {
    pub(crate) session: Session,
    pub(crate) tenant: Arc<Tenant>,
    /// The link whose handoff was exchanged for the session.
    pub(crate) link: LinkRecord,
}

impl FromRequestParts<App> for WebchatSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Self::of(bearer(&parts.headers)?, app).await
    }
}

impl WebchatSession {
    /// The session of a token, which a request without headers has in its body.
    ///
    /// # Errors
    /// Returns [`ApiError::InvalidToken`] if the session is over, and the error of the store.
    pub(crate) async fn of(token: &str, app: &App) -> Result<Self, ApiError> {
        let session: Session = app.config.signer.verify(token, app.clock.now()).map_err(|_| ApiError::InvalidToken)?;
        let (link, tenant) = tokio::join!(
            app.store.link_get(&session.link, Freshness::Consistent),
            app.store.tenant_shared(&session.tenant)
        );
        let (Some(link), Some(tenant)) = (link?, tenant?) else { return Err(ApiError::InvalidToken) };
        // A link that expired or is used up opens no further session. The sessions that it opened go on.
        match link.link.status(&link.activity, app.clock.now()) {
            LinkStatus::Revoked => Err(ApiError::InvalidToken),
            LinkStatus::Live | LinkStatus::Expired | LinkStatus::UsedUp => Ok(Self { session, tenant, link }),
        }
    }
}
