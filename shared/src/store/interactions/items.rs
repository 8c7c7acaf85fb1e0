//! The items of interactions and user-days.

use crate::model::{Author, Data, Event, Interaction, Snapshot, UserHash, UserId, time};
use crate::store::dynamo::item::{Item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use serde::{Deserialize, Serialize};

/// An event with the hash of its user.
pub(in crate::store) type NamedEvent<'a> = (UserHash, &'a Event);

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    /// The entry of the changes feed that announced it.
    pub(in crate::store) feed: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl InteractionItem {
    pub(in crate::store) fn of(event: &Event, feed: &str, ttl: Option<i64>) -> Self {
        let interaction = &event.interaction;
        let text = |data: &Option<Data>| data.as_ref().map(|data| data.as_str().to_owned());
        Self {
            user_id: event.user_id.clone(),
            kind: interaction.kind.clone(),
            text: interaction.text.clone(),
            data: text(&interaction.data),
            scenario_id: interaction.scenario_id.clone(),
            request: text(&interaction.request),
            response: text(&interaction.response),
            feed: feed.to_owned(),
            ttl,
        }
    }

    /// Whether two items have the same content. Their feed entries and expiry do not count.
    pub(in crate::store) fn same_content(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.text == other.text
            && self.data == other.data
            && self.scenario_id == other.scenario_id
            && self.request == other.request
            && self.response == other.response
    }
}

/// An interaction that was read, with its user.
#[derive(Clone, Debug)]
pub struct StoredInteraction {
    /// The hash of the user id.
    pub user_hash: UserHash,
    /// The user id.
    pub user_id: UserId,
    /// The interaction.
    pub interaction: Interaction,
}

impl StoredInteraction {
    /// The interaction of an item, and the name of the feed entry that announced it.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the item or its key cannot be read.
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
            request: stored.request.map(Data::stored),
            response: stored.response.map(Data::stored),
        };
        Ok((Self { user_hash, user_id: stored.user_id, interaction }, stored.feed))
    }
}

/// A user who was active on a day, and the user's snapshot. The day may have no interactions.
#[derive(Clone, Debug)]
pub struct UserDay {
    /// The hash of the user id.
    pub user_hash: UserHash,
    /// The user id.
    pub user_id: UserId,
    /// The snapshot at the day's first event.
    pub snapshot: Snapshot,
}

impl UserDay {
    /// The user-day of a header.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the header, its key or its snapshot cannot be read.
    pub(in crate::store) fn read(op: &'static str, item: Item) -> Result<Self, StoreError> {
        let user_hash =
            keys::text(&item, keys::SK).strip_prefix(keys::HEADER_PREFIX).and_then(|hash| hash.parse().ok());
        let user_hash = user_hash.ok_or_else(|| StoreError::key(op))?;
        let HeaderItem { user_id, user, .. } = value(op, item)?;
        Ok(Self { user_hash, user_id, snapshot: serde_json::from_str(&user).map_err(StoreError::json(op))? })
    }
}

/// The header of a user-day as stored.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct HeaderItem {
    user_id: UserId,
    /// The [`Snapshot`] as JSON.
    user: String,
    /// The [`rank`] of the event that the snapshot came with.
    pub(in crate::store) first: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl HeaderItem {
    /// The header of a day whose first event is `first`.
    pub(in crate::store) fn of(first: &Event, ttl: Option<i64>) -> Self {
        let mut snapshot = first.snapshot.clone().unwrap_or_default();
        if let (Some(scenario), None) = (&first.interaction.scenario_id, snapshot.selected_scenario()) {
            snapshot.custom.insert("selected_scenario".into(), scenario.clone().into());
        }
        let user = serde_json::to_string(&snapshot).expect("a snapshot is strings and JSON values");
        Self { user_id: first.user_id.clone(), user, first: rank(first), ttl }
    }
}

/// The position of an event among those of its user and day. The chatbot's come last, because the snapshot is that of the
/// user's first event.
pub(in crate::store) fn rank(event: &Event) -> i64 {
    match event.interaction.author {
        Author::User => event.interaction.date.timestamp_micros(),
        Author::Bot => i64::MAX,
    }
}
