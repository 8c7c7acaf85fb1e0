//! From a code to its webchat page: one read, and the click counted beside it.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use shared::app::App;
use shared::crypto::Handoff;
use shared::http::ApiError;
use shared::model::{Code, LinkStatus};
use shared::store::LinkRecord;
use shared::telemetry::metrics::{self, Metric};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a redirect waits for its click to be counted.
const COUNT_TIMEOUT: Duration = Duration::from_millis(150);
/// Length of a [`Code`].
const CODE_LENGTH: usize = 16;
/// Longest name of an HTML entity that is recognised: `&hellip;` is one of the longer ones of punctuation.
const MAX_ENTITY: usize = 8;

/// A link that works.
pub(crate) struct LiveLink(Arc<LinkRecord>);

/// The result of looking up a path.
pub(crate) enum Found {
    Live(LiveLink),
    /// A link that is revoked, expired or used up, with the scenario's contact.
    Over(Option<Url>),
    Nothing,
}

/// Finds the link of a path. A path that is not a code costs no read.
///
/// # Errors
/// Returns [`ApiError`] if the table cannot be read.
pub(crate) async fn find(app: &App, path: &str) -> Result<Found, ApiError> {
    let Some(code) = code(path) else { return Ok(Found::Nothing) };
    let hash = app.store.data_key().link_hash(&code);
    let Some(record) = app.store.link_follow(&hash).await? else {
        metrics::count(app, Metric::CodesUnknown, 1);
        return Ok(Found::Nothing);
    };
    Ok(match record.link.status(&record.activity, app.clock.now()) {
        LinkStatus::Live => Found::Live(LiveLink(record)),
        LinkStatus::Revoked | LinkStatus::Expired | LinkStatus::UsedUp => Found::Over(record.link.contact.clone()),
    })
}

/// The code at the beginning of a path, if no letter and no digit follows: programs that find links in a text take
/// punctuation, blanks and the HTML entities of both for a part of the link, in any number.
fn code(path: &str) -> Option<Code> {
    let (code, mut rest) = path.split_at_checked(CODE_LENGTH)?;
    while let Some(first) = rest.chars().next() {
        rest = match entity(rest) {
            Some(after) => after,
            None if !first.is_alphanumeric() => &rest[first.len_utf8()..],
            None => return None,
        };
    }
    code.parse().ok()
}

/// What follows an HTML entity at the beginning of a text: `&gt;`, `&#62;`, `&#x3e;`.
fn entity(text: &str) -> Option<&str> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    let name = name.strip_prefix('#').unwrap_or(name);
    let is_name = (1..=MAX_ENTITY).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then_some(after)
}

/// Counts a click. A redirect never fails because of it, and waits for it no longer than [`COUNT_TIMEOUT`]. Test links
/// are not counted.
pub(crate) async fn count(app: &App, LiveLink(record): &LiveLink) {
    if record.link.test {
        return;
    }
    if app.store.click_buffered(record, app.clock.now()) {
        metrics::count(app, Metric::LinksClicked, 1);
        return;
    }
    match try_count(app, record).await {
        Ok(()) => metrics::count(app, Metric::LinksClicked, 1),
        Err(error) => {
            tracing::warn!(%error, "a click was not counted");
            metrics::count(app, Metric::ClicksLost, 1);
        }
    }
}

/// Counts in a task of its own, which goes on after the time-out.
async fn try_count(app: &App, record: &Arc<LinkRecord>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (store, record, now) = (app.store.clone(), record.clone(), app.clock.now());
    let counting = tokio::spawn(async move { store.link_clicked(&record, now).await });
    Ok(tokio::time::timeout(COUNT_TIMEOUT, counting).await???)
}

/// Redirects to the webchat page, with a fresh handoff in the fragment unless the page has no `preload.js` to remove it.
/// Browsers send fragments to no server.
///
/// # Errors
/// Returns [`ApiError::Unexpected`] if the page's URL is not a header value.
pub(crate) fn lead(app: &App, live: &LiveLink) -> Result<Response, ApiError> {
    let LinkRecord { hash, link, .. } = &*live.0;
    let target = if link.without_handoff {
        link.target.as_str().to_owned()
    } else {
        let (tenant, scenario, asks) = (link.tenant.clone(), link.scenario.clone(), link.max_uses.is_some());
        let handoff = Handoff::new(tenant, scenario, hash.clone(), asks, app.clock.now());
        // A target has no fragment of its own, and a handoff no character that a fragment escapes.
        format!("{}#handoff={}", link.target, app.config.signer.sign(&handoff))
    };
    let location = HeaderValue::try_from(target).map_err(|error| ApiError::Unexpected(error.into()))?;
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}
