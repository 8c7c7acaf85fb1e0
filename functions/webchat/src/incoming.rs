//! Messages that people send in a webchat, in OpenDialog's own format.

use crate::session::WebchatSession;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::app::App;
use shared::crypto::{Session, sha256};
use shared::http::{ApiError, BodyErrors, ErrorCollector, Field, JsonBody, Members, Problem, TableErrors, TurnLimits};
use shared::model::{Author, Event, EventIds, EventShape, Snapshot, time};
use shared::store::{LinkRecord, WriteOutcome};
use shared::telemetry::metrics::{self, Metric};
use utoipa::ToSchema;

const OTHERS_USER: &str = "A session may only write the interactions of its own user.";
const OTHER_CONTENT: &str = "Another message was stored under this message_id.";

/// A message of OpenDialog's webchat.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"notification": "message", "user_id": "ann", "message_id": "9b2f6d0e",
    "content": {"type": "text", "callback_id": "", "data": {"text": "hello"}, "user": {"first_name": "Ann"}}}))]
pub(crate) struct WebchatMessage {
    /// Always `message`.
    #[schema(value_type = String, pattern = "^message$")]
    notification: Field,
    /// The session's user.
    #[schema(value_type = String, min_length = 1, max_length = 384)]
    user_id: Field,
    /// Not read: a session writes what its user says.
    #[schema(value_type = Option<String>)]
    #[expect(dead_code, reason = "OpenDialog's webchat sends it, so the description names it")]
    author: Field,
    /// Unique for the user. A message that is sent again is stored once.
    #[schema(value_type = String, min_length = 1, max_length = 128)]
    message_id: Field,
    /// The message itself.
    #[schema(value_type = MessageContent)]
    content: Field,
}

#[derive(Deserialize, ToSchema)]
struct MessageContent {
    /// Not read: `message_id` names the message.
    #[schema(value_type = Option<String>)]
    #[expect(dead_code, reason = "OpenDialog's webchat sends it, so the description names it")]
    id: Field,
    /// `text`, `button_response`, `form_response`, …; a `url_click` is accepted and not stored.
    #[serde(rename = "type")]
    #[schema(value_type = String, min_length = 1, max_length = 128)]
    kind: Field,
    #[schema(value_type = Option<String>)]
    callback_id: Field,
    /// The member `text` is what the user said.
    #[schema(value_type = Option<Object>)]
    data: Field,
    /// What the user said, if `data` has no `text`.
    #[schema(value_type = Option<String>)]
    text: Field,
    /// What the page knows of the user.
    #[schema(value_type = Option<Object>)]
    user: Field,
}

/// Send a message
///
/// Stores a message of OpenDialog's webchat for the session's user, dated by the server. The same `message_id` of a
/// session, or of sessions that began on one UTC day, is stored once. The response is an empty list: no chatbot answers here. Other members
/// are ignored.
#[utoipa::path(
    post, path = "/incoming/webchat", tag = "Webchat page", operation_id = "incomingMessage",
    request_body = WebchatMessage,
    responses(
        (status = 200, body = Vec<Object>, description = "Stored", example = json!([])),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The credentials or the body cannot be understood",
            headers(("WWW-Authenticate" = String))),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "No session, or one that is over",
            headers(("WWW-Authenticate" = String))),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "Another user than the session's"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Another message has this message_id"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "The user's messages of a minute or a day are used up",
            headers(("Retry-After" = String))),
        BodyErrors, TableErrors,
    ),
    security(("session" = []))
)]
pub(crate) async fn incoming(
    State(app): State<App>,
    webchat: WebchatSession,
    limits: TurnLimits,
    body: JsonBody,
) -> Result<Json<[Value; 0]>, ApiError> {
    let (now, session) = (app.clock.now(), &webchat.session);
    let mut event = read(body, session, now)?;
    if app.store.data_key().user_hash(&session.tenant, &event.user_id) != session.user {
        return Err(ApiError::Forbidden(OTHERS_USER));
    }
    let is_stored = event.interaction.kind != "url_click";
    let times = is_stored.then_some((event.interaction.id.as_str(), now)).into_iter().collect();
    let dated = limits.count(&app, session, times, 1, now).await?;
    if let Some(first) = dated.get(&event.interaction.id) {
        event.interaction.date = *first;
        store(&app, &webchat, &event, now).await?;
    }
    Ok(Json([]))
}

async fn store(app: &App, webchat: &WebchatSession, event: &Event, now: DateTime<Utc>) -> Result<(), ApiError> {
    let WebchatSession { tenant, link: LinkRecord { hash, link, activity }, .. } = webchat;
    let interaction = &event.interaction;
    let day = interaction.date.date_naive();
    let conversed = interaction.is_conversation() && activity.conversed_at.is_none() && !link.test;
    let written = app.store.message_write(tenant, event, activity.active_day, &|| app.clock.now()).await?;
    match written {
        WriteOutcome::Conflict => return Err(ApiError::Conflict(OTHER_CONTENT).with_code("message_id_used")),
        WriteOutcome::Erased => return Err(ApiError::InvalidToken),
        WriteOutcome::Created | WriteOutcome::Duplicate => {}
    }
    metrics::count(app, Metric::InteractionsWritten, usize::from(written == WriteOutcome::Created));
    if conversed || activity.active_day != Some(day) {
        app.store.link_active((hash, link), day, conversed, now).await?;
    }
    Ok(())
}

/// Reads a message. Its `message_id` is the id of the interaction.
fn read(body: JsonBody, session: &Session, now: DateTime<Utc>) -> Result<Event, ApiError> {
    let Members { known: message, .. } = Members::<WebchatMessage>::of(body.value)?;
    let mut errors = ErrorCollector::default();
    if message.notification.into_value().is_none_or(|notification| notification != "message") {
        errors.note("notification", "The notification must be message.");
    }
    let id = errors.keep(message.message_id.required_string("message_id"));
    let content = if let Some(Value::Object(content)) = message.content.into_value() {
        content
    } else {
        errors.note("content", "The content field is required and must be an object.");
        Map::new()
    };
    let Members { known: content, .. } = Members::<MessageContent>::of_object(content);
    let data = content.data.into_value();
    let said = data.as_ref().and_then(|data| data.get("text").cloned()).or_else(|| content.text.into_value());
    let shape = EventShape {
        id,
        user_id: message.user_id.into_value(),
        author: Some(Author::User),
        kind: content.kind.into_value().and_then(text),
        date: Some(time::format(now)),
        text: said.and_then(text),
        data,
        callback_id: content.callback_id.into_value().and_then(text),
        scenario_id: Some(session.scenario.as_str().to_owned()),
        user: content.user.into_value().and_then(snapshot),
        ..EventShape::default()
    };
    let checked = shape.check(now, &mut EventIds::new(sha256)).map_err(|wrong| {
        let sentences = wrong.into_iter().map(|(field, invalid)| (path(field).to_owned(), format!("{invalid}.")));
        sentences.collect::<ErrorCollector>().into_errors()
    });
    Ok(errors.finish(checked)?)
}

/// The text of a member. OpenDialog's webchat may send other values, which count as not given.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// What the page knows of the user. A value that is not such an object counts as not given. The scenario is the session's,
/// whatever the page says.
pub(crate) fn snapshot(value: Value) -> Option<Snapshot> {
    let mut snapshot: Snapshot = serde_json::from_value(value).ok()?;
    snapshot.custom.shift_remove("selected_scenario");
    Some(snapshot)
}

/// The path of an event's field in a message.
fn path(field: &str) -> &str {
    match field {
        "id" => "message_id",
        "type" => "content.type",
        "data" => "content.data",
        other => other,
    }
}
