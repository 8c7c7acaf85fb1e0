//! The response of a user data export, in the shape of OpenDialog.

use crate::json::{UserData, to_json};
use crate::reader::batch_reader::BatchReader;
use crate::reader::user_batch::UserInteractions;
use crate::reader::user_json::UserJson;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use shared::http::ApiError;
use shared::model::{Author, Data, Interaction, UserHash, time};
use shared::store::{Profile, StoreError};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

/// Users with their profiles and interactions: an array of objects with exactly one key, the user id.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"ann": {
    "chatbot_user_data": {"first_name": "Ann", "last_name": "", "email": "", "external_id": "", "ip_address": "",
        "country": "Austria", "browser_language": "de", "os": "", "browser": "Firefox 118", "timezone": "Europe/Vienna",
        "custom": {"selected_scenario": "0x420"}},
    "user_attributes": [{"name": "age", "type": "attribute.core.int", "value": {"scalar_value": 41}},
        {"name": "first_seen", "type": "attribute.core.timestamp", "value": {"scalar_value": 1_663_748_373}}],
    "interactions": [{"author": "ann", "type": "text", "date": "2022-09-21T08:19:33.000000Z", "text": "hello",
        "data": null}]}}],
    "meta": {"pagination": {"currentPage": 1, "from": 1, "lastPage": 1, "perPage": 20, "to": 1, "total": 1},
        "filters": {"exportType": "json"}, "next_cursor": null, "complete_until": "2026-01-01T08:00:00.000000Z"}}))]
pub(crate) struct UserDataExport<'a> {
    data: Vec<BTreeMap<String, ExportedUser<'a>>>,
    meta: ExportMeta,
}

/// The position of a page.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportMeta {
    pub(crate) pagination: Pagination,
    /// The parameters of the query as text, `from` and `to` as instants.
    pub(crate) filters: BTreeMap<String, String>,
    /// The `cursor` of the next page; null on the last page.
    #[schema(required = true)]
    pub(crate) next_cursor: Option<String>,
    /// The pages contain everything that was written before this instant.
    #[schema(format = DateTime)]
    pub(crate) complete_until: String,
}

/// Counted in users, as OpenDialog does. The total may be up to ten minutes old.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pagination {
    pub(crate) current_page: usize,
    /// The number of the page's first user; null on an empty page.
    #[schema(required = true)]
    pub(crate) from: Option<usize>,
    pub(crate) last_page: usize,
    pub(crate) per_page: usize,
    /// The number of the page's last user; null on an empty page.
    #[schema(required = true)]
    pub(crate) to: Option<usize>,
    pub(crate) total: usize,
}

#[derive(Serialize, ToSchema)]
struct ExportedUser<'a> {
    chatbot_user_data: UserData,
    /// The attributes that links and imports set, and when the user was seen.
    user_attributes: Vec<Attribute>,
    /// True for a user who was too large for the page before and continues here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    continued: Option<bool>,
    /// Both authors' interactions in time order.
    // The last member, as `UserJson::user` requires.
    interactions: Vec<Turn<'a>>,
}

#[derive(Serialize, ToSchema)]
struct Attribute {
    name: String,
    /// `attribute.core.` and `string`, `int`, `float`, `boolean` or `timestamp`.
    #[serde(rename = "type")]
    kind: &'static str,
    value: AttributeValue,
}

#[derive(Serialize, ToSchema)]
struct AttributeValue {
    /// A string, number, boolean or null. A timestamp is in seconds, a list is text with commas between its items.
    #[schema(schema_with = scalar)]
    scalar_value: Value,
}

fn scalar() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number, Type::Boolean, Type::Null]))
        .build()
}

#[derive(Serialize, ToSchema)]
struct Turn<'a> {
    /// The user id, or `them` for the chatbot.
    author: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    /// The time of the interaction, in UTC.
    #[schema(format = DateTime)]
    date: String,
    text: &'a str,
    /// The data of the interaction, with `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<&'a Data>,
    /// What the chatbot was asked; only if it was stored with the interaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    request: Option<&'a Data>,
    /// What the chatbot answered; only if it was stored with the interaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    response: Option<&'a Data>,
}

/// Writes the users of an export.
pub(crate) struct ExportJson;

impl UserJson for ExportJson {
    type Context = HashMap<UserHash, Profile>;
    /// No limit: OpenDialog's clients ask for a number of users, and expect a page of as many.
    const MAX_REQUESTS: usize = usize::MAX;

    async fn context(&self, reader: &BatchReader<'_>, users: Vec<UserHash>) -> Result<Self::Context, StoreError> {
        reader.store.profile_list(reader.tenant, users).await
    }

    fn user(
        &self,
        profiles: &Self::Context,
        user_hash: &UserHash,
        user: &UserInteractions,
        is_continued: bool,
    ) -> Result<Vec<u8>, ApiError> {
        let exported = ExportedUser {
            chatbot_user_data: UserData::of(user.snapshot.clone(), None),
            user_attributes: profiles.get(user_hash).map(attributes).unwrap_or_default(),
            continued: is_continued.then_some(true),
            interactions: Vec::new(),
        };
        to_json(&BTreeMap::from([(user.user_id.as_str(), exported)]))
    }

    fn interaction(&self, user: &UserInteractions, interaction: &Interaction) -> Result<Vec<u8>, ApiError> {
        to_json(&Turn {
            author: match interaction.author {
                Author::User => user.user_id.as_str(),
                Author::Bot => "them",
            },
            kind: &interaction.kind,
            date: time::format(interaction.date),
            text: &interaction.text,
            data: interaction.data.as_ref(),
            request: interaction.request.as_ref(),
            response: interaction.response.as_ref(),
        })
    }
}

/// The attributes of a user. `first_seen` and `last_seen` span both the user's interactions and the values that were set,
/// because an import may know of earlier or later visits.
fn attributes(profile: &Profile) -> Vec<Attribute> {
    const SEEN: [&str; 2] = ["first_seen", "last_seen"];
    let set = |name| profile.context.iter().find(|(other, ..)| *other == name).and_then(|(_, value, _)| value.as_i64());
    let seconds = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp());
    let first = seconds(profile.first_seen).into_iter().chain(set("first_seen")).min();
    let last = seconds(profile.last_seen).into_iter().chain(set("last_seen")).max();
    let others = profile.context.iter().filter(|(name, ..)| !SEEN.contains(name));
    let others = others.map(|(name, value, _)| {
        let (kind, value) = typed(value);
        Attribute { name: name.to_owned(), kind, value }
    });
    let seen = SEEN.into_iter().zip([first, last]).filter_map(|(name, at)| {
        let value = AttributeValue { scalar_value: at?.into() };
        Some(Attribute { name: name.to_owned(), kind: "attribute.core.timestamp", value })
    });
    others.chain(seen).collect()
}

/// The type and value of an attribute, as OpenDialog writes them.
fn typed(value: &Value) -> (&'static str, AttributeValue) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let kind = match value {
        Value::Bool(_) => "attribute.core.boolean",
        Value::Number(number) if number.is_f64() => "attribute.core.float",
        Value::Number(_) => "attribute.core.int",
        _ => "attribute.core.string",
    };
    let scalar_value = match value {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", ").into(),
        scalar => scalar.clone(),
    };
    (kind, AttributeValue { scalar_value })
}
