//! An event of a body, read with a sentence for everything that is wrong.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::http::{ApiError, FieldErrors, Fields};
use shared::model::{Author, Event, EventIds, EventShape, Snapshot, Tenant};
use utoipa::ToSchema;

/// Unknown members of an event that are named, and how much of each name.
const NAMED_MEMBERS: usize = 3;
const NAMED_CHARACTERS: usize = 64;
/// What may be known of a user.
const KNOWN_OF_USER: [&str; 12] = [
    "first_name",
    "last_name",
    "email",
    "external_id",
    "ip_address",
    "country",
    "browser_language",
    "os",
    "browser",
    "timezone",
    "platform",
    "custom",
];

/// Something that was said, and the user it belongs to.
#[derive(Deserialize, ToSchema)]
#[schema(as = Event, example = json!({"id": "9b2f6d0e", "user_id": "ann", "type": "text",
    "date": "2022-09-21T08:19:33.000000Z", "text": "hello", "data": {"value": ""}, "scenario_id": "0x420",
    "user": {"first_name": "Ann", "country": "AT", "custom": {"plan": "gold"}}}))]
#[expect(dead_code, reason = "describes what `read` takes from the body")]
pub(crate) struct EventBody {
    /// At most 128 bytes, unique for the user, author and microsecond. Without one, one is derived from the content and
    /// the event's place among those of its user, author and second in the request: then send the same request again,
    /// not a part of it.
    id: Option<String>,
    /// 1 to 384 characters.
    user_id: String,
    /// `us` is the user (the default), `them` the chatbot.
    author: Option<String>,
    /// `text`, `button_response`, `form_response`, `longtext_response`, `chat_open`, `trigger`, or any other of at most
    /// 128 characters; a `url_click` is taken and not stored.
    #[serde(rename = "type")]
    kind: String,
    /// When it was said: a date and time with or without offset (none is UTC), at most five minutes ahead.
    date: String,
    /// What was said; empty if not given.
    text: Option<String>,
    /// What else came with it.
    #[schema(value_type = Option<Object>)]
    data: Option<Map<String, Value>>,
    /// Joins the data.
    callback_id: Option<String>,
    /// The scenario it happened in.
    scenario_id: Option<String>,
    /// What was known of the user then; kept with the first event of the day.
    user: Option<UserBody>,
}

/// What was known of a user, as `chatbot_user_data` shows it.
#[derive(Deserialize, ToSchema)]
#[schema(as = EventUser)]
#[expect(dead_code, reason = "describes what `snapshot` takes from the body")]
pub(crate) struct UserBody {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    external_id: Option<String>,
    ip_address: Option<String>,
    country: Option<String>,
    browser_language: Option<String>,
    os: Option<String>,
    browser: Option<String>,
    timezone: Option<String>,
    platform: Option<String>,
    /// Everything else.
    #[schema(value_type = Option<Object>)]
    custom: Option<Map<String, Value>>,
}

/// Reads an event of a tenant.
pub(crate) fn read(
    value: Value,
    tenant: &Tenant,
    now: DateTime<Utc>,
    ids: &mut EventIds,
) -> Result<Event, FieldErrors> {
    let Value::Object(object) = value else {
        return Err(FieldErrors::from([("event".to_owned(), vec!["The event must be a JSON object.".to_owned()])]));
    };
    let mut fields = Fields::of_object(object);
    let shape = EventShape {
        id: fields.optional_string("id"),
        user_id: fields.take("user_id"),
        author: author(&mut fields),
        kind: fields.optional_string("type"),
        date: fields.optional_string("date"),
        text: fields.optional_string("text"),
        data: fields.take("data"),
        callback_id: fields.optional_string("callback_id"),
        scenario_id: fields.optional_string("scenario_id"),
        user: snapshot(&mut fields),
    };
    let unknown = fields.take_rest();
    refuse(&mut fields, "", unknown.keys());
    let checked = shape.check(now, ids);
    for (field, invalid) in checked.as_ref().err().into_iter().flatten() {
        fields.wrong(*field, format!("{invalid}."));
    }
    if checked.as_ref().is_ok_and(|event| event.interaction.date < tenant.kept_from(now)) {
        fields.wrong("date", "The date is before what is kept.");
    }
    match (fields.finish(), checked) {
        (Ok(()), Ok(event)) => Ok(event),
        (Err(ApiError::Invalid(errors)), _) => Err(errors),
        _ => Err(FieldErrors::new()),
    }
}

fn author(fields: &mut Fields) -> Option<Author> {
    let author = serde_json::from_value(fields.take("author")?);
    if author.is_err() {
        fields.wrong("author", "The author must be us or them.");
    }
    author.ok()
}

/// What was known of the user, read as exports and webchats write it: a number is taken for text.
fn snapshot(fields: &mut Fields) -> Option<Snapshot> {
    let given = fields.take("user")?;
    let Some(members) = given.as_object() else {
        fields.wrong("user", "The user must be an object.");
        return None;
    };
    refuse(fields, "user.", members.keys().filter(|name| !KNOWN_OF_USER.contains(&name.as_str())));
    if members.get("custom").is_some_and(|custom| !custom.is_object() && !custom.is_null()) {
        fields.wrong("user.custom", "The user.custom must be an object.");
    }
    serde_json::from_value(given).ok()
}

/// Refuses members that are not known: their names are the caller's, so an answer has room for some of them.
fn refuse<'a>(fields: &mut Fields, of: &str, names: impl Iterator<Item = &'a String>) {
    for name in names.take(NAMED_MEMBERS) {
        let name: String = name.chars().take(NAMED_CHARACTERS).collect();
        fields.wrong(format!("{of}{name}"), format!("The {of}{name} field is not known."));
    }
}
