//! The answer of a user data export, as OpenDialog shapes it.

use crate::reader::batch_reader::Gather;
use crate::reader::user_batch::UserInteractions;
use crate::reader::user_page::UserJson;
use crate::user_interactions::by_user::UserData;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use shared::model::{Author, Data, Interaction, UserHash, time};
use shared::store::{Profile, StoreError};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

/// Users with everything that is known of them: an array of objects with exactly one key, the user id.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"ann": {
    "chatbot_user_data": {"first_name": "Ann", "last_name": "", "email": "", "external_id": "", "ip_address": "",
        "country": "Austria", "browser_language": "de", "os": "", "browser": "Firefox 118", "timezone": "Europe/Vienna",
        "custom": {"selected_scenario": "0x420"}},
    "user_attributes": [{"name": "age", "type": "attribute.core.int", "value": {"scalar_value": 41}},
        {"name": "first_seen", "type": "attribute.core.timestamp", "value": {"scalar_value": 1_663_748_373}}],
    "interactions": [{"author": "us", "type": "text", "date": "2022-09-21T08:19:33.000000Z", "text": "hello",
        "data": null}]}}],
    "meta": {"pagination": {"currentPage": 1, "from": 1, "lastPage": 1, "perPage": 20, "to": 1, "total": 1},
        "filters": {"exportType": "json"}, "next_cursor": null, "complete_until": "2026-01-01T08:00:00.000000Z"}}))]
pub(crate) struct UserDataExport<'a> {
    data: Vec<BTreeMap<String, ExportedUser<'a>>>,
    meta: ExportMeta,
}

/// Where a page stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportMeta {
    pub(crate) pagination: Pagination,
    /// The query, every value as text.
    pub(crate) filters: BTreeMap<String, String>,
    /// `cursor` of the next page; null after the last.
    #[schema(required = true)]
    pub(crate) next_cursor: Option<String>,
    /// Everything that was written up to then is in the pages.
    pub(crate) complete_until: String,
}

/// As OpenDialog counts; a page counts users. The total may be up to ten minutes old.
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
    /// What links, imports and the conversations themselves have told.
    user_attributes: Vec<Attribute>,
    /// Of a user who was too large for the page before, and goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    continued: Option<bool>,
    /// What both sides said, in time order.
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
    /// Text, a number, a truth value or null; a timestamp in seconds; a list as text, between commas.
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
    /// `us` is the user, `them` the chatbot.
    #[schema(value_type = String)]
    author: Author,
    #[serde(rename = "type")]
    kind: &'a str,
    /// When it was said, in UTC.
    date: String,
    text: &'a str,
    /// What came with it, `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<&'a Data>,
}

/// How the users of an export are written.
pub(crate) struct ExportJson;

impl UserJson for ExportJson {
    type Known = HashMap<UserHash, Profile>;
    /// A page has as many users as OpenDialog's clients ask for.
    const REQUESTS: usize = usize::MAX;

    async fn learn(&self, gather: &Gather<'_>, users: Vec<UserHash>) -> Result<Self::Known, StoreError> {
        gather.store.profile_list(gather.tenant, users).await
    }

    fn write(
        &self,
        known: &Self::Known,
        user_hash: &UserHash,
        user: &UserInteractions,
        interactions: usize,
        continued: bool,
    ) -> Vec<u8> {
        let shape = ExportedUser {
            chatbot_user_data: UserData::of(user.snapshot.clone(), None),
            user_attributes: known.get(user_hash).map(attributes).unwrap_or_default(),
            continued: continued.then_some(true),
            interactions: user.interactions[..interactions].iter().map(Turn::of).collect(),
        };
        serde_json::to_vec(&BTreeMap::from([(user.user_id.as_str(), shape)])).unwrap_or_default()
    }
}

impl<'a> Turn<'a> {
    fn of(interaction: &'a Interaction) -> Self {
        Self {
            author: interaction.author,
            kind: &interaction.kind,
            date: time::format(interaction.date),
            text: &interaction.text,
            data: interaction.data.as_ref(),
        }
    }
}

/// The attributes of a user. When the user was seen is taken from what was said, where that is wider than what was told.
fn attributes(profile: &Profile) -> Vec<Attribute> {
    let told =
        |name| profile.context.iter().find(|(other, ..)| *other == name).and_then(|(_, value, _)| value.as_i64());
    let seen = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp());
    let first = seen(profile.first_seen).into_iter().chain(told("first_seen")).min();
    let last = seen(profile.last_seen).into_iter().chain(told("last_seen")).max();
    let others = profile.context.iter().filter(|(name, ..)| !["first_seen", "last_seen"].contains(name));
    let others = others.map(|(name, value, _)| {
        let (kind, value) = typed(value);
        Attribute { name: name.to_owned(), kind, value }
    });
    let seen = [("first_seen", first), ("last_seen", last)].into_iter().filter_map(|(name, at)| {
        let value = AttributeValue { scalar_value: at?.into() };
        Some(Attribute { name: name.to_owned(), kind: "attribute.core.timestamp", value })
    });
    others.chain(seen).collect()
}

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
