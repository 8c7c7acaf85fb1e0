//! One turn of a report, read with a sentence for each field that is wrong.

use crate::session::WebchatSession;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::crypto::Session;
use shared::http::{Checked, ErrorCollector, Field, Members, field_error};
use shared::model::{Author, Event, EventIds, EventShape, Snapshot, time};
use utoipa::ToSchema;

/// The length of a session in milliseconds.
const LONGEST: i64 = Session::SECONDS * 1000;

/// One message of the user or of the chatbot.
#[derive(Deserialize, ToSchema)]
#[schema(as = ReportedTurn)]
pub(crate) struct TurnBody {
    /// 1 to 128 bytes, unique for the user and the author. A turn that is reported again is stored once.
    #[schema(value_type = String)]
    message_id: Field,
    /// `us` is the user, `them` the chatbot.
    #[schema(value_type = String)]
    author: Field,
    /// `text`, `button_response`, `form_response`, …; a `url_click` is accepted and not stored.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Field,
    /// What was said.
    #[schema(value_type = Option<String>)]
    text: Field,
    /// Further data.
    #[schema(value_type = Option<Object>)]
    data: Field,
    /// Added to `data`.
    #[schema(value_type = Option<String>)]
    callback_id: Field,
    /// How many milliseconds after the session began it was said; just now if not given. Never counts as later than now.
    /// A page's clock may be wrong, and reports of one conversation may take different times to arrive, so neither a date
    /// nor the time of arrival keeps the order.
    #[schema(value_type = Option<u64>)]
    after: Field,
}

/// Reads a turn of the session's user.
///
/// # Errors
/// Returns [`FieldErrors`](shared::http::FieldErrors) with every field that is wrong.
pub(crate) fn read(
    turn: Value,
    webchat: &WebchatSession,
    user: Option<Snapshot>,
    now: DateTime<Utc>,
    ids: &mut EventIds,
) -> Checked<Event> {
    let Value::Object(turn) = turn else { return Err(field_error("turn", "The turn must be a JSON object.")) };
    let Members { known: turn, unknown } = Members::<TurnBody>::of_object(turn);
    let session = &webchat.session;
    let mut errors = ErrorCollector::default();
    let after = errors.keep(turn.after.bounded_number("after", 0..=LONGEST)).flatten().unwrap_or(LONGEST);
    let said_at = (time::from_seconds(session.iat) + TimeDelta::milliseconds(after)).min(now);
    let author = errors.keep(author(turn.author)).unwrap_or_default();
    let data = turn.data.into_value();
    let shape = EventShape {
        id: errors.keep(turn.message_id.required_string("message_id")),
        user_id: Some(webchat.link.link.user_id.as_str().into()),
        author: Some(author),
        kind: errors.keep(turn.kind.optional_string("type")).flatten(),
        date: Some(time::format(said_at)),
        text: errors.keep(turn.text.optional_string("text")).flatten(),
        data: if author == Author::Bot { Some(as_reported(data)) } else { data },
        callback_id: errors.keep(turn.callback_id.optional_string("callback_id")).flatten(),
        scenario_id: Some(session.scenario.as_str().to_owned()),
        user,
        ..EventShape::default()
    };
    errors.keep(unknown.refuse());
    let checked = shape.check(now, ids).map_err(|wrong| {
        let path = |field: &str| if field == "id" { "message_id".to_owned() } else { field.to_owned() };
        let sentences = wrong.into_iter().map(|(field, invalid)| (path(field), format!("{invalid}.")));
        sentences.collect::<ErrorCollector>().into_errors()
    });
    errors.finish(checked)
}

/// Marks the data of a turn of the chatbot. Data of another type is refused with the turn.
fn as_reported(data: Option<Value>) -> Value {
    match data {
        Some(Value::Object(mut members)) => {
            members.insert("reported".to_owned(), true.into());
            Value::Object(members)
        }
        // PHP writes an empty object as an empty array.
        Some(Value::Array(items)) if items.is_empty() => as_reported(None),
        None => as_reported(Some(Map::new().into())),
        Some(other) => other,
    }
}

fn author(given: Field) -> Checked<Author> {
    let author = given.into_value().and_then(|author| serde_json::from_value(author).ok());
    author.ok_or_else(|| field_error("author", "The author must be us or them."))
}
