//! An event of a request body, read with a sentence for each field that is wrong.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::http::{Checked, ErrorCollector, Field, Members, field_error};
use shared::model::{Author, Event, EventIds, EventShape, Snapshot, Tenant, lenient_text};
use utoipa::ToSchema;

/// Unknown members of an event that a response names. Their names are the client's, so a response that named all of
/// them for each of 1,000 events would be as large as the request.
const NAMED_MEMBERS: usize = 3;
/// Characters of the name of an unknown member that a response shows.
const NAMED_CHARACTERS: usize = 64;

/// An interaction, and the user it belongs to.
#[derive(Deserialize, ToSchema)]
#[schema(as = Event, example = json!({"id": "9b2f6d0e", "user_id": "ann", "type": "text",
    "date": "2022-09-21T08:19:33.000000Z", "text": "hello", "data": {"value": ""}, "scenario_id": "0x420",
    "user": {"first_name": "Ann", "country": "AT", "custom": {"plan": "gold"}}}))]
pub(crate) struct EventBody {
    /// At most 128 bytes, unique for the user, author and microsecond. Without one, the id is derived from the content
    /// and the event's position among those of its user, author and second in the request: to retry, send the whole
    /// request again, not a part of it.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    id: Field,
    /// 1 to 384 characters.
    #[schema(value_type = String, min_length = 1, max_length = 384)]
    user_id: Field,
    /// `us` is the user (the default), `them` the chatbot.
    #[schema(value_type = Option<Author>)]
    author: Field,
    /// `text`, `button_response`, `form_response`, `longtext_response`, `chat_open`, `trigger`, or any other of at most
    /// 128 characters. A `url_click` is accepted and not stored.
    #[serde(rename = "type")]
    #[schema(value_type = String, min_length = 1, max_length = 128)]
    kind: Field,
    /// When it was said: a date and time with or without offset (none means UTC), at most five minutes ahead.
    #[schema(value_type = String, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    date: Field,
    /// What was said; empty if not given.
    #[schema(value_type = Option<String>)]
    text: Field,
    /// Further data of the interaction.
    #[schema(value_type = Option<Object>)]
    data: Field,
    /// Added to `data`.
    #[schema(value_type = Option<String>)]
    callback_id: Field,
    /// The scenario of the conversation.
    #[schema(value_type = Option<String>)]
    scenario_id: Field,
    /// What the chatbot was asked, as OpenDialog's exports log it.
    #[schema(value_type = Option<Object>)]
    request: Field,
    /// What the chatbot answered, as OpenDialog's exports log it.
    #[schema(value_type = Option<Object>)]
    response: Field,
    /// What was known of the user then. Stored with the first event of the day.
    #[schema(value_type = Option<UserBody>)]
    user: Field,
    /// Only of the type `attributes`, which has no other members than `user_id`, `type`, `attributes` and `at`: scalars, or
    /// arrays of scalars, merged into the user's context. The newest value of each name wins, as with links.
    #[schema(value_type = Option<Object>)]
    attributes: Field,
    /// Only of the type `attributes`: when they were valid; now if not given.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$")]
    at: Field,
}

/// What was known of a user, as `chatbot_user_data` shows it.
#[derive(Deserialize, ToSchema)]
#[schema(as = EventUser)]
pub(crate) struct UserBody {
    #[schema(value_type = Option<String>)]
    first_name: Field,
    #[schema(value_type = Option<String>)]
    last_name: Field,
    #[schema(value_type = Option<String>)]
    email: Field,
    #[schema(value_type = Option<String>)]
    external_id: Field,
    #[schema(value_type = Option<String>)]
    ip_address: Field,
    #[schema(value_type = Option<String>)]
    country: Field,
    #[schema(value_type = Option<String>)]
    browser_language: Field,
    #[schema(value_type = Option<String>)]
    os: Field,
    #[schema(value_type = Option<String>)]
    browser: Field,
    #[schema(value_type = Option<String>)]
    timezone: Field,
    #[schema(value_type = Option<String>)]
    platform: Field,
    /// Everything else.
    #[schema(value_type = Option<Object>)]
    custom: Field,
}

/// Reads an event of a tenant; `ids` derives the id of an event without one.
///
/// # Errors
/// Returns [`FieldErrors`](shared::http::FieldErrors) with every field that is wrong.
pub(crate) fn read(value: Value, tenant: &Tenant, now: DateTime<Utc>, ids: &mut EventIds) -> Checked<Event> {
    let Value::Object(object) = value else {
        return Err(field_error("event", "The event must be a JSON object."));
    };
    let Members { known, unknown } = Members::<EventBody>::of_object(object);
    let mut errors = ErrorCollector::default();
    let shape = EventShape {
        id: errors.keep(known.id.optional_string("id")).flatten(),
        user_id: known.user_id.into_value(),
        author: errors.keep(author(known.author)).flatten(),
        kind: errors.keep(known.kind.optional_string("type")).flatten(),
        date: errors.keep(known.date.optional_string("date")).flatten(),
        text: errors.keep(known.text.optional_string("text")).flatten(),
        data: known.data.into_value(),
        callback_id: errors.keep(known.callback_id.optional_string("callback_id")).flatten(),
        scenario_id: errors.keep(known.scenario_id.optional_string("scenario_id")).flatten(),
        request: known.request.into_value(),
        response: known.response.into_value(),
        user: snapshot(known.user, &mut errors),
    };
    refuse("", unknown.names(), &mut errors);
    for (name, field) in [("attributes", known.attributes), ("at", known.at)] {
        if field.is_given() {
            errors.note(name, format!("The {name} field is only for events of the type attributes."));
        }
    }
    let checked = match shape.check(now, ids) {
        Ok(event) if event.interaction.date < tenant.kept_from(now) => {
            Err(field_error("date", "The date is before what is kept."))
        }
        Ok(event) => Ok(event),
        Err(wrong) => {
            let sentences = wrong.into_iter().map(|(field, invalid)| (field.to_owned(), format!("{invalid}.")));
            Err(sentences.collect::<ErrorCollector>().into_errors())
        }
    };
    errors.finish(checked)
}

fn author(given: Field) -> Checked<Option<Author>> {
    let author = given.into_value().map(serde_json::from_value).transpose();
    author.map_err(|_| field_error("author", "The author must be us or them."))
}

/// Reads what was known of the user, as exports and webchats write it: a number counts as text.
fn snapshot(given: Field, errors: &mut ErrorCollector) -> Option<Snapshot> {
    let Value::Object(members) = given.into_value()? else {
        errors.note("user", "The user must be an object.");
        return None;
    };
    let Members { known, unknown } = Members::<UserBody>::of_object(members);
    refuse("user.", unknown.names(), errors);
    Some(Snapshot {
        first_name: text(known.first_name),
        last_name: text(known.last_name),
        email: text(known.email),
        external_id: text(known.external_id),
        ip_address: text(known.ip_address),
        country: text(known.country),
        browser_language: text(known.browser_language),
        os: text(known.os),
        browser: text(known.browser),
        timezone: text(known.timezone),
        platform: text(known.platform),
        custom: custom(known.custom, errors),
    })
}

fn text(given: Field) -> String {
    given.into_value().map(lenient_text).unwrap_or_default()
}

fn custom(given: Field, errors: &mut ErrorCollector) -> Map<String, Value> {
    match given.into_value() {
        Some(Value::Object(custom)) => return custom,
        Some(_) => errors.note("user.custom", "The user.custom must be an object."),
        None => {}
    }
    Map::new()
}

/// Notes unknown members, as far as a response has room for them.
fn refuse<'a>(parent: &str, names: impl Iterator<Item = &'a str>, errors: &mut ErrorCollector) {
    for name in names.take(NAMED_MEMBERS) {
        let name: String = name.chars().take(NAMED_CHARACTERS).collect();
        errors.note(format!("{parent}{name}"), format!("The {parent}{name} field is not known."));
    }
}
