//! One interaction as a line of NDJSON or CSV.

use serde::Serialize;
use shared::model::{Author, Data, time};
use shared::store::StoredInteraction;
use std::borrow::Cow;
use utoipa::ToSchema;

/// An interaction on its own: a line of NDJSON, an element of the changes. `POST /public/api/interactions` takes it back.
#[derive(Serialize, ToSchema)]
#[schema(as = Line, example = json!({"user_id": "ann", "id": "00000-9f86d081884c7d65", "type": "text",
    "date": "2022-09-21T08:19:33.000000Z", "text": "hello", "data": {"value": "", "callback_id": ""}, "scenario_id": "0x420"}))]
pub(crate) struct Line<'a> {
    user_id: &'a str,
    /// With user, author and date it is the interaction's identity.
    id: &'a str,
    /// Only where both sides are told: `us` is the user, `them` the chatbot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    author: Option<Author>,
    #[serde(rename = "type")]
    kind: &'a str,
    /// When it was said, in UTC.
    date: String,
    text: &'a str,
    /// What came with it, `callback_id` merged in.
    #[schema(value_type = Option<Object>, required = true)]
    data: Option<&'a Data>,
    /// The scenario it happened in.
    #[schema(required = true)]
    scenario_id: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// What a user said.
    pub(crate) fn of(said: &'a StoredInteraction) -> Self {
        let StoredInteraction { user_id, interaction, .. } = said;
        Self {
            user_id: user_id.as_str(),
            id: &interaction.id,
            author: None,
            kind: &interaction.kind,
            date: time::format(interaction.date),
            text: &interaction.text,
            data: interaction.data.as_ref(),
            scenario_id: interaction.scenario_id.as_deref(),
        }
    }

    /// What either side said.
    pub(crate) fn of_both(said: &'a StoredInteraction) -> Self {
        Self { author: Some(said.interaction.author), ..Self::of(said) }
    }

    /// As a line of NDJSON.
    pub(crate) fn ndjson(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// The names of the columns of CSV.
    pub(crate) const COLUMNS: [&'static str; 7] = ["user_id", "id", "type", "date", "text", "data", "scenario_id"];

    /// As a line of CSV. No data and no scenario are empty.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let data = self.data.map_or("", Data::as_str);
        let cells =
            [self.user_id, self.id, self.kind, &self.date, self.text, data, self.scenario_id.unwrap_or_default()];
        csv_line(cells.map(guarded).iter().map(|cell| cell.as_bytes()))
    }
}

/// A line of CSV (RFC 4180).
pub(crate) fn csv_line<C: AsRef<[u8]>>(cells: impl IntoIterator<Item = C>) -> Vec<u8> {
    let mut line = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let written = line.write_record(cells);
    written.ok().and_then(|()| line.into_inner().ok()).unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"): an apostrophe stands before what could be
/// one, and before an apostrophe, so that whoever takes one off every cell that begins with it has the text again.
fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}
