//! Ranges of keys in a day's shard.

use crate::model::{Period, UserHash};
use crate::store::interactions::items::StoredInteraction;
use crate::store::keys;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A part of a day's shard in the order of users, each in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRange {
    pub(in crate::store) first: String,
    pub(in crate::store) last: String,
}

impl KeyRange {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { first: String::new(), last: "~".to_owned() }
    }

    /// Users from one to another, both included. `$` follows `#`: everything of the last user lies before it.
    #[must_use]
    pub fn users(first: &UserHash, last: &UserHash) -> Self {
        Self { first: first.to_string(), last: format!("{last}$") }
    }

    /// One user within a period.
    #[must_use]
    pub fn during(user: &UserHash, period: &Period) -> Self {
        let micros = |at: DateTime<Utc>| at.timestamp_micros().max(0);
        let (from, last) = (micros(period.from), micros(period.last));
        Self { first: format!("{user}#{from:020}"), last: format!("{user}#{last:020}$") }
    }

    /// The part of this range from an interaction on.
    #[must_use]
    pub fn from(&self, said: &StoredInteraction) -> Self {
        let StoredInteraction { user_hash, interaction, .. } = said;
        let (micros, id) = (interaction.date.timestamp_micros(), &interaction.id);
        Self { first: format!("{user_hash}#{micros:020}#{id}"), last: self.last.clone() }
    }

    /// The part of this range after a user's microsecond and id, whether something stands there or not.
    #[must_use]
    pub fn after_place(self, user: &UserHash, micros: i64, id: &str) -> Self {
        Self { first: format!("{user}#{micros:020}#{id}\0"), ..self }
    }

    /// What two ranges have in common, if they may have anything.
    #[must_use]
    pub fn common(&self, other: &Self) -> Option<Self> {
        let common = Self {
            first: self.first.clone().max(other.first.clone()),
            last: self.last.clone().min(other.last.clone()),
        };
        (common.first <= common.last).then_some(common)
    }

    /// The place of the first user who may lie in the range.
    #[must_use]
    pub fn first_place(&self) -> u128 {
        self.first.get(..32).and_then(|hex| hex.parse::<UserHash>().ok()).map_or(0, |user| user.as_u128())
    }

    /// The part after the last key that was read: a page may be empty and still not be the last (DynamoDB).
    pub(in crate::store) fn rest(&self, last_read: &keys::Key) -> Self {
        let place = keys::text(last_read, keys::SK).split_at_checked(2).map_or("", |(_, place)| place);
        Self { first: format!("{place}\0"), last: self.last.clone() }
    }
}
