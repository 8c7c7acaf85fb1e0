//! What people type into a webchat, in OpenDialog's own message format.

use crate::session::WebchatSession;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::app::App;
use shared::crypto::Session;
use shared::http::{ApiError, BodyErrors, Fields, JsonBody, Problem, TableErrors};
use shared::model::{Author, Event, EventIds, EventShape, time};
use shared::store::{ErasedUserPolicy, WriteOutcome};
use shared::telemetry::metrics::{self, Metric};
use utoipa::ToSchema;

const OTHERS_USER: &str = "A session may only write the interactions of its own user.";
const OTHER_CONTENT: &str = "Another message was stored under this message_id.";

/// A message of OpenDialog's webchat.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"notification": "message", "user_id": "ann", "author": "ann", "message_id": "9b2f6d0e",
    "content": {"id": "9b2f6d0e", "type": "text", "callback_id": "", "data": {"text": "hello"}, "user": {"first_name": "Ann"}}}))]
#[expect(dead_code, reason = "describes what `read` takes from the body")]
pub(crate) struct WebchatMessage {
    /// Always `message`.
    notification: String,
    /// The session's user.
    user_id: String,
    /// Who says so; a session speaks for its user only.
    author: Option<String>,
    /// Unique for the user; the same message again is stored once.
    message_id: String,
    /// What is said.
    content: MessageContent,
}

#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes what `read` takes from the body")]
struct MessageContent {
    /// The message's id again.
    id: Option<String>,
    /// `text`, `button_response`, `form_response`, …; a `url_click` is taken and not stored.
    #[serde(rename = "type")]
    kind: String,
    callback_id: Option<String>,
    /// `text` is what was said.
    #[schema(value_type = Option<Object>)]
    data: Option<Map<String, Value>>,
    /// What was said, where `data` does not say it.
    text: Option<String>,
    /// What the page knows of the user.
    #[schema(value_type = Option<Object>)]
    user: Option<Map<String, Value>>,
}

/// Say something
///
/// Stores a message of OpenDialog's webchat for the session's user, dated by the server. The same `message_id` within a
/// day is stored once. The answer is an empty list: no chatbot answers here.
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
        BodyErrors, TableErrors,
    ),
    security(("session" = []))
)]
pub(crate) async fn incoming(
    State(app): State<App>,
    visitor: WebchatSession,
    body: JsonBody,
) -> Result<Json<[Value; 0]>, ApiError> {
    let (now, session) = (app.clock.now(), &visitor.session);
    let event = read(body, session, now)?;
    if app.store.data_key().user_hash(&session.tenant, &event.user_id) != session.user {
        return Err(ApiError::Forbidden(OTHERS_USER));
    }
    if event.interaction.kind != "url_click" {
        store(&app, &visitor, event, now).await?;
    }
    Ok(Json([]))
}

async fn store(app: &App, visitor: &WebchatSession, mut event: Event, now: DateTime<Utc>) -> Result<(), ApiError> {
    let WebchatSession { session, tenant, link, state } = visitor;
    let interaction = &mut event.interaction;
    interaction.date = app.store.message_timestamp(&tenant.id, &session.user, &interaction.id, now).await?;
    let conversed = interaction.is_conversation() && state.conversed_at.is_none() && !link.test;
    let written = app.store.events_write(tenant, &[event], app.clock.now(), ErasedUserPolicy::Refuse).await?;
    match written.as_slice() {
        [WriteOutcome::Conflict] => return Err(ApiError::Conflict(OTHER_CONTENT)),
        [WriteOutcome::Erased] => return Err(ApiError::InvalidToken),
        _ => {}
    }
    metrics::count(app, Metric::InteractionsWritten, usize::from(written == [WriteOutcome::Created]));
    if conversed {
        app.store.link_conversed(&session.link, now).await?;
    }
    Ok(())
}

/// Reads a message; its id is the interaction's. What OpenDialog's webchat sends besides is ignored.
fn read(body: JsonBody, session: &Session, now: DateTime<Utc>) -> Result<Event, ApiError> {
    let mut fields = Fields::of(body.value)?;
    if fields.take("notification").is_none_or(|notification| notification != "message") {
        fields.wrong("notification", "The notification must be message.");
    }
    let message_id = fields.required_string("message_id");
    let mut content = Map::new();
    match fields.take("content") {
        Some(Value::Object(given)) => content = given,
        _ => fields.wrong("content", "The content field is required and must be an object."),
    }
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let data = content.remove("data");
    let shape = EventShape {
        id: message_id,
        user_id: fields.take("user_id"),
        author: Some(Author::User),
        kind: text(content.remove("type")),
        date: Some(time::format(now)),
        text: text(data.as_ref().and_then(|data| data.get("text").cloned()).or_else(|| content.remove("text"))),
        data,
        callback_id: text(content.remove("callback_id")),
        scenario_id: Some(session.scenario.as_str().to_owned()),
        user: content.remove("user").and_then(|user| serde_json::from_value(user).ok()),
    };
    let checked = shape.check(now, &mut EventIds::new(shared::crypto::sha256));
    for (field, invalid) in checked.as_ref().err().into_iter().flatten() {
        fields.wrong(path(field), format!("{invalid}."));
    }
    fields.finish()?;
    checked.map_err(|_| ApiError::Unexpected("a field was refused without a sentence".into()))
}

/// Where a field of an event stands in a message.
fn path(field: &str) -> &str {
    match field {
        "id" => "message_id",
        "type" => "content.type",
        "data" => "content.data",
        other => other,
    }
}
