//! `PATCH /public/api/campaigns/{campaign}`: when the links of a campaign end.

use crate::campaigns::campaign_shape::CampaignShape;
use crate::generate::{LinkValidity, within};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::app::App;
use shared::http::{
    All as _, ApiError, AuthErrors, BodyErrors, Caller, Field, JsonBody, LinksWrite, Members, PathParam, Problem,
    ScopeErrors, TableErrors,
};
use shared::model::CampaignId;
use utoipa::ToSchema;

/// The new end of a campaign.
#[derive(Deserialize, ToSchema)]
#[schema(as = CampaignChange, example = json!({"expires_at": "2030-01-31"}))]
pub(crate) struct CampaignChangeBody {
    /// When the links stop working: a date, or a date and time, in the future. To end a campaign now, revoke it.
    #[schema(value_type = String, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    expires_at: Field,
}

/// Change a campaign
///
/// All links of the campaign that were made until now expire then, whatever their own end was; expired ones work again. The
/// change takes effect within two seconds, and costs the same for any number of links. Links that are made later have their
/// own end, and so has a link whose `expires_at` is changed later. The new end must be at most the campaign's `kept_until`; a
/// link stops working when its own `kept_until` is over. A revoked campaign stays revoked.
#[utoipa::path(
    patch, path = "/public/api/campaigns/{campaign}", tag = "Webchat links", operation_id = "changeCampaign",
    params(("campaign" = String, Path, pattern = "^[A-Za-z0-9._-]{1,64}$", description = "The campaign's name", example = "spring")),
    request_body = CampaignChangeBody,
    responses((status = 200, body = CampaignShape, description = "The campaign after the change"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Your tenant has no such campaign"),
        BodyErrors, AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    PathParam(campaign): PathParam<CampaignId>,
    body: JsonBody,
) -> Result<Json<CampaignShape>, ApiError> {
    let (tenant, now) = (&caller.tenant.id, app.clock.now());
    let Members { known, unknown } = Members::<CampaignChangeBody>::of(body.value)?;
    let validity = LinkValidity::of_request(known.expires_at, Field::default(), Field::default());
    let (validity, ()) = (validity, unknown.refuse()).all()?;
    let expires_at =
        validity.changed_end(now)?.ok_or_else(|| ApiError::field("expires_at", "The expires_at field is required."))?;
    let before = app.store.campaign_get(tenant, &campaign).await?.ok_or(ApiError::NotFound)?;
    within(Some(expires_at), before.kept_until)?;
    app.store.campaign_set_end(tenant, &before, expires_at, now).await?;
    let campaign = app.store.campaign_get(tenant, &campaign).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(CampaignShape::of(&campaign)))
}
