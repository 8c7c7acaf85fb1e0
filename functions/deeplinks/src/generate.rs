//! Makes the links of an order.

use crate::dataset::{Order, Row};
use serde::Serialize;
use shared::app::App;
use shared::crypto::{base64url, random};
use shared::http::{ApiError, RequestOrigin, can_be_passed_on};
use shared::metrics::{self, Metric};
use shared::model::{CampaignId, Code, Link, Scenario, Tenant};
use shared::store::{NewLink, StoreError};
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
pub(crate) async fn scenario(app: &App, tenant: &Tenant, order: &Order) -> Result<Scenario, ApiError> {
    match app.store.scenario_find(&tenant.id, &order.scenario).await? {
        None => Err(ApiError::field("scenario_id", "The selected scenario does not exist.")),
        Some(scenario) if scenario.page.is_none() => Err(ApiError::Missing("Fullpage webchat routes are not enabled.")),
        Some(scenario) => Ok(scenario),
    }
}

/// Makes every link of an order, or none that anybody knows of, and gives the body of the answer. Whether that can be
/// passed on is known before anything is made.
pub(crate) async fn make(
    app: &App,
    tenant: &Tenant,
    scenario: &Scenario,
    order: Order,
    origin: &RequestOrigin,
) -> Result<Vec<u8>, ApiError> {
    let base = app.config.link_base.as_ref().unwrap_or(&origin.0);
    let (seed, now) = (random::<16>(), app.clock.now());
    let campaign: CampaignId = base64url(&random::<9>()).parse().map_err(unexpected)?;
    let mut links = Vec::with_capacity(order.rows.len());
    let mut made = Vec::with_capacity(order.rows.len());
    for (index, Row { user_id, attributes }) in order.rows.into_iter().enumerate() {
        let key = app.store.data_key();
        let code = key.code(&tenant.id, &seed, &order.body_hash, index);
        let hash = key.link_hash(&code);
        let target = scenario.target(&user_id).ok_or(ApiError::Missing("Fullpage webchat routes are not enabled."))?;
        made.push(MadeLink {
            user_id: user_id.as_str().to_owned(),
            url: short_url(base, &code)?,
            link_id: key.link_id(&tenant.id, &hash).as_str().to_owned(),
        });
        let link = Link {
            tenant: tenant.id.clone(),
            scenario: scenario.id.clone(),
            huser: key.huser(&tenant.id, &user_id),
            user_id,
            campaign: campaign.clone(),
            created_at: now,
            target,
            contact: scenario.contact.clone(),
            attributes,
        };
        links.push(NewLink { hash, link });
    }
    let body = serde_json::to_vec(&made).map_err(unexpected)?;
    if !can_be_passed_on(&body) {
        return Err(ApiError::field("dataset", TOO_LARGE));
    }
    let storing = app.store.links_create(&tenant.id, &campaign, &links, now);
    tokio::time::timeout(PATIENCE, storing).await.map_err(|_| StoreError::out_of_patience("links_create"))??;
    metrics::count(app, Metric::LinksMade, links.len());
    Ok(body)
}

fn short_url(base: &Url, code: &Code) -> Result<String, ApiError> {
    base.join(code.reveal()).map(Into::into).map_err(unexpected)
}

fn unexpected(error: impl std::error::Error + Send + Sync + 'static) -> ApiError {
    ApiError::Unexpected(Box::new(error))
}
