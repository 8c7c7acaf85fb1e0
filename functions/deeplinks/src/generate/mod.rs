//! Makes the links of an order.

pub(crate) mod idempotency;
pub(crate) mod request;
mod validity;

use crate::generate::idempotency::IdempotencySeed;
use crate::generate::request::{GenerateRequest, Row};
use serde::Serialize;
use shared::app::App;
use shared::crypto::base64url;
use shared::http::{ApiError, Caller, FieldErrors, LinksWrite, RequestOrigin, can_be_passed_on};
use shared::model::{CampaignId, Link, Scenario, Tenant, UserId};
use shared::store::{LinkBatch, NewLink};
use shared::telemetry::metrics::{self, Metric};
use std::time::Duration;
use url::Url;
use utoipa::ToSchema;

/// Storing takes no longer: API Gateway waits 30 s for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
const TOO_LARGE: &str = "The answer would be larger than 6 MB. Send fewer users at a time.";

/// A link that was made. Its URL is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"user_id": "abc123", "url": "https://go.example.com/9fKq3vXw7LmB2aTz",
    "link_id": "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi"}))]
pub(crate) struct MadeLink {
    /// The person of the row.
    user_id: String,
    /// The short URL.
    url: String,
    /// What names the link without opening it.
    link_id: String,
}

/// The scenario of an order, which must have a webchat page.
pub(crate) async fn scenario(app: &App, tenant: &Tenant, order: &GenerateRequest) -> Result<Scenario, ApiError> {
    match app.store.scenario_find(&tenant.id, &order.scenario).await? {
        None => Err(ApiError::field("scenario_id", "The selected scenario does not exist.")),
        Some(scenario) if scenario.page.is_none() => Err(no_page()),
        Some(scenario) => Ok(scenario),
    }
}

/// Links that end before they begin are refused, by row.
pub(crate) fn check_ends(order: &GenerateRequest, origin: &IdempotencySeed) -> Result<(), ApiError> {
    let over = |(_, row): &(usize, &Row)| row.terms.expires_at(origin.made_at).is_some_and(|end| end <= origin.made_at);
    let sentence =
        |(index, _)| (format!("dataset.{index}.expires_at"), vec!["The expires_at must be in the future.".to_owned()]);
    let wrong: FieldErrors = order.rows.iter().enumerate().filter(over).take(1000).map(sentence).collect();
    if wrong.is_empty() { Ok(()) } else { Err(ApiError::Invalid(wrong)) }
}

/// Makes every link of an order, or none that anybody knows of, and gives the body of the answer. Whether that can be
/// passed on is known before anything is made. What was
/// made before is only told again.
pub(crate) async fn make(
    app: &App,
    caller: &Caller<LinksWrite>,
    scenario: &Scenario,
    order: GenerateRequest,
    origin: &IdempotencySeed,
    domain: &RequestOrigin,
) -> Result<Vec<u8>, ApiError> {
    let batch = batch(app, caller, scenario, &order, origin)?;
    let (links, made) = links(app, scenario, order, origin, &batch, domain)?;
    let body = serde_json::to_vec(&made).map_err(unexpected)?;
    if !can_be_passed_on(&body) {
        return Err(ApiError::field("dataset", TOO_LARGE));
    }
    if !origin.done {
        let storing = store(app, caller, origin, &batch, &links);
        tokio::time::timeout(PATIENCE, storing).await.map_err(|_| ApiError::Timeout("links_create"))??;
        metrics::count(app, Metric::LinksMade, links.len());
    }
    Ok(body)
}

/// Stores the links of a request. Sent again after an interruption, it stores the same.
async fn store(
    app: &App,
    caller: &Caller<LinksWrite>,
    origin: &IdempotencySeed,
    batch: &LinkBatch,
    links: &[NewLink],
) -> Result<(), ApiError> {
    let campaign = app.store.campaign_ensure(&batch.tenant, &batch.campaign, batch.made_at).await?;
    if campaign.revoked_at.is_some() {
        return Err(ApiError::field("campaign", "The campaign was revoked: its links would not work."));
    }
    app.store.links_create(batch, links).await?;
    origin.finish(app, caller).await
}

fn batch(
    app: &App,
    caller: &Caller<LinksWrite>,
    scenario: &Scenario,
    order: &GenerateRequest,
    origin: &IdempotencySeed,
) -> Result<LinkBatch, ApiError> {
    let tenant = &caller.tenant.id;
    // Behind the last row: what is made up for the request itself.
    let derive_bytes =
        base64url(&app.store.data_key().derive_bytes(tenant, &origin.seed, &order.body_hash, usize::MAX));
    let campaign = match &order.campaign {
        Some(campaign) => campaign.clone(),
        None => derive_bytes[..12].parse::<CampaignId>().map_err(unexpected)?,
    };
    Ok(LinkBatch {
        id: derive_bytes[12..].to_owned(),
        tenant: tenant.clone(),
        campaign,
        scenario: scenario.id.clone(),
        made_at: origin.made_at,
        test: order.test,
    })
}

fn links(
    app: &App,
    scenario: &Scenario,
    order: GenerateRequest,
    origin: &IdempotencySeed,
    batch: &LinkBatch,
    domain: &RequestOrigin,
) -> Result<(Vec<NewLink>, Vec<MadeLink>), ApiError> {
    let (key, tenant) = (app.store.data_key(), &batch.tenant);
    let base = app.config.link_base.as_ref().unwrap_or(&domain.0);
    let mut links = Vec::with_capacity(order.rows.len());
    let mut made = Vec::with_capacity(order.rows.len());
    for (index, Row { user_id, attributes, terms }) in order.rows.into_iter().enumerate() {
        let code = key.code((tenant, &batch.campaign), &origin.seed, &order.body_hash, index);
        let hash = key.link_hash(&code);
        let derive_bytes = || user_of(key.derive_bytes(tenant, &origin.seed, &order.body_hash, index));
        let user_id = user_id.map_or_else(derive_bytes, Ok)?;
        made.push(MadeLink {
            user_id: user_id.as_str().to_owned(),
            url: short_url(base, code.reveal())?,
            link_id: key.link_id(tenant, &hash).as_str().to_owned(),
        });
        let link = Link {
            tenant: tenant.clone(),
            scenario: scenario.id.clone(),
            user_hash: key.user_hash(tenant, &user_id),
            target: scenario.target(&user_id).ok_or_else(no_page)?,
            user_id,
            campaign: batch.campaign.clone(),
            created_at: batch.made_at,
            contact: scenario.contact.clone(),
            expires_at: terms.expires_at(batch.made_at),
            max_uses: terms.max_uses,
            test: batch.test,
            attributes,
        };
        links.push(NewLink { hash, link });
    }
    Ok((links, made))
}

/// A user is made up as a UUID (RFC 9562, version 4).
fn user_of(derive_bytes: [u8; 16]) -> Result<UserId, ApiError> {
    uuid::Builder::from_random_bytes(derive_bytes).into_uuid().to_string().parse().map_err(unexpected)
}

fn short_url(base: &Url, code: &str) -> Result<String, ApiError> {
    base.join(code).map(Into::into).map_err(unexpected)
}

fn no_page() -> ApiError {
    ApiError::Missing("Fullpage webchat routes are not enabled.")
}

fn unexpected(error: impl std::error::Error + Send + Sync + 'static) -> ApiError {
    ApiError::Unexpected(Box::new(error))
}
