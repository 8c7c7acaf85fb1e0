//! The answer with interactions, as OpenDialog shapes it.

use crate::reader::batch_reader::Gather;
use crate::reader::user_batch::UserInteractions;
use crate::reader::user_page::{Page, UserJson};
use crate::user_interactions::query::Dialect;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::http::{ApiError, FieldErrors};
use shared::model::{Data, Filters, Interaction, Period, Snapshot, UserHash, UserId, time};
use shared::store::StoreError;
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
pub(crate) struct Answer<'a> {
    data: Vec<BTreeMap<String, UserShape<'a>>>,
    /// Of pages only.
    #[schema(required = false)]
    meta: Meta,
}

/// Where a page stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Meta {
    /// `cursor` of the next page; null after the last.
    #[schema(required = true)]
    pub(crate) next_cursor: Option<String>,
    /// Everything that was written up to then is in the pages; what came later, the changes tell.
    pub(crate) complete_until: String,
    /// Users in this page.
    pub(crate) users: usize,
    /// Interactions in this page.
    pub(crate) interactions: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserShape<'a> {
    chatbot_user_data: UserData,
    /// The first instant, as given.
    from: String,
    /// The last instant, as given.
    to: String,
    #[serde(flatten)]
    #[schema(value_type = PublicFields)]
    public: Option<PublicFields>,
    /// Of a user who was too large for the page before, and goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    continued: Option<bool>,
    /// What the user sent, in time order.
    interactions: Vec<InteractionShape<'a>>,
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
pub(crate) struct UserData {
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
struct InteractionShape<'a> {
    /// `text`, `button_response`, `form_response`, `longtext_response`, `chat_open`, `trigger`, or another.
    #[serde(rename = "type")]
    kind: &'a str,
    /// When it was said, in UTC.
    date: String,
    text: &'a str,
    /// What came with it, `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<&'a Data>,
}

/// How users are shaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) period: Period,
    pub(crate) filters: &'a Filters,
    pub(crate) dialect: Dialect,
}

impl UserJson for Shape<'_> {
    type Known = ();
    const REQUESTS: usize = 64;

    async fn learn(&self, _: &Gather<'_>, _: Vec<UserHash>) -> Result<(), StoreError> {
        Ok(())
    }

    fn write(&self, (): &(), _: &UserHash, user: &UserInteractions, interactions: usize, continued: bool) -> Vec<u8> {
        let shape = UserShape::of(user, interactions, continued, self);
        serde_json::to_vec(&BTreeMap::from([(user.user_id.as_str(), shape)])).unwrap_or_default()
    }
}

/// Writes the whole answer, or refuses it when it is too large.
pub(crate) fn whole(page: &Page) -> Result<Response, ApiError> {
    if page.next.is_some() {
        return Err(too_large());
    }
    Ok(respond([b"{\"data\":[".as_slice(), &page.body, b"]}"].concat()))
}

/// Writes data, as JSON between commas, and what is said of it.
pub(crate) fn json(data: &[u8], meta: &impl Serialize) -> Response {
    let meta = serde_json::to_vec(meta).unwrap_or_default();
    respond([b"{\"data\":[".as_slice(), data, b"],\"meta\":", &meta, b"}"].concat())
}

fn respond(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// The answer would be too large.
pub(crate) fn too_large() -> ApiError {
    let sentence = "The answer would be larger than 3.5 MB. Ask for pages with limit, or for a shorter period.";
    ApiError::Refused(sentence.to_owned(), FieldErrors::new())
}

/// Gathering the whole answer takes too long.
pub(crate) fn too_slow() -> ApiError {
    let sentence = "The answer takes too long to gather. Ask for pages with limit, or for a shorter period.";
    ApiError::Refused(sentence.to_owned(), FieldErrors::new())
}

impl<'a> UserShape<'a> {
    fn of(said: &'a UserInteractions, interactions: usize, continued: bool, shape: &Shape<'_>) -> Self {
        let UserInteractions { user_id, snapshot, .. } = said;
        let public = shape.dialect == Dialect::Public;
        Self {
            from: time::format(shape.period.from),
            to: time::format(shape.period.to),
            public: public.then(|| PublicFields::of(user_id, snapshot, shape.filters)),
            chatbot_user_data: UserData::of(snapshot.clone(), public.then_some(user_id)),
            continued: continued.then_some(true),
            interactions: said.interactions[..interactions].iter().map(InteractionShape::of).collect(),
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
    pub(crate) fn of(snapshot: Snapshot, public: Option<&UserId>) -> Self {
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

impl<'a> InteractionShape<'a> {
    fn of(interaction: &'a Interaction) -> Self {
        Self {
            kind: &interaction.kind,
            date: time::format(interaction.date),
            text: &interaction.text,
            data: interaction.data.as_ref(),
        }
    }
}
