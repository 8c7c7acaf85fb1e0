//! The response by user, in the shape of OpenDialog.

use crate::json::{UserData, to_json};
use crate::reader::batch_reader::BatchReader;
use crate::reader::user_batch::UserInteractions;
use crate::reader::user_json::UserJson;
use crate::user_interactions::query::Dialect;
use serde::Serialize;
use shared::http::{ApiError, FieldErrors};
use shared::model::{Data, Filters, Interaction, Period, Snapshot, UserHash, UserId, time};
use shared::store::StoreError;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Users with their interactions: an array of objects with exactly one key, the user id.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"ann": {
    "chatbot_user_data": {"first_name": "Ann", "last_name": "", "email": "", "external_id": "", "ip_address": "",
        "country": "Austria", "browser_language": "de", "os": "", "browser": "Firefox 118", "timezone": "Europe/Vienna",
        "custom": {"selected_scenario": "0x420"}, "id": "ann", "name": "Ann"},
    "from": "2022-09-21T00:00:00.000000Z", "to": "2022-09-22T23:59:59.000000Z",
    "user_id": "ann", "selected_scenario": "0x420", "browser": "Firefox 118",
    "interactions": [{"type": "text", "date": "2022-09-21T08:19:33.000000Z", "text": "hello",
        "data": {"value": "", "callback_id": ""}}]}}]}), as = UserInteractions)]
pub(crate) struct UserInteractionsBody<'a> {
    data: Vec<BTreeMap<String, UserShape<'a>>>,
    /// Only if `limit` or `cursor` was given.
    #[schema(required = false)]
    meta: PageMeta,
}

/// The position of a page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Meta)]
pub(crate) struct PageMeta {
    /// The `cursor` of the next page; null on the last page.
    #[schema(required = true)]
    pub(crate) next_cursor: Option<String>,
    /// The pages contain everything that was written before this instant; `/public/api/interactions/changes` reports
    /// what is written later.
    #[schema(format = DateTime)]
    pub(crate) complete_until: String,
    /// The number of users in this page.
    pub(crate) users: usize,
    /// The number of interactions in this page.
    pub(crate) interactions: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserShape<'a> {
    chatbot_user_data: UserData,
    /// The first instant of the period, as given.
    #[schema(format = DateTime)]
    from: String,
    /// The last instant of the period, as given.
    #[schema(format = DateTime)]
    to: String,
    #[serde(flatten)]
    #[schema(value_type = PublicFields)]
    public: Option<PublicFields>,
    /// True for a user who was too large for the page before and continues here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    continued: Option<bool>,
    /// The user's interactions in time order.
    // The last member, as `UserJson::user` requires.
    interactions: Vec<InteractionShape<'a>>,
}

/// Only in responses of `/public`.
#[derive(Serialize, ToSchema)]
struct PublicFields {
    #[schema(required = false)]
    user_id: String,
    /// The filter if it was applied, else the user's own value.
    selected_scenario: Option<String>,
    /// The filter if it was applied, else the user's own value.
    browser: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Interaction)]
struct InteractionShape<'a> {
    /// `text`, `button_response`, `form_response`, `longtext_response`, `chat_open`, `trigger`, or another.
    #[serde(rename = "type")]
    kind: &'a str,
    /// The time of the interaction, in UTC.
    #[schema(format = DateTime)]
    date: String,
    text: &'a str,
    /// The data of the interaction, with `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<&'a Data>,
}

/// Writes the users of a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByUserJson<'a> {
    pub(crate) period: Period,
    pub(crate) filters: &'a Filters,
    pub(crate) dialect: Dialect,
}

impl UserJson for ByUserJson<'_> {
    type Context = ();
    /// One batch of a month: two requests for each of 31 days. A page of fewer days may take several batches; a page of
    /// more days takes one.
    const MAX_REQUESTS: usize = 64;

    async fn context(&self, _: &BatchReader<'_>, _: Vec<UserHash>) -> Result<(), StoreError> {
        Ok(())
    }

    fn user(&self, (): &(), _: &UserHash, user: &UserInteractions, is_continued: bool) -> Result<Vec<u8>, ApiError> {
        let UserInteractions { user_id, snapshot, .. } = user;
        let is_public = self.dialect == Dialect::Public;
        let shape = UserShape {
            from: time::format(self.period.from),
            to: time::format(self.period.to),
            public: is_public.then(|| PublicFields::of(user_id, snapshot, self.filters)),
            chatbot_user_data: UserData::of(snapshot.clone(), is_public.then_some(user_id)),
            continued: is_continued.then_some(true),
            interactions: Vec::new(),
        };
        to_json(&BTreeMap::from([(user_id.as_str(), shape)]))
    }

    fn interaction(&self, _: &UserInteractions, interaction: &Interaction) -> Result<Vec<u8>, ApiError> {
        to_json(&InteractionShape {
            kind: &interaction.kind,
            date: time::format(interaction.date),
            text: &interaction.text,
            data: interaction.data.as_ref(),
        })
    }
}

/// The response without pages would be too large.
pub(crate) fn too_large() -> ApiError {
    let sentence = "The answer would be larger than 3.5 MB. Ask for pages with limit, or for a shorter period.";
    ApiError::Refused(sentence.to_owned(), FieldErrors::new()).with_code("answer_too_large")
}

/// The response without pages takes too long to read.
pub(crate) fn too_slow() -> ApiError {
    let sentence = "The answer takes too long to gather. Ask for pages with limit, or for a shorter period.";
    ApiError::Refused(sentence.to_owned(), FieldErrors::new())
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
