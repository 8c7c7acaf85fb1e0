//! Interactions: one thing that a user or the chatbot said.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Who said it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Author {
    /// The chatbot user. OpenDialog's exports write `us`.
    #[default]
    #[serde(rename = "us", alias = "me", alias = "user")]
    User,
    /// The chatbot. OpenDialog's exports write `them`.
    #[serde(rename = "them", alias = "bot")]
    Bot,
}

/// What came with an interaction: a JSON object as text, so that it is passed on as it was stored, numbers and order
/// included, without being read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Data(String);

impl Data {
    /// The text of an object.
    #[must_use]
    pub fn of(object: &Map<String, Value>) -> Self {
        Self(serde_json::to_string(object).unwrap_or_default())
    }

    /// What was stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(S::Error::custom)?.serialize(to)
    }
}

/// One thing that was said, without whose conversation it belongs to. Identity is user, author, date and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// When, to the microsecond.
    pub date: DateTime<Utc>,
    /// Tells it from others of the same user and microsecond, at most 128 bytes; its order is theirs.
    pub id: String,
    /// Who said it.
    pub author: Author,
    /// What it is: `text`, `button_response`, `form_response`, …; unknown kinds are kept as given.
    pub kind: String,
    /// What was said.
    pub text: String,
    /// What else came with it, OpenDialog's `callback_id` merged in.
    pub data: Option<Data>,
    /// The scenario it happened in.
    pub scenario_id: Option<String>,
}

impl Interaction {
    /// Whether a person answered: sent text, a button or a form, rather than opened the chat.
    #[must_use]
    pub fn is_conversation(&self) -> bool {
        self.author == Author::User
            && matches!(self.kind.as_str(), "text" | "button_response" | "form_response" | "longtext_response")
    }
}
