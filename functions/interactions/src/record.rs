//! One interaction as a record of NDJSON, CSV or the changes feed.

use crate::csv_line;
use crate::json::to_json;
use serde::Serialize;
use shared::http::ApiError;
use shared::model::{Author, Data, time};
use shared::store::StoredInteraction;
use utoipa::ToSchema;

/// One interaction with its user: a line of NDJSON, or an element of the changes. `POST /public/api/interactions`
/// accepts it unchanged.
#[derive(Serialize, ToSchema)]
#[schema(as = Line, example = json!({"user_id": "ann", "id": "00000-9f86d081884c7d65", "type": "text",
    "date": "2022-09-21T08:19:33.000000Z", "text": "hello", "data": {"value": "", "callback_id": ""}, "scenario_id": "0x420"}))]
pub(crate) struct Record<'a> {
    user_id: &'a str,
    /// Together with user, author and date, the identity of the interaction.
    id: &'a str,
    /// Only in the changes, which report both authors: `us` is the user, `them` the chatbot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    author: Option<Author>,
    #[serde(rename = "type")]
    kind: &'a str,
    /// The time of the interaction, in UTC.
    #[schema(format = DateTime)]
    date: String,
    text: &'a str,
    /// The data of the interaction, with `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<&'a Data>,
    /// The scenario of the interaction.
    #[schema(required = true)]
    scenario_id: Option<&'a str>,
    /// What the chatbot was asked; only if it was stored with the interaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    request: Option<&'a Data>,
    /// What the chatbot answered; only if it was stored with the interaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    response: Option<&'a Data>,
}

impl<'a> Record<'a> {
    /// A record without `author`, for responses that contain only the user's interactions.
    pub(crate) fn of(stored: &'a StoredInteraction) -> Self {
        let StoredInteraction { user_id, interaction, .. } = stored;
        Self {
            user_id: user_id.as_str(),
            id: &interaction.id,
            author: None,
            kind: &interaction.kind,
            date: time::format(interaction.date),
            text: &interaction.text,
            data: interaction.data.as_ref(),
            scenario_id: interaction.scenario_id.as_deref(),
            request: interaction.request.as_ref(),
            response: interaction.response.as_ref(),
        }
    }

    /// A record with `author`, for responses that contain both authors' interactions.
    pub(crate) fn with_author(stored: &'a StoredInteraction) -> Self {
        Self { author: Some(stored.interaction.author), ..Self::of(stored) }
    }

    /// The record as a line of NDJSON.
    ///
    /// # Errors
    /// Returns [`ApiError::Unexpected`] if the stored data is not JSON.
    pub(crate) fn ndjson(&self) -> Result<Vec<u8>, ApiError> {
        let mut line = to_json(self)?;
        line.push(b'\n');
        Ok(line)
    }

    /// The names of the CSV columns.
    pub(crate) const COLUMNS: [&'static str; 7] = ["user_id", "id", "type", "date", "text", "data", "scenario_id"];

    /// The record as a line of CSV, with further cells. Missing data and a missing scenario are empty cells.
    ///
    /// # Errors
    /// Returns [`ApiError::Unexpected`] if the line cannot be written.
    pub(crate) fn csv(&self, further: &[String]) -> Result<Vec<u8>, ApiError> {
        let data = self.data.map_or("", Data::as_str);
        let cells =
            [self.user_id, self.id, self.kind, &self.date, self.text, data, self.scenario_id.unwrap_or_default()];
        csv_line::record(cells.into_iter().chain(further.iter().map(String::as_str)))
    }
}
