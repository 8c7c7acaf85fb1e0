//! What an interaction and a user's day are as items.

use super::UserDay;
use crate::model::{Author, Event, Huser, Interaction, UserId, time};
use serde::{Deserialize, Serialize};

/// An interaction as stored; user, date and id are its key. `data` is JSON: exact numbers, order kept.
#[derive(Serialize, Deserialize)]
pub(super) struct InteractionItem {
    /// Only the chatbot's turns have one, so that a read can leave them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    author: Option<Author>,
    #[serde(rename = "type")]
    kind: String,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callback_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scenario_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl InteractionItem {
    pub(super) fn of(interaction: &Interaction, ttl: Option<i64>) -> Self {
        Self {
            author: (interaction.author == Author::Them).then_some(Author::Them),
            kind: interaction.kind.clone(),
            text: interaction.text.clone(),
            data: interaction.data.as_ref().and_then(|data| serde_json::to_string(data).ok()),
            callback_id: interaction.callback_id.clone(),
            scenario_id: interaction.scenario_id.clone(),
            ttl,
        }
    }

    /// The interaction of a key.
    pub(super) fn into_interaction(self, micros: i64, id: &str) -> Interaction {
        Interaction {
            date: time::from_micros(micros),
            id: id.to_owned(),
            author: self.author.unwrap_or_default(),
            kind: self.kind,
            text: self.text,
            data: self.data.and_then(|data| serde_json::from_str(&data).ok()),
            callback_id: self.callback_id,
            scenario_id: self.scenario_id,
        }
    }

    /// Whether two items say the same; when they expire does not matter.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        self.author == other.author
            && self.kind == other.kind
            && self.text == other.text
            && self.data == other.data
            && self.callback_id == other.callback_id
            && self.scenario_id == other.scenario_id
    }
}

/// A user-day header as stored; the snapshot is JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct HeaderItem {
    user_id: UserId,
    user: String,
    pub(super) first: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl HeaderItem {
    /// The user's day of a key.
    pub(super) fn into_user_day(self, huser: Huser) -> UserDay {
        UserDay { huser, user_id: self.user_id, snapshot: serde_json::from_str(&self.user).unwrap_or_default() }
    }

    /// The header of a day whose first event is this one.
    pub(super) fn of(first: &Event, ttl: Option<i64>) -> Self {
        let mut snapshot = first.snapshot.clone().unwrap_or_default();
        if let (Some(scenario), None) = (&first.interaction.scenario_id, snapshot.selected_scenario()) {
            snapshot.custom.insert("selected_scenario".into(), scenario.clone().into());
        }
        Self {
            user_id: first.user_id.clone(),
            user: serde_json::to_string(&snapshot).unwrap_or_default(),
            first: rank(first),
            ttl,
        }
    }
}

/// Where an event stands in its day. The chatbot's turns come last: what was known of a user is what came with the first
/// that the user said.
pub(super) fn rank(event: &Event) -> i64 {
    match event.interaction.author {
        Author::Us => event.interaction.date.timestamp_micros(),
        Author::Them => i64::MAX,
    }
}
