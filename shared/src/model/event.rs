//! Events: interactions as they are written, each with its user, and their JSON shape.

use crate::model::interaction::{Author, Interaction};

use crate::model::snapshot::Snapshot;

use crate::model::user::UserId;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far ahead of this clock an event may be dated, because the clock of its sender may be fast.
pub const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// A checked interaction with its user ([`EventShape::check`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The user that the interaction belongs to.
    pub user_id: UserId,
    /// The interaction.
    pub interaction: Interaction,
    /// The chatbot's data about the user at that time.
    pub snapshot: Option<Snapshot>,
}

/// An event as JSON, not yet checked: one line of our NDJSON, or one element of an array of events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EventShape {
    /// The id, unique for the user, author and microsecond; derived from the content if missing
    /// ([`EventIds`](super::EventIds)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The chatbot user.
    pub user_id: Option<Value>,
    /// The author: `us` (the user, the default) or `them` (the chatbot).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// The kind of interaction.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The date of the interaction, as [`parse_date`](super::parse_date) reads it.
    pub date: Option<String>,
    /// The text of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Further data: an object or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// OpenDialog's callback; [`EventShape::check`] moves it into the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_id: Option<String>,
    /// The scenario of the interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario_id: Option<String>,
    /// OpenDialog's log of what the chatbot was asked: an object or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// OpenDialog's log of what the chatbot answered: an object or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// The chatbot's data about the user at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Snapshot>,
}
