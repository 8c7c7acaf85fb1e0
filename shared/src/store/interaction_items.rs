//! What an interaction and a user's day are as items.

use super::item::{Item, value};
use super::{StoreError, UserDay, keys};
use crate::model::{Author, Data, Event, Huser, Interaction, UserId, time};
use serde::{Deserialize, Serialize};

/// An interaction as stored; author, user, date and id are its key.
#[derive(Serialize, Deserialize)]
pub(super) struct InteractionItem {
    user_id: UserId,
    #[serde(rename = "type")]
    kind: String,
    text: String,
    /// JSON, so that numbers stay exact and order is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scenario_id: Option<String>,
    /// The entry of the changes feed that tells of it.
    pub(super) feed: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl InteractionItem {
    pub(super) fn of(event: &Event, feed: &str, ttl: Option<i64>) -> Self {
        let interaction = &event.interaction;
        Self {
            user_id: event.user_id.clone(),
            kind: interaction.kind.clone(),
            text: interaction.text.clone(),
            data: interaction.data.as_ref().map(|data| data.as_str().to_owned()),
            scenario_id: interaction.scenario_id.clone(),
            feed: feed.to_owned(),
            ttl,
        }
    }

    /// Whether two items say the same; who told of them and when they expire does not matter.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.text == other.text
            && self.data == other.data
            && self.scenario_id == other.scenario_id
    }
}

/// An interaction as it was read.
#[derive(Clone, Debug)]
pub struct Said {
    /// The user as keys name them.
    pub huser: Huser,
    /// The user.
    pub user_id: UserId,
    /// What was said.
    pub interaction: Interaction,
}

impl Said {
    /// Reads an item, and which entry of the changes feed tells of it.
    pub(super) fn read(op: &'static str, item: Item) -> Result<(Self, String), StoreError> {
        let sk = keys::text(&item, keys::SK).to_owned();
        let stored: InteractionItem = value(op, item)?;
        let (author, huser, micros, id) = keys::read_interaction_sk(&sk).ok_or_else(|| StoreError::key(op))?;
        let interaction = Interaction {
            date: time::from_micros(micros),
            id: id.to_owned(),
            author,
            kind: stored.kind,
            text: stored.text,
            data: stored.data.map(Data::stored),
            scenario_id: stored.scenario_id,
        };
        Ok((Self { huser, user_id: stored.user_id, interaction }, stored.feed))
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
