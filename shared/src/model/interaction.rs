//! Interactions: one message, button press or other action of a user or of the chatbot.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The author of an interaction.
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

/// The data of an interaction: a JSON object as text. Reading returns the text as it was stored, so numbers and order
/// stay exact and nothing is parsed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Data(String);

impl Data {
    /// The data of an object.
    ///
    /// # Panics
    /// Never: a JSON object serializes.
    #[must_use]
    pub fn of(object: &Map<String, Value>) -> Self {
        Self(serde_json::to_string(object).expect("a JSON object serializes"))
    }

    /// The data of a stored text, which [`Data::of`] wrote.
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

/// An interaction without its user. User, author, date and id identify it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// When it happened, to the microsecond.
    pub date: DateTime<Utc>,
    /// The id, at most 128 bytes: unique and in order among the interactions of a user, author and microsecond.
    pub id: String,
    /// The author.
    pub author: Author,
    /// The kind: `text`, `button_response`, `form_response`, …; unknown kinds are kept.
    pub kind: String,
    /// The text of the message.
    pub text: String,
    /// Further data, with OpenDialog's `callback_id` as a member.
    pub data: Option<Data>,
    /// The scenario.
    pub scenario_id: Option<String>,
    /// OpenDialog's log of what the chatbot was asked, if the source has it.
    pub request: Option<Data>,
    /// OpenDialog's log of what the chatbot answered, if the source has it.
    pub response: Option<Data>,
}

impl Interaction {
    /// Whether the user sent text, a button or a form, rather than only opened the chat.
    #[must_use]
    pub fn is_conversation(&self) -> bool {
        self.author == Author::User
            && matches!(self.kind.as_str(), "text" | "button_response" | "form_response" | "longtext_response")
    }
}
