//! What an interaction and a user's day are as items.

use crate::model::{Author, Data, Event, Interaction, UserHash, UserId, time};
use crate::store::dynamo::item::{Item, value};
use crate::store::error::StoreError;
use crate::store::interactions::read::UserDay;
use crate::store::keys;
use serde::{Deserialize, Serialize};

/// An interaction as stored; author, user, date and id are its key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct InteractionItem {
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
    pub(in crate::store) feed: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl InteractionItem {
    pub(in crate::store) fn of(event: &Event, feed: &str, ttl: Option<i64>) -> Self {
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
    pub(in crate::store) fn same_content(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.text == other.text
            && self.data == other.data
            && self.scenario_id == other.scenario_id
    }
}

/// An interaction as it was read.
#[derive(Clone, Debug)]
pub struct StoredInteraction {
    /// The user as keys name them.
    pub user_hash: UserHash,
    /// The user.
    pub user_id: UserId,
    /// What was said.
    pub interaction: Interaction,
}

impl StoredInteraction {
    /// Reads an item, and which entry of the changes feed tells of it.
    pub(in crate::store) fn read(op: &'static str, item: Item) -> Result<(Self, String), StoreError> {
        let sk = keys::text(&item, keys::SK).to_owned();
        let stored: InteractionItem = value(op, item)?;
        let (author, user_hash, micros, id) = keys::read_interaction_sk(&sk).ok_or_else(|| StoreError::key(op))?;
        let interaction = Interaction {
            date: time::from_micros(micros),
            id: id.to_owned(),
            author,
            kind: stored.kind,
            text: stored.text,
            data: stored.data.map(Data::stored),
            scenario_id: stored.scenario_id,
        };
        Ok((Self { user_hash, user_id: stored.user_id, interaction }, stored.feed))
    }
}

/// A user-day header as stored; the snapshot is JSON.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct HeaderItem {
    user_id: UserId,
    user: String,
    pub(in crate::store) first: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl HeaderItem {
    /// The user's day of a key.
    pub(in crate::store) fn into_user_day(self, user_hash: UserHash) -> UserDay {
        UserDay { user_hash, user_id: self.user_id, snapshot: serde_json::from_str(&self.user).unwrap_or_default() }
    }

    /// The header of a day whose first event is this one.
    pub(in crate::store) fn of(first: &Event, ttl: Option<i64>) -> Self {
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
pub(in crate::store) fn rank(event: &Event) -> i64 {
    match event.interaction.author {
        Author::User => event.interaction.date.timestamp_micros(),
        Author::Bot => i64::MAX,
    }
}
