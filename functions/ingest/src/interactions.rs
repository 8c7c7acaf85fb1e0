//! Stores the events of a request one by one, and reports the outcome of each.

use crate::attributes;
use crate::event::{self, EventBody};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::app::App;
use shared::http::{
    ApiError, AuthErrors, BodyErrors, Caller, FieldErrors, InteractionsWrite, JsonItems, Problem, ScopeErrors,
    TableErrors,
};
use shared::model::{Event, EventIds};
use shared::store::{ErasedUserPolicy, WriteOutcome};
use shared::telemetry::metrics::{self, Metric};
use utoipa::ToSchema;

/// Maximum number of events of a request.
const EVENTS: usize = 1000;
/// Two events as NDJSON, for the description.
const LINES: &str = r#"{"user_id":"ann","type":"text","date":"2022-09-21T08:19:33Z","text":"hello"}
{"user_id":"ann","author":"them","type":"text","date":"2022-09-21T08:19:34Z","text":"Hello, Ann."}
"#;
const ERASED: &str = "The user was erased after that.";

/// The outcome of each event of a request.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"created": 1, "duplicate": 0, "conflict": 0, "invalid": 1, "results": [
    {"index": 0, "id": "9b2f6d0e", "status": "created"},
    {"index": 1, "status": "invalid", "errors": {"date": ["The date is not a valid date."]}}]}))]
pub(crate) struct Verdicts {
    /// Events that this request stored.
    created: usize,
    /// Events that were stored before with the same content, as after a retry.
    duplicate: usize,
    /// Events whose user, author, date and id belong to a stored event with other content.
    conflict: usize,
    /// Events that were not stored because they are invalid.
    invalid: usize,
    /// In the order of the request.
    results: Vec<Verdict>,
}

/// The outcome of an event.
#[derive(Serialize, ToSchema)]
struct Verdict {
    /// Its index in the array, or the number of its line, counted from zero.
    index: usize,
    /// Its id, given or derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<String>,
    status: Status,
    /// The errors of an invalid event, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>, nullable = false)]
    errors: Option<FieldErrors>,
}

/// A problem, with the outcome of each event unless the whole body was refused.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"type": "about:blank", "title": "Unprocessable Entity", "status": 422, "code": "field_invalid",
    "detail": "The given data was invalid.", "instance": "urn:uuid:0199f3a1-8f4e-7a6c-9c63-0a8f5f1f2b11",
    "message": "The given data was invalid.", "created": 0, "duplicate": 0, "conflict": 0, "invalid": 1, "results": [
        {"index": 0, "status": "invalid", "errors": {"date": ["The date is not a valid date."]}}]}))]
pub(crate) struct NoneValid {
    #[serde(flatten)]
    problem: Problem,
    created: Option<usize>,
    duplicate: Option<usize>,
    conflict: Option<usize>,
    invalid: Option<usize>,
    results: Option<Vec<Verdict>>,
}

/// `merged` is of attributes of a user, `ignored` of a `url_click`, which is accepted and not stored.
#[derive(Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = VerdictStatus)]
enum Status {
    Created,
    Duplicate,
    Conflict,
    Invalid,
    Merged,
    Ignored,
}

/// Store interactions
///
/// Takes a JSON array of events, or one event a line, at most 1,000. The response has the outcome of each: an invalid
/// event does not affect the others. An event that is reported as created is durable. After a 503, or without a response,
/// send the same request again: an event that was stored is reported as a duplicate, and no event is stored twice. If no
/// event is valid the response is 422, with the same members. An event from before its user was erased is invalid.
///
/// An event of the type `attributes` is no interaction: its `attributes` are merged into the user's context, as those of a
/// link are. To merge them again changes nothing.
#[utoipa::path(
    post, path = "/public/api/interactions", tag = "Interactions", operation_id = "storeInteractions",
    request_body(content((Vec<EventBody> = "application/json"), (String = "application/x-ndjson", example = json!(LINES)))),
    responses((status = 200, body = Verdicts, description = "The outcome of each event"),
        AuthErrors, ScopeErrors, BodyErrors, TableErrors,
        (status = 422, body = NoneValid, content_type = "application/problem+json",
            description = "No event is valid, or the body is not a list of at most 1,000 events")),
    security(("token" = ["interactions:write"]))
)]
pub(crate) async fn write(
    State(app): State<App>,
    caller: Caller<InteractionsWrite>,
    JsonItems(items): JsonItems<EVENTS>,
) -> Result<Json<Verdicts>, ApiError> {
    let now = app.clock.now();
    let (mut ids, mut events, mut places) = (EventIds::new(shared::crypto::sha256), Vec::new(), Vec::new());
    let (mut users, mut user_places) = (Vec::new(), Vec::new());
    let mut results = Vec::with_capacity(items.len());
    for (index, item) in items {
        if item.as_ref().is_ok_and(attributes::is_attributes) {
            match item.and_then(|value| attributes::read(value, &app, &caller.tenant, now)) {
                Ok(user) => {
                    user_places.push(results.len());
                    results.push(Verdict { index, id: None, status: Status::Merged, errors: None });
                    users.push(user);
                }
                Err(errors) => results.push(Verdict::invalid(index, errors)),
            }
            continue;
        }
        match item.and_then(|value| event::read(value, &caller.tenant, now, &mut ids)) {
            Ok(event) if event.interaction.kind == "url_click" => {
                results.push(Verdict::of(index, &event, Status::Ignored));
            }
            Ok(event) => {
                places.push(results.len());
                results.push(Verdict::of(index, &event, Status::Created));
                events.push(event);
            }
            Err(errors) => results.push(Verdict::invalid(index, errors)),
        }
    }
    let written =
        app.store.events_write(&caller.tenant, &events, &|| app.clock.now(), ErasedUserPolicy::Refuse).await?;
    for (place, written) in places.into_iter().zip(written) {
        results[place].decide(written);
    }
    for (place, merged) in user_places.into_iter().zip(attributes::merge(&app, &caller.tenant, &users).await?) {
        if !merged {
            results[place].decide(WriteOutcome::Erased);
        }
    }
    let verdicts = Verdicts::of(results);
    metrics::count(&app, Metric::InteractionsWritten, verdicts.created);
    verdicts.into_answer()
}

impl Verdict {
    fn of(index: usize, event: &Event, status: Status) -> Self {
        Self { index, id: Some(event.interaction.id.clone()), status, errors: None }
    }

    fn invalid(index: usize, errors: FieldErrors) -> Self {
        Self { index, id: None, status: Status::Invalid, errors: Some(errors) }
    }

    fn decide(&mut self, written: WriteOutcome) {
        match written {
            WriteOutcome::Created => self.status = Status::Created,
            WriteOutcome::Duplicate => self.status = Status::Duplicate,
            WriteOutcome::Conflict => self.status = Status::Conflict,
            WriteOutcome::Erased => {
                let errors = FieldErrors::from([("user_id".to_owned(), vec![ERASED.to_owned()])]);
                *self = Self::invalid(self.index, errors);
            }
        }
    }
}

impl Verdicts {
    fn of(results: Vec<Verdict>) -> Self {
        let count = |status| results.iter().filter(|verdict| verdict.status == status).count();
        Self {
            created: count(Status::Created),
            duplicate: count(Status::Duplicate),
            conflict: count(Status::Conflict),
            invalid: count(Status::Invalid),
            results,
        }
    }

    fn into_answer(self) -> Result<Json<Self>, ApiError> {
        if self.invalid < self.results.len() {
            return Ok(Json(self));
        }
        Err(ApiError::Invalid(FieldErrors::new()).with_extensions(&self))
    }
}
