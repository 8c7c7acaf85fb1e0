//! The answer with interactions, as OpenDialog shapes it.

use crate::collect::{ByUser, MAX_BYTES, Said, too_large};
use crate::question::{Dialect, Wanted};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::http::{ApiError, can_be_passed_on};
use shared::model::{Filters, Interaction, Period, Snapshot, UserId, time};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Users with what they said: an array of objects with exactly one key, the user id.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"ann": {
    "chatbot_user_data": {"first_name": "Ann", "last_name": "", "email": "", "external_id": "", "ip_address": "",
        "country": "Austria", "browser_language": "de", "os": "", "browser": "Firefox 118", "timezone": "Europe/Vienna",
        "custom": {"selected_scenario": "0x420"}, "id": "ann", "name": "Ann"},
    "from": "2022-09-21T00:00:00.000000Z", "to": "2022-09-22T23:59:59.000000Z",
    "user_id": "ann", "selected_scenario": "0x420", "browser": "Firefox 118",
    "interactions": [{"type": "text", "date": "2022-09-21T08:19:33.000000Z", "text": "hello",
        "data": {"value": "", "callback_id": ""}}]}}]}), as = UserInteractions)]
pub(crate) struct Answer {
    data: Vec<BTreeMap<String, UserShape>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserShape {
    chatbot_user_data: UserData,
    /// The first instant, as given.
    from: String,
    /// The last instant, as given.
    to: String,
    #[serde(flatten)]
    #[schema(value_type = PublicFields)]
    public: Option<PublicFields>,
    /// What the user sent, in time order.
    interactions: Vec<InteractionShape>,
}

/// Of `/public` only.
#[derive(Serialize, ToSchema)]
struct PublicFields {
    #[schema(required = false)]
    user_id: String,
    /// The filter that was applied, else the user's own value.
    selected_scenario: Option<String>,
    /// The filter that was applied, else the user's own value.
    browser: Option<String>,
}

/// What was known of the user; unset fields are empty.
#[derive(Serialize, ToSchema)]
#[schema(as = ChatbotUserData)]
struct UserData {
    first_name: String,
    last_name: String,
    email: String,
    external_id: String,
    ip_address: String,
    country: String,
    browser_language: String,
    os: String,
    browser: String,
    timezone: String,
    /// `selected_scenario` and everything else.
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    /// Of `/public` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Of `/public` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Interaction)]
struct InteractionShape {
    /// `text`, `button_response`, `form_response`, `longtext_response`, `chat_open`, `trigger`, or another.
    #[serde(rename = "type")]
    kind: String,
    /// When it was said, in UTC.
    date: String,
    text: String,
    /// What came with it, `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<Map<String, Value>>,
}

/// Writes the answer, or refuses it when it is too large.
pub(crate) fn write(users: ByUser, wanted: &Wanted, dialect: Dialect) -> Result<Response, ApiError> {
    let user = |said: Said| BTreeMap::from([(said.user_id.as_str().to_owned(), UserShape::of(said, wanted, dialect))]);
    let answer = Answer { data: users.into_values().map(user).collect() };
    let body = serde_json::to_vec(&answer).map_err(|error| ApiError::Unexpected(error.into()))?;
    if body.len() > MAX_BYTES || !can_be_passed_on(&body) {
        return Err(too_large());
    }
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response())
}

impl UserShape {
    fn of(said: Said, wanted: &Wanted, dialect: Dialect) -> Self {
        let Said { user_id, snapshot, interactions } = said;
        let Period { from, to, .. } = wanted.period;
        let public = dialect == Dialect::Public;
        Self {
            from: time::format(from),
            to: time::format(to),
            public: public.then(|| PublicFields::of(&user_id, &snapshot, &wanted.filters)),
            chatbot_user_data: UserData::of(snapshot, public.then_some(&user_id)),
            interactions: interactions.iter().map(InteractionShape::of).collect(),
        }
    }
}

impl PublicFields {
    fn of(user: &UserId, snapshot: &Snapshot, filters: &Filters) -> Self {
        let own = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let applied = |name| filters.get(name).map(str::to_owned);
        Self {
            user_id: user.as_str().to_owned(),
            selected_scenario: applied("selected_scenario")
                .or_else(|| own(snapshot.selected_scenario().unwrap_or_default())),
            browser: applied("browser").or_else(|| own(&snapshot.browser)),
        }
    }
}

impl UserData {
    fn of(snapshot: Snapshot, public: Option<&UserId>) -> Self {
        let name = public.map(|_| snapshot.name());
        let mut custom = snapshot.custom;
        custom.entry("selected_scenario").or_insert_with(|| "".into());
        Self {
            first_name: snapshot.first_name,
            last_name: snapshot.last_name,
            email: snapshot.email,
            external_id: snapshot.external_id,
            ip_address: snapshot.ip_address,
            country: snapshot.country,
            browser_language: snapshot.browser_language,
            os: snapshot.os,
            browser: snapshot.browser,
            timezone: snapshot.timezone,
            custom,
            id: public.map(|id| id.as_str().to_owned()),
            name,
        }
    }
}

impl InteractionShape {
    fn of(interaction: &Interaction) -> Self {
        Self {
            kind: interaction.kind.clone(),
            date: time::format(interaction.date),
            text: interaction.text.clone(),
            data: interaction.shown_data(),
        }
    }
}
