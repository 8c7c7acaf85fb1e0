//! Turns of a conversation that the page of a webchat reports: of its user, and of a chatbot that is not ours.

use crate::incoming::snapshot;
use crate::session::WebchatSession;
use crate::turn::{self, TurnBody};
use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::app::App;
use shared::crypto::sha256;
use shared::http::{
    ApiError, BodyErrors, Field, FieldErrors, Members, PageBody, Problem, TableErrors, TurnLimits, bearer,
};
use shared::model::{Event, EventIds};
use shared::store::{ErasedUserPolicy, LinkRecord, WriteOutcome};
use shared::telemetry::metrics::{self, Metric};
use utoipa::ToSchema;

/// Maximum number of turns of a report. `preload.js` sends at most 20, because a browser limits what outlives a page to 64 KB.
const TURNS: usize = 50;

/// The report of a page.
#[derive(Deserialize, ToSchema)]
#[schema(as = TurnsReport, example = json!({"session": "eyJ0eXAiOi…", "user": {"first_name": "Ann"}, "turns": [
    {"message_id": "9b2f6d0e", "author": "us", "type": "text", "text": "hello", "after": 4200},
    {"message_id": "5c1d7a44", "author": "them", "type": "text", "text": "How can I help?", "after": 5100}]}))]
pub(crate) struct TurnsBody {
    /// The session, if the request has no `Authorization`: `navigator.sendBeacon` sends no headers.
    #[schema(value_type = Option<String>)]
    session: Field,
    /// What the page knows of the user.
    #[schema(value_type = Option<Object>)]
    user: Field,
    /// 1 to 50 turns.
    #[schema(value_type = Vec<TurnBody>)]
    turns: Field,
}

/// How many turns of a report were stored.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({"created": 1, "duplicate": 0, "conflict": 0, "ignored": 0, "invalid": 1,
    "errors": {"turns.1.type": ["The type must be a string of 1 to 128 characters."]}}))]
pub(crate) struct TurnsStored {
    /// Turns that this request stored.
    created: usize,
    /// Turns that were stored before.
    duplicate: usize,
    /// Turns whose `message_id` belongs to another turn.
    conflict: usize,
    /// Turns of type `url_click`.
    ignored: usize,
    /// Turns that were not stored because they are invalid.
    invalid: usize,
    /// The errors of the invalid turns, by field.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    errors: FieldErrors,
}

/// Report turns
///
/// A page reports the messages of both sides that its webchat widget shows, so that they are stored without OpenDialog's
/// help. The session is the bearer token or, for `navigator.sendBeacon`, a member of the body; the turns are stored for its
/// user. An invalid turn does not affect the others. The first text, button or form of the user counts the link as conversed.
/// What the chatbot said is stored with `reported: true` in its `data`: a page reported it, and the session cannot prove it.
#[utoipa::path(
    post, path = "/webchat/turns", tag = "Webchat page", operation_id = "reportTurns",
    request_body(content((TurnsBody = "application/json"), (String = "text/plain")),
        description = "JSON; browsers send it as `text/plain` without a preflight"),
    responses(
        (status = 200, body = TurnsStored, description = "What was stored"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The credentials or the body cannot be understood",
            headers(("WWW-Authenticate" = String))),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "No session, or one that is over",
            headers(("WWW-Authenticate" = String))),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "The user's messages of a minute or a day are used up",
            headers(("Retry-After" = String))),
        BodyErrors, TableErrors,
    ),
    security(("session" = []), ())
)]
pub(crate) async fn turns(
    State(app): State<App>,
    headers: HeaderMap,
    limits: TurnLimits,
    body: Result<PageBody, ApiError>,
) -> Result<Json<TurnsStored>, ApiError> {
    let report = body.and_then(|PageBody(body)| Members::<TurnsBody>::of(body));
    let in_body = report.as_ref().ok().and_then(|report| report.known.session.clone().query_string());
    let webchat = WebchatSession::of(in_body.as_deref().map_or_else(|| bearer(&headers), Ok)?, &app).await?;
    // A request without a session gets no errors about its body.
    let Members { known, unknown } = report?;
    unknown.refuse()?;
    let turns = match known.turns.into_value() {
        Some(Value::Array(turns)) if (1..=TURNS).contains(&turns.len()) => turns,
        _ => return Err(ApiError::field("turns", "The turns must be a list of 1 to 50 turns.")),
    };
    let (now, user) = (app.clock.now(), known.user.into_value().and_then(snapshot));
    let number = turns.len();
    let (mut stored, mut events) = (TurnsStored::default(), Vec::with_capacity(turns.len()));
    let mut ids = EventIds::new(sha256);
    for (index, turn) in (0_i64..).zip(turns) {
        match turn::read(turn, &webchat, user.clone(), now, &mut ids) {
            Ok(event) if event.interaction.kind == "url_click" => stored.ignored += 1,
            Ok(mut event) => {
                // Turns of one instant keep their order.
                event.interaction.date += TimeDelta::microseconds(index);
                events.push(event);
            }
            Err(errors) => {
                stored.invalid += 1;
                stored.errors.extend(errors.into_iter().map(|(path, said)| (format!("turns.{index}.{path}"), said)));
            }
        }
    }
    // Of turns with one message_id, the first determines the time.
    let times =
        events.iter().rev().map(|Event { interaction, .. }| (interaction.id.as_str(), interaction.date)).collect();
    let dated = limits.count(&app, &webchat.session, times, number, now).await?;
    for Event { interaction, .. } in &mut events {
        interaction.date = dated[&interaction.id];
    }
    store(&app, &webchat, &events, &mut stored).await?;
    Ok(Json(stored))
}

async fn store(
    app: &App,
    webchat: &WebchatSession,
    events: &[Event],
    stored: &mut TurnsStored,
) -> Result<(), ApiError> {
    let WebchatSession { tenant, link: LinkRecord { hash, link, activity }, .. } = webchat;
    let written = app.store.events_write(tenant, events, &|| app.clock.now(), ErasedUserPolicy::Refuse).await?;
    for outcome in &written {
        match outcome {
            WriteOutcome::Created => stored.created += 1,
            WriteOutcome::Duplicate => stored.duplicate += 1,
            WriteOutcome::Conflict => stored.conflict += 1,
            WriteOutcome::Erased => return Err(ApiError::InvalidToken),
        }
    }
    metrics::count(app, Metric::InteractionsWritten, stored.created);
    // Not for a report of the chatbot's turns alone: they do not write the day's header as the user's first message does.
    let conversation = events.iter().map(|event| &event.interaction).find(|interaction| interaction.is_conversation());
    if let Some(conversation) = conversation.filter(|_| activity.conversed_at.is_none() && !link.test) {
        app.store.link_active((hash, link), conversation.date.date_naive(), true, app.clock.now()).await?;
    }
    Ok(())
}
