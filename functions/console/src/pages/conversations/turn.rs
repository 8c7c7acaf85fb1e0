//! A message of a conversation, and conversations as a list of them.

use crate::page_error::PageError;
use crate::texts::EN;
use crate::time::minute;
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A message of either side.
#[derive(Deserialize)]
pub(crate) struct Turn {
    /// Not in a list of users' messages alone.
    #[serde(default)]
    author: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    pub(crate) date: DateTime<Utc>,
    text: String,
    data: Option<BTreeMap<String, Value>>,
}

impl Turn {
    /// OpenDialog names the chatbot `them`; a user's turns have the user's id.
    pub(crate) fn is_of_user(&self) -> bool {
        self.author.as_deref() != Some("them")
    }
}

/// A conversation in time order.
pub(crate) fn turns_of(value: &[Value]) -> Result<Markup, PageError> {
    let read = value.iter().map(Turn::deserialize).collect::<Result<Vec<Turn>, _>>();
    Ok(turns(&read.map_err(PageError::unexpected)?))
}

/// A conversation in time order.
pub(crate) fn turns(turns: &[Turn]) -> Markup {
    html! {
        ol.conversation {
            @for turn in turns {
                li class=(if turn.is_of_user() { "user" } else { "chatbot" }) {
                    p.meta {
                        (if turn.is_of_user() { EN.user } else { EN.chatbot }) " · " (minute(turn.date))
                        @if turn.kind != "text" { " · " span.kind { (turn.kind) } }
                    }
                    @if !turn.text.is_empty() { p.text { (turn.text) } }
                    dl.data {
                        @for (name, value) in turn.data.iter().flatten().filter(|(_, value)| **value != "") {
                            dt { (name) } dd { (shown(value)) }
                        }
                    }
                }
            }
        }
    }
}

/// A value as a person reads it: text without quotes.
pub(crate) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
