//! The exchange: a handoff and a nonce for what the link tells and a session.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::crypto::{Handoff, Session};
use shared::http::{ApiError, BodyErrors, Fields, JsonBody, Problem, TableErrors};
use shared::model::{Attributes, Link, LinkStatus, time};
use shared::store::ExchangeOutcome;
use shared::telemetry::metrics::{self, Metric};
use utoipa::ToSchema;

const NOT_FROM_HERE: &str = "The webchat of this scenario does not live on this origin.";
const TAKEN: &str = "This handoff was exchanged already. Open the link again.";
const OVER: &str = "This link is no longer valid.";

/// A handoff, and who takes it.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"handoff": "eyJ0eXAiOi…", "nonce": "Xk3vQm9TqLwz5y8A2bCd1e"}), as = Exchange)]
#[expect(dead_code, reason = "describes what `read` takes from the body")]
pub(crate) struct ExchangeBody {
    /// What the fragment of the page's URL had after `handoff=`.
    handoff: String,
    /// Made up by the page, 16 to 64 characters of base64url. Sent again with the same handoff it gets the same answer.
    nonce: String,
}

/// What the link tells the page.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"user_id": "ann", "scenario_id": "0x420", "attributes": {"first_name": "Ann"},
    "session": "eyJ0eXAiOi…", "expires_at": "2026-01-01T12:00:00.000000Z"}))]
pub(crate) struct Exchanged {
    user_id: String,
    scenario_id: String,
    /// What this link was made with.
    #[schema(value_type = Object)]
    attributes: Attributes,
    /// The bearer for `/incoming/webchat`; it may only write this user's interactions.
    session: String,
    /// When the session ends.
    expires_at: String,
}

/// Exchange a handoff
///
/// Once: the first nonce owns the handoff, the same nonce again gets the same answer, so that a lost answer burns
/// nothing. The `Origin` must be that of the scenario's webchat page; it is checked before anything is spent.
#[utoipa::path(
    post, path = "/webchat/exchange", tag = "Webchat page", operation_id = "exchangeHandoff",
    params(("Origin" = String, Header, description = "The origin of the webchat page; browsers send it by themselves")),
    request_body = ExchangeBody,
    responses(
        (status = 200, body = Exchanged, description = "What the link tells, and a session"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is not JSON"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "The handoff is not valid any more",
            headers(("WWW-Authenticate" = String))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "Another origin than the scenario's"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Another nonce owns the handoff"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "The link works no longer"),
        BodyErrors, TableErrors,
    ),
    security(())
)]
pub(crate) async fn exchange(
    State(app): State<App>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Json<Exchanged>, ApiError> {
    let (handoff, nonce) = read(body)?;
    let now = app.clock.now();
    let handoff: Handoff = app.config.signer.verify(&handoff, now).map_err(|_| ApiError::InvalidToken)?;
    let (found, scenario) =
        tokio::join!(app.store.link_get(&handoff.link), app.store.scenario_find(&handoff.tenant, &handoff.scenario),);
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let registered = scenario?.and_then(|scenario| scenario.origin());
    if registered.is_none() || registered.as_deref() != origin {
        return Err(ApiError::Forbidden(NOT_FROM_HERE));
    }
    let Some((link, state)) = found? else { return Err(ApiError::Gone(OVER)) };
    // A use that is left is taken by the transaction below: a repeat of the last one must find its own.
    if matches!(link.status(&state, now), LinkStatus::Revoked | LinkStatus::Expired) {
        return Err(ApiError::Gone(OVER));
    }
    match app.store.handoff_exchange(&handoff, &nonce, &link, now).await? {
        ExchangeOutcome::At(opened_at) => {
            let repeated = opened_at.timestamp() < now.timestamp();
            metrics::count(&app, Metric::LinksOpened, usize::from(!repeated));
            Ok(Json(answer(&app, &handoff, link, opened_at)))
        }
        ExchangeOutcome::Taken => Err(ApiError::Conflict(TAKEN)),
        ExchangeOutcome::Gone => Err(ApiError::Gone(OVER)),
    }
}

fn read(body: JsonBody) -> Result<(String, String), ApiError> {
    let mut fields = Fields::of(body.value)?;
    let (handoff, nonce) = (fields.required_string("handoff"), fields.required_string("nonce"));
    let well_formed = |nonce: &String| {
        (16..=64).contains(&nonce.len())
            && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if nonce.as_ref().is_some_and(|nonce| !well_formed(nonce)) {
        fields.wrong("nonce", "The nonce must be 16 to 64 characters of base64url.");
    }
    fields.refuse_unknown();
    fields.finish()?;
    Ok((handoff.unwrap_or_default(), nonce.unwrap_or_default()))
}

/// The answer follows from the link and the instant it was opened: a repeat of the exchange says the same.
fn answer(app: &App, handoff: &Handoff, link: Link, opened_at: chrono::DateTime<chrono::Utc>) -> Exchanged {
    let iat = opened_at.timestamp();
    let session = Session {
        tenant: link.tenant,
        scenario: link.scenario.clone(),
        link: handoff.link.clone(),
        user: link.user_hash,
        iat,
        exp: iat + Session::SECONDS,
    };
    Exchanged {
        user_id: link.user_id.as_str().to_owned(),
        scenario_id: link.scenario.as_str().to_owned(),
        attributes: link.attributes,
        expires_at: time::format(time::from_seconds(session.exp)),
        session: app.config.signer.sign(&session),
    }
}
