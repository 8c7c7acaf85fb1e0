//! `POST /public/api/generate-webchat-deep-link` and its legacy twin `POST /api/generate-webchat-deeplink`.

mod canonical;
mod create;
mod idempotency;
mod request;
mod validity;

use crate::generate::idempotency::{IdempotencyKey, IdempotencySeed};
use crate::generate::request::GenerateBody;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, BodyErrors, Caller, JsonBody, LinksWrite, Problem, RequestOrigin, ScopeErrors, TableErrors,
};
use std::collections::BTreeMap;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder, response};
use utoipa::{IntoResponses, ToSchema as _};

pub(crate) use crate::generate::create::{MadeLink, NO_USES};
pub(crate) use crate::generate::request::attributes;
pub(crate) use crate::generate::validity::{LinkValidity, within};

/// The responses of both routes, besides the errors that every operation has.
struct GenerateResponses;

impl IntoResponses for GenerateResponses {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        let links = ArrayBuilder::new().items(Ref::from_schema_name(MadeLink::name()));
        let made = ResponseBuilder::new()
            .description("The links, in the order of the dataset")
            .content("application/json", Content::new(Some(links)));
        let no_page = ResponseBuilder::new()
            .description("The scenario has no webchat page")
            .content("application/problem+json", Content::new(Some(Ref::from_schema_name(Problem::name()))));
        [("200", made), ("404", no_page)]
            .map(|(status, response)| (status.to_owned(), RefOr::T(response.build())))
            .into()
    }
}

/// Make links
///
/// Makes one personal short URL for each row of the dataset. A person who opens the URL reaches the scenario's webchat
/// with the attributes already loaded. The URL contains no personal data. The whole dataset is checked first: if a row
/// is invalid, no link is made, and the response names every invalid row (the first 1,000). The links are in the order of
/// the dataset. The spellings `scenarioId`, `scenario_alias`, `scenarioAlias` and `userId` are accepted too. With an
/// `Idempotency-Key` the request can be repeated: for seven days the same key and body return the same links, and no
/// second set is made. Bodies are the same if their JSON is: white space and the order of members do not count.
#[utoipa::path(
    post, path = "/public/api/generate-webchat-deep-link", tag = "Webchat links", operation_id = "generateLinks",
    params(IdempotencyKey), request_body = GenerateBody,
    responses(GenerateResponses, AuthErrors, ScopeErrors, BodyErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn generate(
    State(app): State<App>,
    caller: Caller<LinksWrite>,
    origin: RequestOrigin,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<Response, ApiError> {
    let request = request::read(body, &caller.tenant)?;
    let seed = IdempotencySeed::find(&app, &caller, &key, &request, origin).await?;
    create::check_expiry(&request, &seed)?;
    let scenario = create::scenario(&app, &caller.tenant, &request).await?;
    let seed = seed.begin(&app, &caller, &request).await?;
    let links = create::create(&app, &caller, &scenario, request, &seed).await?;
    Ok(([(CONTENT_TYPE, "application/json")], links).into_response())
}

/// Make links (legacy)
///
/// As `/public/api/generate-webchat-deep-link`, for clients of OpenDialog's legacy API.
#[utoipa::path(
    post, path = "/api/generate-webchat-deeplink", tag = "Webchat links", operation_id = "generateLinksLegacy",
    params(IdempotencyKey), request_body = GenerateBody,
    responses(GenerateResponses, AuthErrors, ScopeErrors, BodyErrors, TableErrors),
    security(("token" = ["links:write"]))
)]
pub(crate) async fn generate_legacy(
    state: State<App>,
    caller: Caller<LinksWrite>,
    origin: RequestOrigin,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<Response, ApiError> {
    generate(state, caller, origin, key, body).await
}
