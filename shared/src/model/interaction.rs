//! Interactions: one thing that a user or the chatbot said.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who said it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// The user. OpenDialog's exports write `us`.
    #[default]
    #[serde(alias = "me", alias = "user")]
    Us,
    /// The chatbot.
    #[serde(alias = "bot")]
    Them,
}

/// One thing that was said, without whose conversation it belongs to. Identity is user, date and id.
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
    /// What else came with it.
    pub data: Option<Map<String, Value>>,
    /// OpenDialog's callback of a button or form.
    pub callback_id: Option<String>,
    /// The scenario it happened in.
    pub scenario_id: Option<String>,
}

impl Interaction {
    /// `data` as OpenDialog's exports show it: the stored object with `callback_id` merged in, or nothing.
    #[must_use]
    pub fn shown_data(&self) -> Option<Map<String, Value>> {
        match (&self.data, &self.callback_id) {
            (data, None) => data.clone(),
            (data, Some(callback)) => {
                let mut shown = data.clone().unwrap_or_default();
                shown.insert("callback_id".into(), callback.clone().into());
                Some(shown)
            }
        }
    }

    /// Whether a person answered: sent text, a button or a form, rather than opened the chat.
    #[must_use]
    pub fn is_conversation(&self) -> bool {
        self.author == Author::Us
            && matches!(self.kind.as_str(), "text" | "button_response" | "form_response" | "longtext_response")
    }
}
