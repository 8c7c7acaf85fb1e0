//! `PATCH /public/api/links/{link_id}`: when a link ends, how often it works, and what it tells the webchat.

use crate::generate::{LinkValidity, NO_USES, attributes, within};
use crate::links::link_shape::{LinkShape, link_of, shape};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::app::App;
use shared::http::{
    All as _, ApiError, AuthErrors, BodyErrors, Caller, Field, JsonBody, LinksWrite, Members, PathParam, Problem,
    ScopeErrors, TableErrors,
};
use shared::model::LinkId;
use shared::store::{Freshness, LinkChange};
use utoipa::ToSchema;

/// What changes of a link. What is not given, or null, stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = LinkChange, example = json!({"expires_at": "2030-01-31", "max_uses": 3, "attributes": {"first_name": "Ann"}}))]
pub(crate) struct LinkChangeBody {
    /// When the link stops working, instead of before: a date, or a date and time, in the future. To end a link now, revoke it.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    expires_at: Field,
    /// How often the link can be exchanged in all, those exchanges included that were made.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 1_000_000)]
    max_uses: Field,
    /// Replaces all attributes of the link: scalars, or arrays of scalars. The context of a user who opened the link keeps the
    /// attributes that this leaves out.
    #[schema(value_type = Option<Object>)]
    attributes: Field,
}

/// Change a link
///
/// The change takes effect within two seconds. The new end must be at most the link's `kept_until`. A link that expired works again with a later `expires_at`, and one that was
/// used up with a larger `max_uses`; a revoked link stays revoked. Sending the same change again changes nothing more.
#[utoipa::path(
    patch, path = "/public/api/links/{link_id}", tag = "Webchat links", operation_id = "changeLink",
    params(("link_id" = String, Path, pattern = "^[A-Za-z0-9_-]{32}$", description = "The `link_id` of the response that made the link",
        example = "w0tJ2Yx7f1nU9cQeR4sVhAk3mZpB6dGi")),
    request_body = LinkChangeBody,
    responses((status = 200, body = LinkShape, description = "The link after the change"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Your tenant has no such link"),
        BodyErrors, AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    PathParam(id): PathParam<LinkId>,
    body: JsonBody,
) -> Result<Json<LinkShape>, ApiError> {
    let (hash, now) = (link_of(&app, &caller, &id)?, app.clock.now());
    let Members { known, unknown } = Members::<LinkChangeBody>::of(body.value)?;
    let attributes =
        if known.attributes.is_given() { attributes(known.attributes, &caller.tenant).map(Some) } else { Ok(None) };
    let validity = LinkValidity::of_request(known.expires_at, Field::default(), known.max_uses);
    let (validity, attributes, ()) = (validity, attributes, unknown.refuse()).all()?;
    let expires_at = validity.changed_end(now)?;
    let change = LinkChange { expires_at, max_uses: validity.max_uses, attributes };
    let before = app.store.link_get(&hash, Freshness::Consistent).await?.ok_or(ApiError::NotFound)?;
    within(expires_at, before.link.kept_until)?;
    if change.max_uses.is_some() && before.link.without_handoff {
        return Err(ApiError::field("max_uses", NO_USES));
    }
    if !app.store.link_change(&hash, &change, now).await? {
        return Err(ApiError::NotFound);
    }
    let after = app.store.link_get(&hash, Freshness::Consistent).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(shape(&app, &after)))
}
