//! The links of a request: computed from its seed, checked against the size of a response, then stored.

use crate::generate::idempotency::IdempotencySeed;
use crate::generate::request::{GenerateRequest, NAMED_ROWS, Row};
use crate::generate::validity::NOT_IN_FUTURE;
use serde::Serialize;
use shared::app::App;
use shared::crypto::base64url;
use shared::http::{ApiError, Caller, FieldErrors, LinksWrite, can_be_passed_on};
use shared::model::{CampaignId, Link, Scenario, Tenant, UserId};
use shared::store::{LinkBatch, NewLink};
use shared::telemetry::metrics::{self, Metric};
use std::time::Duration;
use utoipa::ToSchema;

/// 20 s for storing the links, because API Gateway waits 30 s for a response.
const STORE_TIMEOUT: Duration = Duration::from_secs(20);
/// A page without handoffs counts no uses.
pub(crate) const NO_USES: &str =
    "The max_uses needs a page with preload.js: the page of this scenario exchanges no handoffs.";
const TOO_LARGE: &str = "The answer would be larger than 6 MB. Send fewer users at a time.";

/// A link that was made. Its URL is shown only in this response.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"user_id": "abc123", "url": "https://go.example.com/9fKq3vXw7LmB2aTz",
    "link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi"}))]
pub(crate) struct MadeLink {
    /// The user of the row.
    user_id: String,
    /// The short URL.
    #[schema(format = "uri")]
    url: String,
    /// The public name of the link. It does not reveal the URL.
    link_id: String,
}

/// The scenario that a request names, with a webchat page.
///
/// # Errors
/// Returns [`ApiError::Invalid`] if the tenant has no such scenario, or if the request limits uses that the scenario's page
/// never counts, [`ApiError::Missing`] if the scenario has no webchat page, and the error of the store.
pub(crate) async fn scenario(app: &App, tenant: &Tenant, request: &GenerateRequest) -> Result<Scenario, ApiError> {
    match app.store.scenario_find(&tenant.id, &request.scenario).await? {
        None => Err(ApiError::field("scenario_id", "The selected scenario does not exist.")),
        Some(scenario) if scenario.page.is_none() => Err(no_page()),
        Some(scenario) if !scenario.hands_off() && request.rows.iter().any(|row| row.validity.max_uses.is_some()) => {
            Err(ApiError::field("max_uses", NO_USES))
        }
        Some(scenario) => Ok(scenario),
    }
}

/// Checks that every link expires after it is made.
///
/// # Errors
/// Returns [`ApiError::Invalid`] with the first 1,000 rows whose links do not.
pub(crate) fn check_expiry(request: &GenerateRequest, seed: &IdempotencySeed) -> Result<(), ApiError> {
    let expired = |(_, row): &(usize, &Row)| row.validity.expires_at(seed.made_at).is_some_and(|at| at <= seed.made_at);
    let sentence = |(index, _)| (format!("dataset.{index}.expires_at"), vec![NOT_IN_FUTURE.to_owned()]);
    let errors: FieldErrors = request.rows.iter().enumerate().filter(expired).take(NAMED_ROWS).map(sentence).collect();
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Invalid(errors)) }
}

/// Makes all links of a request and returns the body of the response. If an earlier request with the same
/// `Idempotency-Key` stored them, nothing is written.
///
/// # Errors
/// Returns [`ApiError::Invalid`] if the response would be too large (checked before anything is stored) or the campaign
/// is revoked, [`ApiError::Timeout`] if storing takes longer than 20 s, and the error of the store. After an error some
/// links may be stored, but no client knows their URLs.
pub(crate) async fn create(
    app: &App,
    caller: &Caller<LinksWrite>,
    scenario: &Scenario,
    request: GenerateRequest,
    seed: &IdempotencySeed,
) -> Result<Vec<u8>, ApiError> {
    let batch = batch(app, caller, scenario, &request, seed)?;
    let (links, made) = links(app, &caller.tenant, scenario, request, seed, &batch)?;
    let body = serde_json::to_vec(&made).map_err(unexpected)?;
    if !can_be_passed_on(&body) {
        return Err(ApiError::field("dataset", TOO_LARGE));
    }
    if !seed.done {
        let number = links.len();
        let storing = store(app, caller, seed, &batch, links);
        tokio::time::timeout(STORE_TIMEOUT, storing).await.map_err(|_| ApiError::Timeout("links_create"))??;
        metrics::count(app, Metric::LinksMade, number);
    }
    Ok(body)
}

/// Stores the links of a request. A repeat after an interruption writes the same items again.
async fn store(
    app: &App,
    caller: &Caller<LinksWrite>,
    seed: &IdempotencySeed,
    batch: &LinkBatch,
    links: Vec<NewLink>,
) -> Result<(), ApiError> {
    let campaign = app.store.campaign_ensure(batch).await?;
    if campaign.revoked_at.is_some() {
        return Err(ApiError::field("campaign", "The campaign was revoked: its links would not work."));
    }
    app.store.links_create(batch, links).await?;
    seed.finish(app, caller).await
}

/// The batch of a request. Its id, and the name of a campaign that the request does not name, follow from the seed.
fn batch(
    app: &App,
    caller: &Caller<LinksWrite>,
    scenario: &Scenario,
    request: &GenerateRequest,
    seed: &IdempotencySeed,
) -> Result<LinkBatch, ApiError> {
    let tenant = &caller.tenant;
    // `usize::MAX` is the index of no row, so these bytes differ from those of every row.
    let derived =
        base64url(&app.store.data_key().derive_bytes(&tenant.id, &seed.bytes, &request.body_hash, usize::MAX));
    let campaign = match &request.campaign {
        Some(campaign) => campaign.clone(),
        None => derived[..12].parse::<CampaignId>().map_err(unexpected)?,
    };
    let kept_until = tenant.link_kept_until(seed.made_at, None);
    let ends = request.rows.iter().map(|row| row.validity.expires_at(seed.made_at));
    Ok(LinkBatch {
        id: derived[12..].to_owned(),
        tenant: tenant.id.clone(),
        campaign,
        scenario: scenario.id.clone(),
        made_at: seed.made_at,
        kept_until: ends.map(|end| tenant.link_kept_until(seed.made_at, end)).fold(kept_until, Ord::max),
        test: request.test,
        repeated: seed.repeated,
    })
}

/// The links of a request, as they are stored and as the response shows them.
fn links(
    app: &App,
    tenant: &Tenant,
    scenario: &Scenario,
    request: GenerateRequest,
    seed: &IdempotencySeed,
    batch: &LinkBatch,
) -> Result<(Vec<NewLink>, Vec<MadeLink>), ApiError> {
    let (key, Tenant { id, .. }) = (app.store.data_key(), tenant);
    let mut links = Vec::with_capacity(request.rows.len());
    let mut made = Vec::with_capacity(request.rows.len());
    let codes = key.codes((id, &batch.campaign), &seed.bytes, &request.body_hash);
    for ((index, Row { user_id, attributes, validity }), (code, hash)) in
        request.rows.into_iter().enumerate().zip(codes)
    {
        let derived = || derived_user(key.derive_bytes(id, &seed.bytes, &request.body_hash, index));
        let user_id = user_id.map_or_else(derived, Ok)?;
        made.push(MadeLink {
            user_id: user_id.as_str().to_owned(),
            url: format!("{}{}", seed.base, code.reveal()),
            link_id: key.link_id(id, &hash).as_str().to_owned(),
        });
        let expires_at = validity.expires_at(batch.made_at);
        let link = Link {
            tenant: id.clone(),
            scenario: scenario.id.clone(),
            user_hash: key.user_hash(id, &user_id),
            target: scenario.target(&user_id).ok_or_else(no_page)?,
            without_handoff: !scenario.hands_off(),
            user_id,
            campaign: batch.campaign.clone(),
            created_at: batch.made_at,
            contact: scenario.contact.clone(),
            expires_at,
            end_changed_at: None,
            kept_until: tenant.link_kept_until(batch.made_at, expires_at),
            max_uses: validity.max_uses,
            test: batch.test,
            attributes,
        };
        links.push(NewLink { hash, link });
    }
    Ok((links, made))
}

/// The user of a row without a `user_id`: a UUID (RFC 9562, version 4) of derived bytes.
fn derived_user(bytes: [u8; 16]) -> Result<UserId, ApiError> {
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string().parse().map_err(unexpected)
}

fn no_page() -> ApiError {
    ApiError::Missing("Fullpage webchat routes are not enabled.")
}

fn unexpected(error: impl std::error::Error + Send + Sync + 'static) -> ApiError {
    ApiError::Unexpected(Box::new(error))
}
