//! From a code to where it leads: one read on the way, the click counted beside it.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use shared::app::App;
use shared::crypto::{Handoff, LinkHash};
use shared::http::ApiError;
use shared::model::{Code, Link, LinkActivity, LinkStatus};
use shared::telemetry::metrics::{self, Metric};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Counting delays an answer by no more.
const PATIENCE: Duration = Duration::from_millis(150);
/// What mail programs and messengers take for a part of the link before it.
const GLUED_ON: [char; 13] = ['.', ',', ')', ']', '}', '>', ';', ':', '!', '?', '\'', '"', '*'];

/// A link that leads somewhere.
pub(crate) struct LiveLink {
    hash: LinkHash,
    record: Arc<(Link, LinkActivity)>,
}

/// What a path stands for.
pub(crate) enum Found {
    Live(LiveLink),
    /// A link that works no longer, and where its person can turn to.
    Over(Option<Url>),
    Nothing,
}

/// Finds the link of a path. What cannot be a code is not looked up.
pub(crate) async fn find(app: &App, path: &str) -> Result<Found, ApiError> {
    let code = path.parse().or_else(|invalid| path.strip_suffix(GLUED_ON).ok_or(invalid)?.parse::<Code>());
    let Ok(code) = code else { return Ok(Found::Nothing) };
    let hash = app.store.data_key().link_hash(&code);
    let Some(record) = app.store.link_follow(&hash).await? else { return Ok(Found::Nothing) };
    let (link, state) = &*record;
    Ok(match link.status(state, app.clock.now()) {
        LinkStatus::Live => Found::Live(LiveLink { hash, record }),
        LinkStatus::Revoked | LinkStatus::Expired | LinkStatus::UsedUp => Found::Over(link.contact.clone()),
    })
}

/// Counts a click, or gives up waiting for it: counting never breaks the redirect. Test links are not counted.
pub(crate) async fn count(app: &App, live: &LiveLink) {
    if live.record.0.test {
        return;
    }
    let (store, link, now) = (app.store.clone(), live.hash.clone(), app.clock.now());
    let counting = tokio::spawn(async move { store.link_clicked(&link, now).await });
    match tokio::time::timeout(PATIENCE, counting).await {
        Ok(Ok(Ok(()))) => return metrics::count(app, Metric::LinksClicked, 1),
        Ok(Ok(Err(error))) => tracing::warn!(%error, "a click was not counted"),
        Ok(Err(_)) | Err(_) => tracing::warn!("a click was not counted in time"),
    }
    metrics::count(app, Metric::ClicksLost, 1);
}

/// Leads to the webchat page, with a fresh handoff in the fragment, which no server, log or Referer sees.
pub(crate) fn lead(app: &App, live: &LiveLink) -> Response {
    let (hash, (link, _)) = (&live.hash, &*live.record);
    let handoff = Handoff::new(
        link.tenant.clone(),
        link.scenario.clone(),
        hash.clone(),
        link.max_uses.is_some(),
        app.clock.now(),
    );
    let mut target = link.target.clone();
    target.set_fragment(Some(&format!("handoff={}", app.config.signer.sign(&handoff))));
    let location = HeaderValue::from_str(target.as_str());
    let location = location.map(|location| [(header::LOCATION, location)]);
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    match location {
        Ok(location) => (StatusCode::FOUND, location, headers).into_response(),
        Err(error) => ApiError::Unexpected(error.into()).into_response(),
    }
}
